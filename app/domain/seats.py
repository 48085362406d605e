"""Who holds a seat when, which of it counts, and the peak (R3.3–R3.6, R4.5)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Grant:
    """A row of the ledger: one subscription seats one member for [granted_at, revoked_at) (R3.4)."""

    subscription_id: UUID
    member_id: UUID
    granted_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """What a member's touching or overlapping grants merge into: [granted_at, revoked_at) (R3.3)."""

    member_id: UUID
    granted_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open range of instants; `until` None is without end."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Peak:
    """The most seats held at one instant, the first such instant, and who held them then (ids in order).

    `reached_at` is None when no seat was held.
    """

    seats: int
    reached_at: datetime | None
    holders: tuple[UUID, ...]


NO_PEAK = Peak(0, None, ())


def merge_spans(grants: Iterable[Grant]) -> list[Span]:
    """Every member's spans, ordered by (granted_at, member id)."""
    by_member: dict[UUID, list[Grant]] = defaultdict(list)
    for grant in grants:
        by_member[grant.member_id].append(grant)
    spans = [span for member_id, own in by_member.items() for span in _merge_one(member_id, own)]
    return sorted(spans, key=lambda span: (span.granted_at, span.member_id))


def is_in_grace(span: Span, grace: timedelta) -> bool:
    """Ended at most `grace` after it began; an open span did not (R3.6). A grace of zero forgives nothing."""
    return span.revoked_at is not None and span.revoked_at - span.granted_at <= grace


def counted_spans(spans: Sequence[Span], period_starts: Sequence[datetime], grace: timedelta) -> list[Span]:
    """The spans that count for their months: all but a member's first short one beginning in each period (R3.6).

    `period_starts` are the starts of the billing periods that spans begin in, ascending; what begins before
    the first of them is taken as one earlier period. `spans` are whole histories, ordered as `merge_spans` does.
    """
    forgiven: set[tuple[UUID, int]] = set()
    counted = []
    for span in spans:
        key = (span.member_id, bisect_right(period_starts, span.granted_at))
        if is_in_grace(span, grace) and key not in forgiven:
            forgiven.add(key)
        else:
            counted.append(span)
    return counted


def find_peak(counted: Sequence[Span], charged: Interval, suspended: Sequence[Interval] = ()) -> Peak:
    """The peak over `charged`, from spans that count; instants under suspension count zero seats (R4.5).

    People carried in count from the window's start. Revokes come before grants at one instant (R3.5).
    """
    pieces = [(piece, span.member_id) for span in counted for piece in _pieces(span, charged, suspended)]
    most, reached_at = 0, None
    for instant, held in _steps([piece for piece, _ in pieces]):
        if held > most:
            most, reached_at = held, instant
    if reached_at is None:
        return NO_PEAK
    return Peak(most, reached_at, tuple(sorted(member for piece, member in pieces if _holds(piece, reached_at))))


def charged_interval(starts_at: datetime, ends_at: datetime, trial_ends_at: datetime | None) -> Interval | None:
    """What of a period is charged: from the later of its start and the trial's end (R4.5).

    None when nothing is: the trial covers it all, or there was none yet.
    """
    if trial_ends_at is None or trial_ends_at >= ends_at:
        return None
    return Interval(max(starts_at, trial_ends_at), ends_at)


def seat_steps(spans: Iterable[Span], shown: Interval) -> list[tuple[datetime, int]]:
    """How many hold a seat, as steps: from each instant on, until the next. The first is the interval's start."""
    steps = [(shown.since, 0)]
    for instant, held in _steps([piece for span in spans for piece in _pieces(span, shown, ())]):
        if instant == shown.since:
            steps[0] = (instant, held)
        elif instant != shown.until and held != steps[-1][1]:
            steps.append((instant, held))
    return steps


def suspended_stretches(suspended: Iterable[Interval], shown: Interval) -> list[tuple[datetime, datetime]]:
    """What the suspensions cover of a bounded interval, in order and apart: those that touch are one."""
    stretches: list[tuple[datetime, datetime]] = []
    for gap in sorted(suspended, key=lambda gap: gap.since):
        for piece in _intersect(gap, shown):
            assert piece.until is not None, "the interval that is shown has an end"
            if stretches and piece.since <= stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], max(stretches[-1][1], piece.until))
            else:
                stretches.append((piece.since, piece.until))
    return stretches


def pause_steps(
    steps: Sequence[tuple[datetime, int]], stretches: Sequence[tuple[datetime, datetime]], ends_at: datetime
) -> list[tuple[datetime, int]]:
    """The steps up to `ends_at` with nobody counted in the stretches, none of which begins before the first step."""
    known = [at for at, _ in steps]
    bounds = [(at, steps[bisect_right(known, at) - 1][1]) for one in stretches for at in one if at < ends_at]
    paused: list[tuple[datetime, int]] = []
    for at, held in sorted({*steps, *bounds}):
        counted = 0 if any(since <= at < until for since, until in stretches) else held
        if not paused or paused[-1][1] != counted:
            paused.append((at, counted))
    return paused


def _merge_one(member_id: UUID, grants: list[Grant]) -> list[Span]:
    merged: list[Span] = []
    for grant in sorted(grants, key=lambda grant: grant.granted_at):
        last = merged[-1] if merged else None
        if last is None or (last.revoked_at is not None and last.revoked_at < grant.granted_at):
            merged.append(Span(member_id, grant.granted_at, grant.revoked_at))
        else:
            merged[-1] = Span(member_id, last.granted_at, _later(last.revoked_at, grant.revoked_at))
    return merged


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)


def _holds(piece: Interval, instant: datetime) -> bool:
    return piece.since <= instant and (piece.until is None or instant < piece.until)


def _steps(pieces: Iterable[Interval]) -> list[tuple[datetime, int]]:
    """Each instant at which something begins or ends, in order, with how many go on from there."""
    changes: dict[datetime, int] = defaultdict(int)
    for piece in pieces:
        changes[piece.since] += 1
        if piece.until is not None:
            changes[piece.until] -= 1
    instants = sorted(changes)
    return list(zip(instants, accumulate(changes[instant] for instant in instants), strict=True))


def _pieces(span: Span, charged: Interval, suspended: Sequence[Interval]) -> list[Interval]:
    """The span cut to the charged window, less the suspensions."""
    pieces = _intersect(Interval(span.granted_at, span.revoked_at), charged)
    for gap in suspended:
        pieces = [rest for piece in pieces for rest in _subtract(piece, gap)]
    return pieces


def _intersect(one: Interval, other: Interval) -> list[Interval]:
    since = max(one.since, other.since)
    untils = [until for until in (one.until, other.until) if until is not None]
    until = min(untils) if untils else None
    return [Interval(since, until)] if until is None or since < until else []


def _subtract(piece: Interval, gap: Interval) -> list[Interval]:
    before = _intersect(piece, Interval(piece.since, gap.since))
    after = _intersect(piece, Interval(gap.until, None)) if gap.until is not None else []
    return before + after
