"""Which backups are kept: properties that hold for any history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.core.backups.rotation import Rules, kept
from insurance_chat.core.backups.schedule import alarming, last_due, wanted_now
from insurance_chat.core.clock import MOSCOW

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.lists(
    st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes)),
    max_size=80,
)
rules = st.builds(Rules, st.integers(1, 10), st.integers(0, 8), st.integers(0, 14))


@given(moments, rules)
def test_the_newest_is_always_kept_and_nothing_is_invented(
    made: list[datetime], rule: Rules
) -> None:
    chosen = kept(made, rule)

    assert chosen <= set(made)
    assert not made or max(made) in chosen


@given(moments, rules)
def test_no_more_is_kept_than_the_rules_say(made: list[datetime], rule: Rules) -> None:
    assert len(kept(made, rule)) <= rule.last + rule.daily + rule.weekly + rule.monthly


@given(moments, rules)
def test_tidying_up_twice_removes_nothing_more(made: list[datetime], rule: Rules) -> None:
    once = kept(made, rule)

    assert kept(once, rule) == once


@given(moments, rules)
def test_the_order_of_the_list_does_not_matter(made: list[datetime], rule: Rules) -> None:
    assert kept(reversed(made), rule) == kept(made, rule)


@given(moments)
def test_each_of_the_last_seven_days_with_a_backup_keeps_its_newest(made: list[datetime]) -> None:
    chosen = kept(made, Rules())
    days = {one.astimezone(MOSCOW).date() for one in made}
    for day in sorted(days, reverse=True)[:7]:
        assert max(one for one in made if one.astimezone(MOSCOW).date() == day) in chosen


def test_one_made_by_hand_does_not_replace_the_one_of_the_night() -> None:
    night, noon = BEGIN + timedelta(hours=3), BEGIN + timedelta(hours=12)

    assert kept([night, noon], Rules()) == {night, noon}


def test_two_years_of_daily_backups_tidied_every_day_leave_7_4_and_12() -> None:
    left: set[datetime] = set()
    for day in range(730):
        left = kept({*left, BEGIN + timedelta(days=day)}, Rules())
    newest = sorted(left, reverse=True)
    days = [(newest[0] - one).days for one in newest]

    assert days[:7] == list(range(7))
    assert len({one.astimezone(MOSCOW).isocalendar()[:2] for one in newest}) >= 4
    months = {(one.year, one.month) for one in newest}
    assert len(months) == 12
    assert 20 <= len(left) <= 23
    assert days[-1] > 330


NIGHT = datetime(2026, 11, 20, 3, tzinfo=MOSCOW)


def test_a_backup_is_due_at_its_hour_in_moscow() -> None:
    assert last_due(datetime(2026, 11, 20, 0, 30, tzinfo=UTC), 3) == NIGHT
    assert last_due(datetime(2026, 11, 19, 23, 59, tzinfo=UTC), 3) == NIGHT - timedelta(days=1)


def test_a_missed_one_is_made_up_once() -> None:
    morning = NIGHT + timedelta(hours=6)

    assert wanted_now(morning, NIGHT, NIGHT - timedelta(days=1), [])
    assert wanted_now(morning, NIGHT, None, [])
    assert not wanted_now(morning, NIGHT, NIGHT + timedelta(minutes=1), [])


def test_a_failed_one_is_tried_again_soon_and_later_every_hour() -> None:
    def minutes(*count: int) -> list[datetime]:
        return [NIGHT + timedelta(minutes=one) for one in count]

    assert not wanted_now(NIGHT + timedelta(minutes=9), NIGHT, None, minutes(1))
    assert wanted_now(NIGHT + timedelta(minutes=11), NIGHT, None, minutes(1))
    assert not wanted_now(NIGHT + timedelta(minutes=60), NIGHT, None, minutes(1, 11, 21))
    assert wanted_now(NIGHT + timedelta(minutes=81), NIGHT, None, minutes(21, 11, 1))


def test_people_are_told_when_the_tries_ran_out_or_nothing_happened() -> None:
    soon = NIGHT + timedelta(minutes=30)

    assert not alarming(soon, NIGHT, None, [soon])
    assert alarming(soon, NIGHT, None, [soon, soon, soon])
    assert alarming(NIGHT + timedelta(hours=2), NIGHT, NIGHT - timedelta(days=1), [])
    assert not alarming(NIGHT + timedelta(hours=9), NIGHT, NIGHT, [soon, soon, soon])
