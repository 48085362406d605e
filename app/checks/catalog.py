"""Every check there is, and all of them as one question."""

from collections.abc import Collection, Iterable
from uuid import UUID

from app.checks.audit import AUDIT
from app.checks.check import Check, Row, run_checks
from app.checks.credit_notes import CREDIT_NOTES
from app.checks.immutable import IMMUTABILITY
from app.checks.invoices import INVOICES
from app.checks.jobs import JOBS, MAILS, REQUESTS
from app.checks.ledger import LEDGER
from app.checks.life import LIFE, PERIODS
from app.checks.money import CHARGES, NUMBERS, STATEMENTS
from app.checks.seats import SEATS
from app.checks.webhooks import WEBHOOKS

CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (
            *STATEMENTS,
            *INVOICES,
            *CREDIT_NOTES,
            *LEDGER,
            *NUMBERS,
            *IMMUTABILITY,
            *CHARGES,
            *SEATS,
            *PERIODS,
            *LIFE,
            *AUDIT,
            *WEBHOOKS,
            *JOBS,
            *MAILS,
            *REQUESTS,
        ),
        key=lambda check: check.number,
    )
)
MONEY = range(1, 8)
SEATS_AND_LIFE = range(8, 13)
RECORD = (13, 14, 15, 16, 17)


def choose_checks(numbers: Collection[int] | None = None) -> list[Check]:
    """The checks of some invariants; None is every one."""
    return [check for check in CHECKS if numbers is None or check.number in numbers]


async def find_violations(
    numbers: Collection[int] | None = None, organization_ids: Iterable[UUID] | None = None
) -> list[Row]:
    """Rows that break an invariant, each with its name ("8: …"); none when everything holds."""
    findings = await run_checks(choose_checks(numbers), organization_ids)
    return [
        {"invariant": f"{finding.check.number}: {finding.check.name}", "row": row}
        for finding in findings
        for row in finding.rows
    ]
