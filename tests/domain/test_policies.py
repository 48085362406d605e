from datetime import timedelta

from app.domain.policies import Policies


def test_half_an_hour_is_forgiven_the_first_month_charged_in_full_and_nobody_suspended_unless_set_otherwise() -> None:
    assert Policies() == Policies(grace=timedelta(minutes=30), prorate_first_month=False, suspend_overdue=False)
