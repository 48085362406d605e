"""One statement for each thing that is asked, which answers with the JSON of it."""

CHECK = """
    WITH asked AS (
        SELECT * FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS asked (member_id, permission, place)
    ), standing AS MATERIALIZED (
        SELECT is_suspended, trial_ends_at,
               CASE WHEN purged_at IS NOT NULL OR purge_decided_at IS NOT NULL THEN 'PURGED'
                    WHEN closed_at IS NOT NULL THEN 'CLOSED'
                    WHEN trial_ends_at IS NULL THEN 'NOT_ACTIVATED'
                    WHEN now < trial_ends_at THEN 'TRIAL'
                    WHEN subscribed_from <= now THEN 'SUBSCRIBED'
                    ELSE 'RETENTION' END AS state,
               CASE WHEN closed_at IS NOT NULL OR subscribed_from IS NULL
                    THEN coalesce(closed_at, trial_ends_at) + interval '30 days' END AS purge_at
        FROM organization_facts WHERE id = $1
    ), found AS MATERIALIZED (  -- else its code is computed anew wherever it is used
        SELECT asked.place, asked.permission, standing.*,
               CASE WHEN state = 'PURGED' THEN 'PURGED'
                    WHEN member.status IS DISTINCT FROM 'ACTIVE' THEN 'NOT_A_MEMBER'
                    WHEN state IN ('NOT_ACTIVATED', 'CLOSED') THEN state
                    WHEN is_suspended THEN 'SUSPENDED'
                    WHEN state = 'TRIAL' THEN 'TRIAL'
                    WHEN EXISTS (SELECT FROM seat_grants AS seat
                                 WHERE seat.member_id = member.id AND upper_inf(seat.during)) THEN 'SEAT'
                    ELSE 'NO_SEAT' END AS code
        FROM asked CROSS JOIN standing
        LEFT JOIN members AS member ON member.id = asked.member_id AND member.organization_id = $1
    ), decided AS MATERIALIZED (
        SELECT found.*, CASE WHEN code IN ('TRIAL', 'SEAT') THEN 'FULL'
                             WHEN code IN ('PURGED', 'NOT_A_MEMBER', 'NOT_ACTIVATED') THEN 'NONE'
                             ELSE 'READ_ONLY' END AS access FROM found
    )
    SELECT json_agg(json_build_object(
        'allowed', access = 'FULL'
            OR (access = 'READ_ONLY' AND permission IN ('ISSUE_VIEW', 'QUEUE_VIEW', 'DATA_EXPORT')),
        'access', access,
        'code', code,
        'message', CASE code
            WHEN 'SEAT' THEN 'A seat gives full access.'
            WHEN 'NO_SEAT' THEN 'The trial is over and there is no seat: everything can be seen and nothing changed.'
            WHEN 'NOT_ACTIVATED' THEN 'The tracker is not activated yet.'
            WHEN 'SUSPENDED'
                THEN 'The organization is suspended until it pays: everything can be seen and nothing changed.'
            WHEN 'CLOSED' THEN 'The organization is closed: everything can be seen and nothing changed.'
            WHEN 'PURGED' THEN 'The organization''s data have been deleted.'
            WHEN 'NOT_A_MEMBER' THEN 'This is no member of the organization.'
            ELSE format('The trial, in which everyone may do everything, lasts until %s.', trial_ends_at) END,
        'validUntil', CASE WHEN code = 'TRIAL' THEN trial_ends_at
                           WHEN state IN ('RETENTION', 'CLOSED') THEN purge_at END
    ) ORDER BY place)::text
    FROM decided
"""

MEMBERS = """
    WITH standing AS MATERIALIZED (
        SELECT purged_at IS NULL AND purge_decided_at IS NULL AND trial_ends_at IS NOT NULL AS is_alive,
               closed_at IS NULL AND NOT is_suspended AS is_open, now < trial_ends_at AS is_trial
        FROM organization_facts WHERE id = $1
    ), person AS (
        SELECT id, name, email, role, status FROM members
        WHERE organization_id = $1 AND erased_at IS NULL ORDER BY name, id LIMIT $2
    )
    SELECT json_agg(json_build_object(
        'id', person.id,
        'name', person.name,
        'email', person.email,
        'role', person.role,
        'access', CASE WHEN person.status <> 'ACTIVE' OR NOT is_alive THEN 'NONE'
                       WHEN is_open AND (is_trial OR seat.granted_at IS NOT NULL) THEN 'FULL' ELSE 'READ_ONLY' END,
        'seat', CASE WHEN seat.granted_at IS NOT NULL THEN json_build_object('grantedAt', seat.granted_at) END,
        'teams', joined.teams
    ) ORDER BY person.name, person.id)::text
    FROM person CROSS JOIN standing
    LEFT JOIN LATERAL (
        SELECT lower(span) AS granted_at
        FROM unnest((SELECT range_agg(during) FROM seat_grants WHERE member_id = person.id)) AS span
        WHERE upper_inf(span)
    ) AS seat ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_object('id', team.id, 'name', team.name) ORDER BY team.name), '[]') AS teams
        FROM team_memberships AS membership JOIN teams AS team ON team.id = membership.team_id
        WHERE membership.member_id = person.id
    ) AS joined
"""

_MONTH = """
    WITH RECURSIVE facts AS MATERIALIZED (
        SELECT now, trial_ends_at, currency FROM organization_facts WHERE id = $1
    ), period AS MATERIALIZED (
        SELECT period.month, period.starts_at, period.ends_at,
               greatest(period.starts_at, trial_ends_at) AS charged_from,
               coalesce((SELECT max(starts_at) FROM billing_periods AS before
                         WHERE before.organization_id = $1 AND before.starts_at < period.starts_at),
                        period.starts_at) AS previous_start
        FROM facts JOIN billing_periods AS period ON period.organization_id = $1
        WHERE period.starts_at <= facts.now AND facts.now < period.ends_at
    ), span AS (
        SELECT member_id, unnest(range_agg(during)) AS during
        FROM seat_grants, period
        WHERE organization_id = $1 AND coalesce(upper(during), 'infinity') > previous_start - interval '1 microsecond'
          AND lower(during) <= ends_at + interval '30 minutes'
        GROUP BY member_id
    ), counted AS (
        SELECT member_id, during FROM (
            SELECT span.*, row_number() OVER (
                       PARTITION BY member_id, is_short, lower(during) < previous_start, lower(during) < starts_at
                       ORDER BY lower(during)) AS nth
            FROM (SELECT span.*, coalesce(upper(during) - lower(during) <= interval '30 minutes', false) AS is_short
                  FROM span) AS span, period
        ) AS numbered WHERE NOT (is_short AND nth = 1)
    ), suspended AS MATERIALIZED (
        SELECT coalesce(range_agg(tstzrange(since, until)), '{}') AS during FROM suspensions WHERE organization_id = $1
    )
"""
_STEPS = """
        SELECT lower(piece) AS at, 1 AS change FROM pieces
        UNION ALL SELECT upper(piece), -1 FROM pieces
"""
_LIST = """
    , tier AS MATERIALIZED (
        SELECT list.free_threshold, coalesce(lag(up_to) OVER (ORDER BY position), 0) AS above,
               up_to, unit_price, flat_amount
        FROM price_list_tiers JOIN (
            SELECT list.id, list.free_threshold FROM price_lists AS list, period, facts
            WHERE list.is_public AND list.currency = facts.currency AND list.effective_from <= period.month
            ORDER BY list.effective_from DESC LIMIT 1
        ) AS list ON list.id = price_list_id
    )
"""


def _amount(seats: str) -> str:
    return f"""(
        SELECT coalesce(sum((least({seats}, coalesce(up_to, {seats})) - above) * unit_price + flat_amount), 0)
                   ::numeric(18, 2)::text
        FROM tier WHERE {seats} > above AND {seats} > free_threshold
    )"""


PREVIEW = f"""
    {_MONTH}, pieces AS (
        SELECT unnest(tstzmultirange(counted.during) * tstzmultirange(tstzrange(charged_from, ends_at))
                      - suspended.during) AS piece
        FROM counted, period, suspended
    ), held AS (
        SELECT at, sum(change) OVER (ORDER BY at, change) AS seats FROM ({_STEPS}) AS step
    ), peak AS MATERIALIZED (
        SELECT at, seats FROM held, facts WHERE at <= now ORDER BY seats DESC, at LIMIT 1
    ), at_the_end AS MATERIALIZED (
        SELECT max(seats) AS seats FROM held
    ){_LIST}
    SELECT json_build_object(
        'peak', json_build_object('seats', peak.seats, 'reachedAt', peak.at),
        'seatsNow', (SELECT count(DISTINCT member_id) FROM seat_grants
                     WHERE organization_id = $1 AND upper_inf(during)),
        'total', {_amount("peak.seats")},
        'ifNothingChanges', {_amount("at_the_end.seats")}
    )::text FROM peak, at_the_end
"""
WHAT_IF = f"""
    {_MONTH}, joining AS MATERIALIZED (
        SELECT membership.member_id FROM team_memberships AS membership
        JOIN members AS member ON member.id = membership.member_id
        WHERE membership.team_id = $2 AND membership.organization_id = $1 AND member.status = 'ACTIVE'
          AND NOT EXISTS (SELECT FROM seat_grants AS seat
                          WHERE seat.member_id = membership.member_id AND upper_inf(seat.during))
    ), pieces AS MATERIALIZED (
        SELECT unnest(tstzmultirange(counted.during) * tstzmultirange(tstzrange(charged_from, ends_at))
                      - suspended.during) AS piece
        FROM counted, period, suspended
    ), peak_before AS MATERIALIZED (
        SELECT max(seats) AS seats
        FROM (SELECT sum(change) OVER (ORDER BY at, change) AS seats FROM ({_STEPS}) AS step) AS held
    ), peak_after AS MATERIALIZED (
        SELECT max(seats) AS seats
        FROM (SELECT sum(change) OVER (ORDER BY at, change) AS seats
              FROM ({_STEPS} UNION ALL SELECT now, 1 FROM joining, facts) AS step) AS held
    ){_LIST}
    SELECT json_build_object(
        'peakBefore', peak_before.seats,
        'peakAfter', peak_after.seats,
        'totalBefore', {_amount("peak_before.seats")},
        'totalAfter', {_amount("peak_after.seats")},
        'newlySeatedCount', (SELECT count(*) FROM joining)
    )::text FROM peak_before, peak_after
"""

LOCK_CLOCK = """
    SELECT clock.now FROM test_clocks AS clock
    JOIN organizations AS organization ON organization.test_clock_id = clock.id
    WHERE organization.id = $1 FOR SHARE OF clock
"""
LOCK = "SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE"
_INSTANT = """
    WITH instant AS MATERIALIZED (
        SELECT greatest(now, last_change_at + interval '1 microsecond') AS at, sequence + 1 AS sequence, audit_hash
        FROM organization_facts WHERE id = $1
    ), change AS (
        INSERT INTO seat_changes (id, organization_id, at, actor, description, is_explicit)
        SELECT gen_random_uuid(), $1, at, $3, '1 of 1', true FROM instant RETURNING id
    )
"""
_RECORD = """
    , counted AS MATERIALIZED (
        SELECT count(*) AS seats FROM seat_grants WHERE organization_id = $1 AND upper_inf(during)
    ), entry AS MATERIALIZED (
        SELECT instant.*, change.id AS change_id, jsonb_build_object(
            'startedSubscriptionIds', to_jsonb(ARRAY(SELECT id FROM started)),
            'endedSubscriptionIds', to_jsonb(ARRAY(SELECT id FROM ended)),
            'changeId', change.id,
            'seats', counted.seats + (SELECT count(*) FROM granted) - (SELECT count(*) FROM revoked),
            'seated', (SELECT count(*) FROM granted), 'unseated', (SELECT count(*) FROM revoked), 'waiting', 0
        ) AS payload
        FROM instant, change, counted
    ), link AS MATERIALIZED (
        SELECT *, sha256(coalesce(audit_hash, '') || convert_to(
            jsonb_build_array($1, sequence, at, $3::text, $4::text, 'seats.changed', '{}'::jsonb, payload)::text, 'UTF8'
        )) AS hash FROM entry
    ), event AS (
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        SELECT gen_random_uuid(), $1, sequence, at, 'seats.changed', payload FROM link
    ), audited AS (
        INSERT INTO audit_entries
            (id, organization_id, sequence, at, actor, request_id, action, before, after, previous_hash, hash)
        SELECT gen_random_uuid(), $1, sequence, at, $3, $4, 'seats.changed', '{}', payload, audit_hash, hash FROM link
    )
    UPDATE organizations SET last_change_at = link.at, sequence = link.sequence, audit_hash = link.hash
    FROM link WHERE organizations.id = $1
    RETURNING json_build_object(
        'seatedCount', link.payload -> 'seated', 'unseatedCount', link.payload -> 'unseated')::text
"""
SUBSCRIBE = f"""
    {_INSTANT}, started AS (
        INSERT INTO seat_subscriptions (id, organization_id, member_id, joins, created_at, created_by, started_by_id)
        SELECT gen_random_uuid(), $1, member.id, 'ALWAYS', instant.at, $3, change.id
        FROM members AS member, instant, change
        WHERE member.id = $2 AND member.organization_id = $1 AND member.status = 'ACTIVE' RETURNING id
    ), granted AS (
        INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
        SELECT gen_random_uuid(), $1, started.id, $2, change.id, tstzrange(instant.at, NULL)
        FROM started, change, instant RETURNING id
    ), ended AS (SELECT id FROM started WHERE false), revoked AS (SELECT id FROM granted WHERE false)
    {_RECORD}
"""
UNSUBSCRIBE = f"""
    {_INSTANT}, ended AS (
        UPDATE seat_subscriptions SET ended_at = instant.at, ended_by = $3, ended_by_change_id = change.id
        FROM instant, change
        WHERE organization_id = $1 AND member_id = $2 AND ended_at IS NULL RETURNING seat_subscriptions.id
    ), revoked AS (
        UPDATE seat_grants SET during = tstzrange(lower(during), instant.at), revoked_by_id = change.id
        FROM ended, instant, change
        WHERE subscription_id = ended.id AND upper_inf(during) RETURNING seat_grants.id
    ), started AS (SELECT id FROM ended WHERE false), granted AS (SELECT id FROM revoked WHERE false)
    {_RECORD}
"""
