"""Calendar dates in any Russian form; what a date means is decided by the words around it."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text

_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_MONTH = (
    r"(?P<month>янв\w{0,5}|фев\w{0,5}|марта?|мар|апр\w{0,4}|ма[йяе]|июн[яьея]?|июл[яьея]?|авг\w{0,5}|"
    r"сен\w{0,6}|окт\w{0,5}|ноя\w{0,4}|дек\w{0,5})(?![а-я])\.?"
)
_EDGE = r"(?<![0-9a-zа-я.,/\-])"
_YEAR_TAIL = r"(?: ?-?(?:го|й|ом)(?![а-я]))?(?: ?г(?:ода?|од)?(?![а-я])\.?)?(?: рожд\w*)?"
_NUMERIC = re.compile(
    rf"(?<![0-9a-zа-я./\-])(\d{{1,2}}) ?([./\-]) ?(\d{{1,2}}) ?\2 ?(\d{{4}}|\d{{2}})(?![0-9a-zа-я]){_YEAR_TAIL}"
)
_SPACED = re.compile(
    # a passport may follow («12 03 1985 4510 123456»), other digits make it a piece of a number
    r"(?<![0-9.,/\-] )(?<!(?<![a-zа-я])[a-zа-я] )(?<![0-9a-zа-я.,/\-])(\d{1,2})( )(\d{1,2}) ((?:19|20)\d{2})"
    r"(?![0-9a-zа-я])(?! ?[0-9](?!\d \d\d \d{6}|\d{3} ?\d{6}(?!\d)))"
)
_ISO = re.compile(rf"{_EDGE}(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})(?![0-9a-zа-я\-])")
_NAMED = re.compile(
    rf"(?<![0-9a-zа-я])(?P<day>\d{{1,2}})(?: ?-?(?:го|е|ое))? ?{_MONTH}(?: ?(?P<year>(?:19|20)\d{{2}}|\d{{2}})(?!\d|[.,]\d| ?(?:лс|л\.с|месяц|мес|дн|день|год(?:а|у)? опыт|лет)){_YEAR_TAIL})?"
)
_YEAR_FIRST = re.compile(
    rf"(?<![0-9a-zа-я.,/\-])(?P<year>19\d{{2}}|20\d{{2}})(?: ?г(?:од|ода|оду)?(?![а-я])\.?)?,? (?P<day>\d{{1,2}})(?: ?-?(?:го|е|ое))? ?{_MONTH}"
)
_SHORT = re.compile(r"(?<![0-9a-zа-я.,/\-])(?:с|со|на|от) (\d{1,2})[./](\d{1,2})(?![0-9.,/a-zа-я])")
_BARE_SHORT = re.compile(r"^\W*(\d{1,2})[./](\d{1,2})\W*$")
_SOLID = re.compile(r"^\W*(\d{2})(\d{2})((?:19|20)\d{2})\W*$")
_DAY_ONLY = re.compile(
    r"(?<![0-9a-zа-я])(?:с|со|на) (\d{1,2})(?: ?-?го)? числа(?P<next> следующего месяца)?"
)
_NEXT_MONTH = re.compile(r"(?<![а-я])(?:с|со) (?:начала |1 числа )?следующего месяца")
_IN = re.compile(
    r"(?<![а-я])через (?:(\d{1,3}) )?(день|дня|дней|дн|сутки|неделю|недели|недель|недельку|нед|месяц|месяца|месяцев|мес)(?![а-я])"
)
_WORDS = {"послезавтра": 2, "завтра": 1, "завтрашнего": 1, "сегодня": 0, "сегодняшнего": 0}
_WORD = re.compile(r"(?<![а-я])(?:" + "|".join(_WORDS) + r")(?![а-я])(?: дня)?")
_WEEKDAYS = ("понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресень")
_WEEKDAY = re.compile(
    rf"(?<![а-я])(?:с|со|в|во|на) (?P<next>(?:следующ\w+|ближайш\w+|эт\w+) )?(?P<day>{'|'.join(_WEEKDAYS)})[а-я]{{0,2}}(?![а-я])"
)
_NEXT_WEEK = re.compile(r"(?<![а-я])(?:с|со|на) (?:начала )?следующ\w+ недел\w+")
_NEW_YEAR = re.compile(r"(?<![а-я])(?:с|после) нового года(?![а-я])")


def find_dates(text: Text, today: date, expected: bool = False) -> list[Found]:
    """Dates as `date` values (kind `date`), in order of place.

    `label` is `relative` for «завтра», `no_year` when the year was guessed as the nearest future one.
    Problem: `date_invalid` (31.02, 45.13). `expected` also reads «0512» shapes such as «12031985».
    """
    found: list[Found] = []
    readers = [
        _full(text, today),
        _named(text, today),
        _relative(text, today),
        _named_days(text, today),
    ]
    if expected:
        readers.append(_bare(text, today))
    for reader in readers:
        for one in reader:
            if not any(one.start < each.end and each.start < one.end for each in found):
                found.append(one)
    return sorted(found, key=lambda each: each.start)


def _date(start: int, end: int, year: int, month: int, day: int, label: str = "") -> Found:
    try:
        return Found("date", start, end, date(year, month, day), None, label)
    except ValueError:
        return Found("date", start, end, None, "date_invalid", label)


def full_year(typed: str, today: date) -> int:
    """«85» → 1985, «24» → 2024: two digits never mean more than a year ahead."""
    year = int(typed)
    if len(typed) > 2:
        return year
    return 2000 + year if 2000 + year <= today.year + 1 else 1900 + year


def _full(text: Text, today: date) -> Iterator[Found]:
    for match in _ISO.finditer(text.flat):
        yield _date(*match.span(), int(match[1]), int(match[2]), int(match[3]))
    for pattern in (_NUMERIC, _SPACED):
        for match in pattern.finditer(text.flat):
            yield _date(*match.span(), full_year(match[4], today), int(match[3]), int(match[1]))


def month_number(word: str) -> int:
    """1…12 for a Russian month name or its beginning."""
    for number, stem in enumerate(_MONTHS, 1):
        if word.startswith(stem) and not (stem == "ма" and word.startswith("мар")):
            return number
    raise ValueError(word)


def _named(text: Text, today: date) -> Iterator[Found]:
    for match in _YEAR_FIRST.finditer(text.flat):
        yield _date(
            *match.span(), int(match["year"]), month_number(match["month"]), int(match["day"])
        )
    for match in _NAMED.finditer(text.flat):
        month, day = month_number(match["month"]), int(match["day"])
        if match["year"]:
            yield _date(*match.span(), full_year(match["year"], today), month, day)
        else:
            yield _nearest(match.start(), match.end(), month, day, today)
    for match in _SHORT.finditer(text.flat):
        yield _nearest(match.start(1), match.end(), int(match[2]), int(match[1]), today)


def _nearest(start: int, end: int, month: int, day: int, today: date) -> Found:
    this = _date(start, end, today.year, month, day, "no_year")
    if isinstance(this.value, date) and this.value >= today:
        return this
    return _date(start, end, today.year + 1, month, day, "no_year")


def _relative(text: Text, today: date) -> Iterator[Found]:
    for match in _WORD.finditer(text.flat):
        days = next(days for word, days in _WORDS.items() if match.group().startswith(word))
        yield Found("date", *match.span(), today + timedelta(days), None, "relative")
    for match in _IN.finditer(text.flat):
        amount = int(match[1] or 1)
        if match[2].startswith("мес"):
            yield Found("date", *match.span(), add_months(today, amount), None, "relative")
        else:
            days = amount * (7 if match[2].startswith("нед") else 1)
            yield Found("date", *match.span(), today + timedelta(days), None, "relative")


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day; months may be negative."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _named_days(text: Text, today: date) -> Iterator[Found]:
    for match in _WEEKDAY.finditer(text.flat):
        target = next(n for n, stem in enumerate(_WEEKDAYS) if match["day"] == stem)
        ahead = (target - today.weekday() - 1) % 7 + 1
        yield Found("date", *match.span(), today + timedelta(ahead), None, "relative")
    for match in _NEXT_WEEK.finditer(text.flat):
        yield Found("date", *match.span(), today + timedelta(7 - today.weekday()), None, "relative")
    for match in _NEW_YEAR.finditer(text.flat):
        yield Found("date", *match.span(), date(today.year + 1, 1, 1), None, "relative")
    following = add_months(today.replace(day=1), 1)
    for match in _NEXT_MONTH.finditer(text.flat):
        yield Found("date", *match.span(), following, None, "relative")
    for match in _DAY_ONLY.finditer(text.flat):
        day = int(match[1])
        month = following if match["next"] or day <= today.day else today
        yield _date(match.start(), match.end(), month.year, month.month, day, "no_year")


def _bare(text: Text, today: date) -> Iterator[Found]:
    for match in _SOLID.finditer(text.flat):
        yield _date(match.start(1), match.end(3), int(match[3]), int(match[2]), int(match[1]))
    for match in _BARE_SHORT.finditer(text.flat):
        yield _nearest(match.start(1), match.end(2), int(match[2]), int(match[1]), today)
