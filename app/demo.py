"""The January of the source's example, played over HTTP against a running Seatmark: `make demo`."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

ORGANIZATION = "... on OrganizationCreatePayload { organization { id slug state } }"
REFUSAL = "... on UserError { code message problems { code message path } }"


class RefusedError(Exception):
    """The API answered with a mistake of ours, or not at all as it should."""


class Play:
    """Asks the API, and says what it does and sees, line by line."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def ask(self, document: str, **variables: Any) -> Any:
        """The data of an operation. Raises: Refused for errors of any kind."""
        answer = self.client.post("/graphql", json={"query": document, "variables": variables})
        body = answer.json()
        if body.get("errors"):
            raise RefusedError(body["errors"][0]["message"])
        return body["data"]

    def change(self, field: str, wanted: str, **given: Any) -> Any:
        """Run the mutation `field` with its one input. Raises: Refused, with the API's reason."""
        kind = f"{field[0].upper()}{field[1:]}Input"
        document = f"mutation($input: {kind}!) {{ {field}(input: $input) {{ {REFUSAL} {wanted} }} }}"
        result = self.ask(document, input=given)[field]
        if "code" in result:
            raise RefusedError(f"{result['code']}: {result['message']}")
        return result

    def say(self, line: str) -> None:
        print(line, flush=True)


def play(url: str, operator_key: str) -> int:
    """Play the January of 2021 on a test clock; returns 0 when the invoice says 62 800, else 1."""
    headers = {"Authorization": f"Bearer {operator_key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=120) as client:
        try:
            return _play_january(Play(client))
        except (RefusedError, httpx.HTTPError) as error:
            print(f"The demo cannot go on: {error}")
            return 1


def _play_january(on: Play) -> int:
    on.say("January 2021 in Moscow: 245 people hold seats for 14 days, 270 for 7, 260 for the other 10.")
    clock, organization = _found(on)
    people = _invite(on, organization, 270)
    _advance(on, clock, "2021-01-01T00:00:00+03:00", "1 January; the trial ended on 10 December")
    _show(on, organization)
    _subscribe(on, organization, people[:245])
    _advance(on, clock, "2021-01-15T00:00:00+03:00", "15 January: after 14 days with 245 seats")
    _ask_first(on, organization, people[245:270])
    _subscribe(on, organization, people[245:270])
    _preview(on, organization)
    _advance(on, clock, "2021-01-22T00:00:00+03:00", "22 January: after 7 days with 270 seats")
    _unsubscribe(on, organization, people[260:270])
    _advance(on, clock, "2021-02-01T09:00:00+03:00", "1 February: after 10 days with 260 seats the month has closed")
    return _read_invoice(on, organization)


def _found(on: Play) -> tuple[str, str]:
    now = "2020-11-10T09:00:00+03:00"
    wanted = "... on TestClockCreatePayload { testClock { id } }"
    clock = on.change("testClockCreate", wanted, now=now)["testClock"]["id"]
    on.say(f"A test clock shows {now}.")
    organization = on.change(
        "organizationCreate",
        ORGANIZATION,
        name="Romashka",
        slug=f"romashka-{uuid4().hex[:8]}",
        owner={"email": "owner@romashka.example", "name": "Olga Owner"},
        testClockId=clock,
    )["organization"]
    on.say(f"Organization {organization['slug']} is {organization['state']}.")
    wanted = "... on TrackerActivatePayload { organization { state trial { endsAt } } }"
    active = on.change("trackerActivate", wanted, organizationId=organization["id"])["organization"]
    on.say(f"Its tracker is activated: {active['state']} until {active['trial']['endsAt']}.")
    _set_profile(on, organization["id"])
    return clock, organization["id"]


def _set_profile(on: Play, organization: str) -> None:
    on.change(
        "billingProfileSet",
        "... on BillingProfileSetPayload { billingProfile { legalName } }",
        organizationId=organization,
        legalName="OOO Romashka",
        kind="LEGAL_ENTITY",
        taxNumber="7701234567",
        address="Moscow, Tverskaya 1",
        bankDetails="BIK 044525225",
        contactEmail="billing@romashka.example",
        acceptAgreement=True,
    )
    on.say("OOO Romashka is to pay, and has accepted the agreement.")


def _invite(on: Play, organization: str, count: int) -> list[str]:
    people = [
        {"email": f"p{number:03}@romashka.example", "name": f"Person {number:03}", "active": True}
        for number in range(1, count + 1)
    ]
    wanted = "... on MemberInvitePayload { members { id } }"
    members = on.change("memberInvite", wanted, organizationId=organization, members=people)["members"]
    on.say(f"{len(members)} people join at once.")
    return [member["id"] for member in members]


def _advance(on: Play, clock: str, to: str, occasion: str) -> None:
    wanted = "... on TestClockAdvancePayload { testClock { now } }"
    on.change("testClockAdvance", wanted, testClockId=clock, to=to)
    on.say(f"— {occasion}.")


def _subscribe(on: Play, organization: str, people: list[str]) -> None:
    _change_seats(on, organization, subscribe=people)


def _unsubscribe(on: Play, organization: str, people: list[str]) -> None:
    _change_seats(on, organization, unsubscribe=people)


def _change_seats(on: Play, organization: str, **changes: list[str]) -> None:
    wanted = "... on SeatsChangePayload { seatedCount unseatedCount organization { seats { used } } }"
    subjects = {verb: [{"memberId": member} for member in members] for verb, members in changes.items()}
    done = on.change("seatsChange", wanted, organizationId=organization, **subjects)
    used = done["organization"]["seats"]["used"]
    on.say(f"{done['seatedCount']} people are seated, {done['unseatedCount']} lose their seat: {used} seats in use.")


def _show(on: Play, organization: str) -> None:
    found = on.ask("query($id: ID) { organization(id: $id) { state purgeAt } }", id=organization)["organization"]
    on.say(f"It is in {found['state']}: everyone is read-only, and the data go on {found['purgeAt']}.")


def _preview(on: Play, organization: str) -> None:
    document = """
        query($id: ID) { organization(id: $id) { invoicePreview {
            month total { amount currency } peak { seats } headroom nextSeatPrice { amount }
        } } }
    """
    preview = on.ask(document, id=organization)["organization"]["invoicePreview"]
    on.say(
        f"{preview['month']} so far: peak {preview['peak']['seats']}, {_amount(preview['total'])}; "
        f"the next seat costs {preview['nextSeatPrice']['amount']}."
    )


def _ask_first(on: Play, organization: str, people: list[str]) -> None:
    """What the click would cost, before it."""
    document = """
        query($id: ID, $change: ChangeInput) { organization(id: $id) { invoicePreview(change: $change) { impact {
            newlySeatedCount totalBefore { amount currency } totalAfter { amount currency } difference { amount }
            warnings { message }
        } } } }
    """
    change = {"subscribe": [{"memberId": member} for member in people]}
    preview = on.ask(document, id=organization, change=change)["organization"]["invoicePreview"]
    impact = preview["impact"]
    on.say(
        f"Seating {impact['newlySeatedCount']} more would bring January from {_amount(impact['totalBefore'])} to "
        f"{_amount(impact['totalAfter'])}, by {impact['difference']['amount']}."
    )
    for warning in impact["warnings"]:
        on.say(f"    {warning['message']}")


def _read_invoice(on: Play, organization: str) -> int:
    document = """
        query($id: ID) { organization(id: $id) {
            statements { nodes { month outcome } }
            invoices { nodes {
                number total { amount currency } vat { rate amount { amount } }
                lines { description quantity unitPrice amount { amount } }
                peak { seats reachedAt raisedBy { at description } }
                explanation verification { identical } pdfUrl(language: RU) evidenceUrl
            } }
        } }
    """
    found = on.ask(document, id=organization)["organization"]
    for statement in found["statements"]["nodes"]:
        on.say(f"Statement of {statement['month']}: {statement['outcome']}.")
    invoice = found["invoices"]["nodes"][-1]
    for line in _invoice_lines(invoice):
        on.say(line)
    on.say("Why:")
    for sentence in invoice["explanation"]:
        on.say(f"    {sentence}")
    is_identical = invoice["verification"]["identical"]
    on.say(f"Recomputed from the ledger it is {'identical' if is_identical else 'different'}.")
    on.say(f"On paper: {invoice['pdfUrl']}; for an auditor: {invoice['evidenceUrl']}.")
    is_right = is_identical and invoice["total"] == {"amount": "62800.00", "currency": "RUB"}
    on.say("The invoice says 62 800." if is_right else "The invoice should say 62 800!")
    return 0 if is_right else 1


def _invoice_lines(invoice: dict[str, Any]) -> Iterator[str]:
    peak = invoice["peak"]
    yield f"Invoice {invoice['number']}: peak {peak['seats']}, reached {peak['reachedAt']} ({_cause(peak)})."
    for line in invoice["lines"]:
        priced = f"{line['quantity']} × {line['unitPrice']} = {line['amount']['amount']}"
        yield f"    {line['description']}: {priced}"
    vat = invoice["vat"]
    yield f"    Total {_amount(invoice['total'])}, with VAT at {vat['rate']} % of {vat['amount']['amount']} inside."


def _cause(peak: dict[str, Any]) -> str:
    return peak["raisedBy"]["description"] if peak["raisedBy"] else "carried in"


def _amount(money: dict[str, str]) -> str:
    return f"{money['amount']} {money['currency']}"
