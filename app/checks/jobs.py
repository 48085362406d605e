"""Invariants 13, 14, 15 and 16 of what the workers do, of mails, and of requests that are made once."""

from app.checks.check import Check
from app.domain.jobs import MOST_TRIES
from app.domain.mails import MOST_ATTEMPTS, OPTIONAL, TOLD

LONGEST_PROMISE = "interval '15 minutes'"
"""No job that is rung begins later, while a worker is up (app/jobs/kinds.py)."""
_MAIL_KINDS = ", ".join(f"('{name}', '{told.kind.value}')" for name, told in TOLD.items())
_NOT_OPTIONAL = ", ".join(f"'{name}'" for name, told in TOLD.items() if told.kind not in OPTIONAL)

JOBS = (
    Check(
        13,
        "nothing that every look found is left lying while a worker is up",
        f"""
        SELECT NULL::uuid AS organization_id, look.job, look.due_since
        FROM job_looks AS look
        WHERE look.looked_at > clock_timestamp() - {LONGEST_PROMISE}
          AND look.due_since < clock_timestamp() - {LONGEST_PROMISE}
          AND NOT EXISTS (
              SELECT FROM job_runs AS run
              WHERE run.job = look.job AND run.seen_at > clock_timestamp() - {LONGEST_PROMISE}
          )
        """,
    ),
    Check(
        13,
        "each warning was written once, with one event",
        """
        SELECT coalesce(notice.organization_id, event.organization_id) AS organization_id,
               coalesce(notice.kind, event.kind) AS kind, notice.count AS notices, event.count AS events
        FROM (SELECT organization_id, kind, count(*) AS count FROM notices GROUP BY 1, 2) AS notice
        FULL JOIN (
            SELECT organization_id, payload ->> 'notice' AS kind, count(*) AS count FROM events
            WHERE type IN ('trial.ending', 'trial.ended', 'purge.approaching') GROUP BY 1, 2
        ) AS event ON event.organization_id = notice.organization_id AND event.kind = notice.kind
        WHERE notice.count IS DISTINCT FROM event.count
          AND coalesce(notice.organization_id, event.organization_id) IN (
              SELECT id FROM organizations WHERE purge_decided_at IS NULL
          )
        """,
    ),
    Check(
        15,
        "no work is tried more often than it may be",
        f"""
        SELECT NULL::uuid AS organization_id, job, subject_id, tries FROM job_tries
        WHERE tries > {MOST_TRIES} OR (parked_at IS NOT NULL AND error IS NULL)
        """,
    ),
)
MAILS = (
    Check(
        14,
        "a mail is about an event that is told so",
        f"""
        SELECT mail.organization_id, mail.id AS mail_id, mail.kind, event.type
        FROM mails AS mail JOIN events AS event ON event.id = mail.event_id
        WHERE (event.type, mail.kind) NOT IN ({_MAIL_KINDS})
        """,
    ),
    # By real time, for that is what mails are kept by. Who owned the organization then is known where nothing was said
    # of its people since; whose mails went with them is not missed.
    Check(
        14,
        "an event that is told by mail has a mail, while these are kept",
        f"""
        SELECT event.organization_id, event.sequence, event.type FROM events AS event
        JOIN organizations AS organization ON organization.id = event.organization_id
        WHERE event.type IN ({_NOT_OPTIONAL}) AND event.at > clock_timestamp() - interval '29 days'
          AND organization.test_clock_id IS NULL AND organization.purge_decided_at IS NULL
          AND EXISTS (
              SELECT FROM members AS owner
              WHERE owner.organization_id = event.organization_id AND owner.role = 'OWNER'
                AND owner.status = 'ACTIVE' AND NOT owner.is_robot
          )
          AND NOT EXISTS (
              SELECT FROM events AS later
              WHERE later.organization_id = event.organization_id AND later.sequence > event.sequence
                AND (later.type LIKE 'member%' OR later.type LIKE 'invitation.%')
          )
          AND NOT EXISTS (SELECT FROM mails AS mail WHERE mail.event_id = event.id)
        """,
    ),
    Check(
        15,
        "no mail is tried more often than it may be, and what is dead says why",
        f"""
        SELECT organization_id, id AS mail_id, attempts FROM mails
        WHERE attempts > {MOST_ATTEMPTS} OR (dead_at IS NOT NULL AND error IS NULL)
        """,
    ),
)
REQUESTS = (
    Check(
        16,
        "a key was kept once by whoever sent it, and answered after it came",
        """
        SELECT NULL::uuid AS organization_id, actor, encode(key_hash, 'hex') AS key_hash, count(*) AS kept
        FROM idempotency_keys GROUP BY actor, key_hash
        HAVING count(*) > 1 OR bool_or(answered_at < created_at) OR bool_or(answer IS NOT NULL AND answered_at IS NULL)
        """,
    ),
)
