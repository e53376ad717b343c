from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from zhiyin.measurement.weeks import last_complete_week, week_window, weeks_until

SHANGHAI = ZoneInfo("Asia/Shanghai")


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_week_begins_at_local_midnight_of_its_monday():
    window = week_window(date(2026, 6, 22), SHANGHAI)
    assert window.start == naive("2026-06-21 16:00")
    assert window.end == naive("2026-06-28 16:00")


def test_the_week_in_which_clocks_change_has_another_length():
    berlin = ZoneInfo("Europe/Berlin")
    assert week_window(date(2026, 3, 23), berlin).length == timedelta(hours=167)


def test_a_week_is_complete_from_its_last_instant_on():
    assert last_complete_week(naive("2026-06-28 15:59"), SHANGHAI) == date(2026, 6, 15)
    assert last_complete_week(naive("2026-06-28 16:00"), SHANGHAI) == date(2026, 6, 22)


def test_weeks_come_oldest_first():
    assert weeks_until(date(2026, 1, 5), 2) == [date(2025, 12, 29), date(2026, 1, 5)]
