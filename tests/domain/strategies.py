"""What properties are tried on. Instants lie on a coarse grid, so that ties, touching spans and exact half-hours
are the usual case; one in a few is a microsecond off."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from app.domain.discounts import Promo
from app.domain.invoice import Terms
from app.domain.lifecycle import LifecycleFacts
from app.domain.period import BillingPeriod, Month
from app.domain.pricing import PriceList, Tier
from app.domain.seats import Grant, Interval
from tests.domain.samples import person

thorough = settings(
    derandomize=True, database=None, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
"""The same examples in every run, on every machine."""

ORIGIN = datetime(2021, 1, 30, 21, tzinfo=UTC)
PERIOD_STARTS = [ORIGIN, ORIGIN + timedelta(hours=4), ORIGIN + timedelta(hours=7)]
TICK = timedelta(microseconds=1)

graces = st.sampled_from([timedelta(minutes=minutes) for minutes in (0, 10, 30, 60)])
months = st.builds(Month, st.integers(2018, 2023), st.integers(1, 12))
nudges = st.sampled_from([timedelta(0)] * 6 + [-TICK, TICK])


GRID = [ORIGIN + timedelta(minutes=30 * count) for count in range(-2, 19)]
STRETCHES = [timedelta(minutes=minutes) for minutes in (10, 20, 30, 30, 30, 40, 60, 60, 90, 120, 210, 330)]

instants = st.sampled_from(GRID + [one + TICK for one in GRID[::4]] + [one - TICK for one in GRID[::5]])
"""Half an hour apart, from an hour before the first of PERIOD_STARTS to two hours after the last."""

stretches = st.sampled_from(STRETCHES + [one + TICK for one in STRETCHES] + [one - TICK for one in STRETCHES[::3]])
"""Never empty, often half an hour."""


def _grant(source: int, member: int, since: datetime, length: timedelta | None) -> Grant:
    return Grant(UUID(int=source), person(member), since, None if length is None else since + length)


grants = st.lists(
    st.builds(_grant, st.integers(1, 3), st.integers(1, 4), instants, st.one_of(stretches, stretches, st.none())),
    max_size=12,
)
"""Of 4 people through 3 subscriptions; some are open."""

windows = st.builds(
    lambda since, count: Interval(since, since + timedelta(minutes=30 * count)), instants, st.integers(1, 20)
)
"""A charged window; it ends after it begins."""

suspensions = st.lists(
    st.builds(
        lambda since, length: Interval(since, since + length if length else None), instants, st.none() | stretches
    ),
    max_size=3,
)
"""They may overlap, and be without end."""


def prices(most: int, places: int = 6) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, most, allow_nan=False, allow_infinity=False, places=places)


@st.composite
def price_lists(draw: st.DrawFn, currency: str) -> PriceList:
    """VAT inside or on top; one to four tiers within the first 40 seats, and the last without end."""
    ends = sorted(draw(st.sets(st.integers(1, 40), max_size=3)))
    flat_amounts = st.one_of(st.just(Decimal(0)), prices(500))
    tiers = tuple(Tier(end, draw(prices(1000)), draw(flat_amounts)) for end in [*ends, None])
    return PriceList(
        id=UUID(int=draw(st.integers(1, 9))),
        name="drawn",
        currency=currency,
        is_public=True,
        effective_from=draw(months),
        free_threshold=draw(st.integers(0, 8)),
        tiers=tiers,
        vat_included=draw(st.booleans()),
        legacy_periods=0,
    )


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Every currency, VAT inside and on top, whole and prorated, with and without alternatives, legacy and promo."""
    currency = draw(st.sampled_from(["RUB", "USD", "KZT", "JPY"]))
    lists = price_lists(currency)
    percents = st.decimals(0, 100, allow_nan=False, allow_infinity=False, places=2)
    promos = st.one_of(
        st.builds(Promo, st.just("LESS"), percents, st.none()), st.builds(Promo, st.just("LIST"), st.none(), lists)
    )
    whole = draw(st.integers(1, 2_678_400_000_000))
    share = draw(st.one_of(st.just((1, 1)), st.tuples(st.integers(0, whole), st.just(whole))))
    return Terms(
        prices=draw(lists),
        vat_percent=Decimal(draw(st.sampled_from(["0", "5", "7.5", "10", "12", "20", "22"]))),
        charged_share=share,
        alternatives=tuple(draw(st.lists(lists, max_size=2))),
        baselines=tuple(draw(st.lists(lists, max_size=2))),
        promo=draw(st.none() | promos),
    )


@st.composite
def lives(draw: st.DrawFn) -> tuple[LifecycleFacts, datetime]:
    """What may be recorded about an organization by some instant, and that instant: nothing recorded lies after it."""
    now = ORIGIN
    hours = st.integers(0, 24 * 70).map(lambda count: timedelta(hours=count))
    if draw(st.sampled_from([False] * 7 + [True])):
        closed_at = draw(st.sampled_from([None, ORIGIN]))
        return LifecycleFacts(closed_at=closed_at), now + draw(hours) + draw(nudges) + TICK
    activated_at = ORIGIN
    trial_ends_at = activated_at + timedelta(days=30) + draw(st.sampled_from([timedelta(0), timedelta(days=10)]))
    now = activated_at + draw(hours) + draw(nudges) + TICK
    subscribed_from = draw(
        st.sampled_from([None, None, trial_ends_at, trial_ends_at + timedelta(days=3), trial_ends_at + TICK])
    )
    recorded: list[datetime | None] = [None, None, None]
    for position in range(draw(st.sampled_from([0, 0, 0, 1, 2, 3]))):
        recorded[position] = now = now + TICK
    closed_at, decided_at, purged_at = recorded
    if draw(st.booleans()):
        closed_at = None
    elif closed_at is not None and decided_at is None and draw(st.booleans()):
        now = closed_at + draw(hours) + draw(nudges) + TICK
    spared_until = draw(st.sampled_from([None, None, now, now - timedelta(hours=24), now - timedelta(days=20)]))
    facts = LifecycleFacts(
        activated_at,
        trial_ends_at,
        subscribed_from,
        closed_at,
        decided_at,
        purged_at,
        draw(st.sampled_from([False, False, False, True])),
        spared_until,
        draw(st.sampled_from([True, True, True, False])),
    )
    return facts, now


@st.composite
def unbilled_periods(draw: st.DrawFn, now: datetime) -> list[BillingPeriod]:
    """None, or one that is over, running, or begins later."""
    if draw(st.booleans()):
        return []
    ends_at = now + draw(st.sampled_from([timedelta(days=days) for days in (-1, 0, 1, 29, 40)])) + draw(nudges)
    return [BillingPeriod(Month(2021, 3), ends_at - timedelta(days=30), ends_at, "Europe/Moscow")]
