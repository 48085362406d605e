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
    ), found AS (
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
    ), decided AS (
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
