"""Years, power, months, years of experience and plain numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from insurance_chat.dialogue.understanding.extractors.dates import add_months, full_year
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text

KW_TO_HP = 1.35962
_NUMBER = r"(?P<number>\d{1,4}(?:[.,]\d{1,2})?)"
_POWER = re.compile(
    rf"(?<![0-9a-zа-я.,]){_NUMBER} ?-?(?:(?P<kw>к ?вт|kw|квт|киловатт\w*|квч)|л\.? ?/? ?с(?:ил)?\.?|лс|лош\w*|сил\w{{0,2}}|hp|коне?й|кобыл\w*)(?![0-9a-zа-я])"
)
_POWER_LABEL = re.compile(
    rf"мощност\w*[ :\-—]*(?:двигател\w*|мотор\w*|авто\w*|машин\w*)?[ :\-—]*(?:не )?{_NUMBER}(?![0-9a-zа-я.])"
)
_YEAR_AFTER = re.compile(
    r"(?<![0-9a-zа-я.,/\-+])(?P<year>(?:19|20)\d{2}|\d{2})(?: ?-?(?:го|й|ого))? ?(?:г\. ?в\.?|гв|г/в|год\w{0,2}(?: выпуска)?|г(?![а-я])\.?)(?! ?(?:рожд|опыт|стаж|р(?![а-я])))(?![а-я])"
)
_YEAR_BEFORE = re.compile(
    r"(?<![а-я])(?:год\w?(?: выпуска| машины| авто)?|г\.? ?в\.?|выпуск\w?|выпущен\w?)[ :\-—]*(?:не |это |в )?(?P<year>(?:19|20)\d{2}|\d{2})(?![0-9a-zа-я.,])"
)
_OF_MAKE = re.compile(r"вып|в\.?$|в/")
_SINCE = re.compile(r"(?<![а-я])(?:с|со|до|от|к) $")
_BARE_YEAR = re.compile(
    r"(?<![0-9a-zа-я.,/\-])(?P<year>(?:19[5-9]|20[0-4])\d)(?![0-9a-zа-я]|[.,/\-]\d)"
)
_MONTHS = re.compile(
    r"(?<![0-9a-zа-я])(?P<number>\d{1,2}) ?(?:-?(?:х|ти|ми))? ?(?:мес(?:яц\w{0,3})?|мес)(?![а-я])"
)
_PERIODS = {
    r"(?:на |весь |целый )?пол ?-?года|полгодика|пол годика|полугод\w+": 6,
    r"(?:на|весь|целый) (?:1 )?(?:год|годик)(?![а-я])|1 год(?![а-я])|годовой": 12,
    r"(?:на )?квартал": 3,
    r"(?:только )?(?:на |только )(?:1 )?лето": 3,
    r"на лето только|на сезон|летний сезон|дачный сезон": 3,
    r"(?:на|1) месяц(?![а-я])": 1,
}
_PERIOD = [
    (re.compile(rf"(?<![0-9a-zа-я])(?:{pattern})(?![а-я])"), value)
    for pattern, value in _PERIODS.items()
]
_BARE_PERIOD = (re.compile(r"(?<![0-9а-я])(?<!\d )(?<!этот )(?<!стаж )годи?к?(?![а-я])"), 12)
_STAZH_YEARS = re.compile(
    r"(?<![0-9a-zа-я.,])(?P<number>\d{1,2})(?:[.,]5)? ?(?:-?(?:ти|й))? ?(?:лет|год\w?|г)(?![а-я])"
)
_STAZH_LABEL = re.compile(
    r"(?<![а-я])(?:стаж\w*|за рулем|вожу|ездит|езжу|водит|опыт\w*|на правах|права (?=с )|прав\w? получ\w+|получ\w+ прав\w?)(?: вождения)?"
)
_SINCE_YEAR = re.compile(
    r"(?<![0-9a-zа-я])(?:(?:с|со|от) |(?P<within>(?:во?|стаж:?) ))(?P<year>(?:19|20)\d{2}|\d{2})(?: ?-?го)? ?(?:г(?:ода?)?\.?(?![а-я]))?(?![0-9.,/\-][0-9]|[а-я])"
)


_SINCE_MONTH = re.compile(
    r"(?<![0-9a-zа-я])(?:с|со|от) (?P<month>\d{1,2})[./](?P<year>(?:19|20)\d{2})(?![0-9]|[./]\d)"
)
_CLOSE = 8  # characters
_DECEMBER = 12


def find_power(text: Text) -> list[Found]:
    """Power in horse-power (int or float with one digit); kilowatts are converted by 1.35962."""
    found: list[Found] = []
    for pattern in (_POWER, _POWER_LABEL):
        for match in pattern.finditer(text.flat):
            kilowatts = (
                bool(pattern is _POWER and match["kw"])
                or "квт" in text.flat[match.end() : match.end() + 5]
            )
            value = tidy(float(match["number"].replace(",", ".")) * (KW_TO_HP if kilowatts else 1))
            if not any(match.start() < each.end and each.start < match.end() for each in found):
                found.append(Found("power", match.start(), match.end(), value, None, "power"))
    return found


def tidy(number: float) -> int | float:
    """A whole number where possible, else one digit after the point."""
    rounded = round(number, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def find_years(text: Text, today: date) -> list[Found]:
    """Four-digit years; `label` is `year` for «год 2018» and «2018 г.в.», `near` for «2018 год»."""
    found: list[Found] = []
    for pattern, label in ((_YEAR_BEFORE, "year"), (_YEAR_AFTER, "year"), (_BARE_YEAR, "")):
        for match in pattern.finditer(text.flat):
            span = match.span("year") if not label else match.span()
            since = pattern is _YEAR_AFTER and _SINCE.search(
                text.flat[max(0, match.start() - 4) : match.start()]
            )
            if since:
                continue
            if not any(span[0] < each.end and each.start < span[1] for each in found):
                plain = pattern is _YEAR_AFTER and not _OF_MAKE.search(match.group())
                name = "near" if plain else label
                found.append(Found("year", *span, full_year(match["year"], today), None, name))
    return found


def find_months(text: Text, expected: bool = False) -> list[Found]:
    """Periods in months: «на год» 12, «полгода» 6, «на лето» 3, «4 мес» 4; «год» when asked."""
    found = []
    for match in _MONTHS.finditer(text.flat):
        if not re.search(
            r"через $|стаж\w* $|остал\w* $", text.flat[max(0, match.start() - 9) : match.start()]
        ):
            found.append(Found("months", *match.span(), int(match["number"])))
    for pattern, value in [*_PERIOD, *([_BARE_PERIOD] if expected else [])]:
        for match in pattern.finditer(text.flat):
            if not any(match.start() < each.end and each.start < match.end() for each in found):
                found.append(Found("months", *match.span(), value))
    return found


def find_experience(
    text: Text, today: date, expected: bool = False, licences: Sequence[int] = ()
) -> list[Found]:
    """Start of the driving experience: «стаж 12 лет» counts back, «с 2015 года» is its last day.

    `licences` are the ends of the numbers of licences: a year right after one is an experience.

    Only a year is known then, and 31 December is the date that never promises too long a record.
    """
    found = []
    labels = [*licences, *(match.end() for match in _STAZH_LABEL.finditer(text.flat))]
    for match in _STAZH_YEARS.finditer(text.flat):
        near = (
            any(0 <= match.start() - end <= 12 for end in labels)
            or "стаж" in text.flat[match.end() : match.end() + 8]
        )
        if near or (expected and int(match["number"]) < 75):
            value = add_months(today, -12 * int(match["number"]))
            found.append(
                Found("experience", *match.span(), value, None, "experience" if near else "")
            )
    for match in _SINCE_YEAR.finditer(text.flat):
        near = any(0 <= match.start() - end <= 8 for end in labels)
        year = full_year(match["year"], today)
        named = match["within"] is None or match["within"].startswith("стаж")
        near = near or match.group().startswith("стаж")
        if (near or (expected and named)) and 1940 <= year <= today.year:
            found.append(
                Found(
                    "experience", *match.span(), min(date(year, 12, 31), today), None, "experience"
                )
            )
    found += _since_month(text, today, labels, expected)
    return found


def _since_month(text: Text, today: date, near: Sequence[int], expected: bool) -> list[Found]:
    """«стаж с 05.2006»: the last day of the month."""
    found = []
    for match in _SINCE_MONTH.finditer(text.flat):
        month, year = int(match["month"]), int(match["year"])
        close = expected or any(0 <= match.start() - end <= _CLOSE for end in near)
        if close and 1 <= month <= _DECEMBER and year <= today.year:
            value = add_months(date(year, month, 1), 1) - timedelta(days=1)
            found.append(Found("experience", *match.span(), min(value, today), None, "experience"))
    return found


def find_integers(text: Text) -> list[Found]:
    """Every plain number, for a question that asks for one."""
    pattern = re.compile(r"(?<![0-9a-zа-я.,])\d{1,9}(?![0-9a-zа-я]|[.,]\d)")
    return [
        Found("integer", *match.span(), int(match.group())) for match in pattern.finditer(text.flat)
    ]
