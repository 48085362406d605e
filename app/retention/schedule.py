"""The one SQL definition of when purges and notices are due: `purge_at` and `notice_due_at` of the domain, for many."""

from datetime import timedelta

from app.domain.lifecycle import (
    FINAL_WARNING_LENGTH,
    NOTICE_OFFSETS,
    PURGE_WARNINGS,
    RETENTION_LENGTH,
    TRIAL_WARNINGS,
    Notice,
)


def _interval(length: timedelta) -> str:
    return f"interval '{length.total_seconds():.0f} seconds'"


def _offsets(notices: tuple[Notice, ...]) -> str:
    return ", ".join(f"('{one.value}', {_interval(NOTICE_OFFSETS[one])})" for one in notices)


FINAL_WARNING_INTERVAL = _interval(FINAL_WARNING_LENGTH)
PURGES = f"""
    SELECT facts.*,
           greatest(coalesce(facts.closed_at, facts.trial_ends_at) + {_interval(RETENTION_LENGTH)},
                    facts.spared_until + {FINAL_WARNING_INTERVAL}) AS purge_at
    FROM organization_facts AS facts
    WHERE facts.purge_decided_at IS NULL AND facts.legal_hold IS NULL
      AND (facts.closed_at IS NOT NULL OR (facts.trial_ends_at IS NOT NULL AND facts.subscribed_from IS NULL))
"""
"""Organizations that will be purged if nothing happens, each with `purge_at` beside its facts."""

NOTICES = f"""
    SELECT facts.id, facts.test_clock_id, facts.advancing_to, facts.now, offsets.kind,
           facts.trial_ends_at + offsets.after AS due_at
    FROM organization_facts AS facts
    CROSS JOIN (VALUES {_offsets((*TRIAL_WARNINGS, Notice.TRIAL_ENDED))}) AS offsets (kind, after)
    WHERE facts.trial_ends_at IS NOT NULL AND facts.purge_decided_at IS NULL
      AND (offsets.kind = '{Notice.TRIAL_ENDED.value}'
           OR (facts.closed_at IS NULL AND facts.now < facts.trial_ends_at))
    UNION ALL
    SELECT purge.id, purge.test_clock_id, purge.advancing_to, purge.now, offsets.kind, purge.purge_at + offsets.after
    FROM ({PURGES}) AS purge CROSS JOIN (VALUES {_offsets(PURGE_WARNINGS)}) AS offsets (kind, after)
"""
"""Every notice that organizations are to be told, with when; those written already too."""

ON_CLOCK = "CASE WHEN $1::uuid IS NULL THEN {0}.advancing_to IS NULL ELSE {0}.test_clock_id = $1 END"
"""With a test clock ($1) only its organizations, which is for its advance; without, all whose clock stands."""

UNBILLED = """
    EXISTS (
        SELECT FROM billing_periods AS period LEFT JOIN statements AS statement USING (organization_id, month)
        WHERE organization_id = {0}.id AND (period.closed_at IS NULL OR statement.outcome = 'PARKED')
          AND (period.ends_at <= {0}.now
               OR ({0}.subscribed_from <= {0}.closed_at AND period.starts_at <= {0}.closed_at))
    )
"""
"""Whether an organization has a period to be closed before nothing of it is left: `purge_obstacles` for many."""

FINAL_WARNING = (
    f"{{0}}.kind = '{Notice.PURGE_IN_1_DAY.value}' "
    f"AND {{0}}.due_at = {{1}}.purge_at + {_interval(NOTICE_OFFSETS[Notice.PURGE_IN_1_DAY])}"
)
"""Whether a row of `notices` ({0}) is the last warning of a purge ({1}) as it is planned now."""
