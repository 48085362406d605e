"""Evidence files: a month that is right is identical, and any one change in the file is noticed (R5.6)."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.documents import (
    amounts_of,
    canonical_json,
    digest_of,
    instant_from,
    read_document,
    sha256,
)
from app.domain.evidence import NotEvidenceError, make_evidence, read_evidence, verify_evidence
from app.domain.explanation import explain_invoice
from app.domain.instants import instant_text
from app.domain.invoice import draft_invoice
from app.domain.verification import sweep_ledger
from tests.domain.samples import DEFAULT_LIST

MEMBERS = [f"00000000-0000-4000-8000-{number:012}" for number in range(1, 10)]
SUBSCRIPTION = "11111111-0000-4000-8000-000000000000"


def month_of_seven() -> dict[str, Any]:
    """Evidence of a January of seven seats: six carried in, one from the 11th, an eighth forgiven, a day suspended."""
    lines = sorted(
        [f"{SUBSCRIPTION} {one} 2020-12-05T09:00:00.000000Z -" for one in MEMBERS[:6]]
        + [
            f"{SUBSCRIPTION} {MEMBERS[6]} 2021-01-11T09:00:00.000001Z 2021-01-20T09:00:00.000000Z",
            f"{SUBSCRIPTION} {MEMBERS[7]} 2021-01-12T09:00:00.000000Z 2021-01-12T09:30:00.000000Z",
        ]
    )
    suspensions = [{"since": "2021-01-14T09:00:00Z", "until": "2021-01-15T09:00:00Z"}]
    document = _document(suspensions)
    month = read_document(document)
    found = sweep_ledger(lines, month.suspended or (), month)
    document["peak"] = {
        "seats": found.peak.seats,
        "reachedAt": instant_text(found.peak.reached_at) if found.peak.reached_at else None,
        "holders": [str(one) for one in found.peak.holders],
    }
    document |= json.loads(json.dumps(amounts_of(draft_invoice(found.peak.seats, month.terms)), default=str))
    invoice = {
        "id": "22222222-0000-4000-8000-000000000000",
        **{name: document[name] for name in ("number", "issuedAt", "dueAt", "currency", "subtotal", "total")},
        "vatNet": document["vat"]["net"],
        "vatAmount": document["vat"]["amount"],
        "replaces": None,
        "document": document,
        "ledgerDigest": found.digest,
        "digest": digest_of(document, found.digest),
    }
    return make_evidence(invoice, lines, month.suspended or ())


def _document(suspensions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "version": 2,
        "organizationId": "33333333-0000-4000-8000-000000000000",
        "number": "2021-000001",
        "issuedAt": "2021-01-31T21:30:00Z",
        "dueAt": "2021-02-15T21:30:00Z",
        "replaces": None,
        "currency": "RUB",
        "month": "2021-01",
        "period": {
            "startsAt": "2020-12-31T21:00:00Z",
            "endsAt": "2021-01-31T21:00:00Z",
            "timeZone": "Europe/Moscow",
        },
        "previousPeriodStartsAt": "2020-11-30T21:00:00Z",
        "trialEndsAt": "2020-12-10T09:00:00Z",
        "policies": {"graceSeconds": 1800, "prorateFirstMonth": False},
        "terms": {
            "priceList": {
                "id": str(DEFAULT_LIST.id),
                "name": DEFAULT_LIST.name,
                "freeThreshold": DEFAULT_LIST.free_threshold,
                "vatIncluded": True,
                "tiers": [
                    {"upTo": tier.up_to, "unitPrice": str(tier.unit_price), "flatAmount": str(tier.flat_amount)}
                    for tier in DEFAULT_LIST.tiers
                ],
            },
            "vatPercent": "20",
            "chargedShare": [1, 1],
        },
        "suspensions": suspensions,
        "peak": {"seats": 0, "reachedAt": None, "holders": []},
        "payer": {"legalName": "ООО «Ромашка»"},
        "issuer": {"name": "Seatmark"},
    }


EVIDENCE = month_of_seven()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every value that holds no other ones stands, empty lists and objects too."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list) and value:
        for place, one in enumerate(value):
            yield from leaves(one, (*path, place))
    else:
        yield path


def verdict(evidence: Any) -> list[str]:
    """The differences; one when the file is refused altogether."""
    try:
        return verify_evidence(read_evidence(json.dumps(evidence).encode()))
    except NotEvidenceError as error:
        return [str(error)]


def sealed(evidence: dict[str, Any]) -> dict[str, Any]:
    """With the digests of the file and of the invoice made anew, as a forger would."""
    invoice = evidence["invoice"]
    invoice["digest"] = digest_of(invoice["document"], invoice["ledgerDigest"])
    content = {key: part for key, part in evidence.items() if key != "digest"}
    return content | {"digest": sha256(canonical_json(content))}


def test_a_month_that_is_right_is_identical_however_the_file_is_laid_out() -> None:
    assert EVIDENCE["invoice"]["document"]["peak"]["seats"] == 7
    assert EVIDENCE["invoice"]["total"] == "1806.00"
    for text in (json.dumps(EVIDENCE), json.dumps(EVIDENCE, indent=4, ensure_ascii=False), orjson.dumps(EVIDENCE)):
        assert verify_evidence(read_evidence(text if isinstance(text, bytes) else text.encode())) == []


json_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(
        ["1", "NaN", "-0", "1e999999", "2021-01-01T00:00:00", "9999-12-31T23:59:59+00:00", MEMBERS[0], "-"]
    ),
    st.just([]),
    st.just({}),
)


@settings(max_examples=400)
@given(st.sampled_from(list(leaves(EVIDENCE))), json_values)
def test_any_one_value_changed_in_a_file_is_noticed(path: tuple[Any, ...], value: Any) -> None:
    changed = copy.deepcopy(EVIDENCE)
    place = changed
    for step in path[:-1]:
        place = place[step]
    was, place[path[-1]] = place[path[-1]], value
    assert bool(verdict(changed)) is (canonical_json(was) != canonical_json(value))


@pytest.mark.parametrize(
    ("path", "value", "difference"),
    [
        (
            ("invoice", "document", "peak", "seats"),
            6,
            "The peak was 6 at 2021-01-11T09:00:00.000001Z; the ledger says 7",
        ),
        (("invoice", "document", "total"), "1.00", "total was 1.00; recomputed it is 1806.00."),
        (("invoice", "total"), "1.00", "The invoice's total is 1.00; its document says 1806.00."),
        (("invoice", "document", "terms", "vatPercent"), "22", "vat.rate was 20; recomputed it is 22."),
        (("invoice", "document", "trialEndsAt"), "2021-01-15T09:00:00Z", "The peak was 7 at"),
        (("invoice", "document", "policies", "graceSeconds"), 0, "The peak was 7 at"),
        (("ledger", 0), f"{SUBSCRIPTION} {MEMBERS[0]} 2021-01-12T09:00:00.000000Z -", "The ledger's digest was"),
        (("suspensions", 0, "since"), "2021-01-11T09:00:00Z", "The suspensions were"),
        (("periodStarts", 0), "2020-10-31T21:00:00Z", "The starts of the periods are not those of the document."),
    ],
)
def test_a_forger_who_makes_the_digests_anew_is_found_by_recomputing(
    path: tuple[Any, ...], value: Any, difference: str
) -> None:
    changed = copy.deepcopy(EVIDENCE)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert any(one.startswith(difference) for one in verdict(sealed(changed)))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"not JSON",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"1",
        b'{"format": "seatmark-evidence"}',
        b'{"format": "seatmark-evidence", "version": true}',
        b'{"format": "seatmark-evidence", "version": 2}',
        b'{"format": "seatmark-evidence", "version": 1, "version": 1}',
        b'{"format": "seatmark-evidence", "version": NaN}',
        b"[" * 100_000,
        json.dumps(EVIDENCE | {"more": 1}).encode(),
        json.dumps(EVIDENCE | {"ledger": "none"}).encode(),
        json.dumps(EVIDENCE | {"ledger": [1]}).encode(),
    ],
)
def test_a_file_that_is_no_evidence_is_refused(text: bytes) -> None:
    with pytest.raises(NotEvidenceError):
        read_evidence(text)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_canonical_json_is_what_the_database_side_writes(value: Any) -> None:
    text = json.dumps(value)
    try:
        written = orjson.dumps(json.loads(text), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # half a character
        return
    assert canonical_json(value).encode() == written


def test_an_instant_needs_its_offset() -> None:
    with pytest.raises(ValueError, match="without its offset"):
        instant_from("2021-01-01T00:00:00")
    assert instant_from("2021-01-01T00:00:00+03:00") == instant_from("2020-12-31T21:00:00Z")


def run_verify(*paths: Path) -> tuple[int, str, str]:
    """`seatmark verify` as a process without a database or settings."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "verify", *map(str, paths)],
        cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_command_answers_identical_or_every_difference_or_no_evidence(tmp_path: Path) -> None:
    good, forged, other = tmp_path / "good.json", tmp_path / "forged.json", tmp_path / "other.json"
    good.write_text(json.dumps(EVIDENCE))
    forged.write_text(json.dumps(EVIDENCE | {"digest": "0" * 64}))
    other.write_text("{}")

    payer = EVIDENCE["invoice"]["document"]["payer"]["legalName"]
    said = [
        f"{good}: identical: invoice 2021-000001 to {payer}, 1806.00 RUB",
        f"{good}: if it was issued, its digest there is {EVIDENCE['invoice']['digest']}",
    ]
    assert run_verify(good) == (0, "\n".join(said) + "\n", "")
    status, out, err = run_verify(good, forged)
    assert (status, len(out.splitlines()), err) == (1, 3, "")
    assert f"{forged}: The file's digest was {'0' * 64}; of the file as it is it is {EVIDENCE['digest']}." in out
    assert run_verify(other) == (2, "", f"{other}: no evidence: it is not an evidence file\n")
    assert run_verify(tmp_path / "none")[::2] == (2, f"{tmp_path / 'none'}: no evidence: No such file or directory\n")


def test_a_seat_in_grace_of_the_last_half_hour_before_the_month_stays_forgiven() -> None:
    """The second short seat of a member in one period counts; the first in the next period is forgiven again."""
    month = read_document(EVIDENCE["invoice"]["document"])
    start = month.period.starts_at - timedelta(minutes=10)
    line = f"{SUBSCRIPTION} {MEMBERS[8]} {start:%Y-%m-%dT%H:%M:%S.%fZ} 2020-12-31T21:10:00.000000Z"
    assert sweep_ledger([line], (), month).peak.seats == 0


def test_a_line_of_one_seat_is_the_same_by_the_name_that_it_had_before() -> None:
    evidence = month_of_seven()
    document = evidence["invoice"]["document"]
    tiers = document["terms"]["priceList"]["tiers"]
    tiers.insert(0, {"upTo": 1, "unitPrice": tiers[0]["unitPrice"], "flatAmount": "0"})
    terms = read_document(document).terms
    document |= json.loads(json.dumps(amounts_of(draft_invoice(7, terms)), default=str))
    assert document["lines"][0]["description"] == "Seat 1"
    assert verify_evidence(sealed(evidence)) == []

    document["lines"][0]["description"] = "Seats 1–1"
    assert verify_evidence(sealed(evidence)) == []
    assert "Seat 1: 1 × 258 = 258.00 RUB." in explain_invoice(document, None)

    document["lines"][0]["description"] = "Seats 1–2"
    assert verify_evidence(sealed(evidence)) == ["lines[1].description was Seats 1–2; recomputed it is Seat 1."]


def test_people_are_told_instants_without_microseconds() -> None:
    document = month_of_seven()["invoice"]["document"]
    assert document["peak"]["reachedAt"] == "2021-01-11T09:00:00.000001Z"

    (held, *_) = explain_invoice(document, None)

    assert held.startswith("7 seats were held from 2021-01-11 09:00 UTC (2021-01-11 12:00 Europe/Moscow),")


def test_a_list_without_free_seats_charges_every_seat() -> None:
    document = month_of_seven()["invoice"]["document"]
    document["terms"]["priceList"]["freeThreshold"] = 0
    assert [one for one in explain_invoice(document, None) if one.endswith("; every seat is charged.")] != []
