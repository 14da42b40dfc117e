"""Hard facts of a text: sums, percentages, terms, dates, phones, addresses; equal when they mean the same.

«500 тыс. руб.», «пятьсот тысяч рублей» and «500 000 ₽» are one fact, and so are «1 марта» and «1-го
марта». What is not recognised as something better is a plain number, so no figure goes unseen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from insurance_chat.dialogue.understanding.text import BLOT, Text

_NUMBER = r"(?<![\d.,])\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"[a-z][a-z0-9+.-]+:(?=[^\s\d])[^\s<>\"«»]+|www\.[^\s<>\"«»]+|(?<![\w@])@[a-z]\w{2,}"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s<>\"«»]*)?"
    r"|(?<![\w@.-])(?:[a-zа-я0-9-]+\.)+рф(?![а-я])(?:/[^\s<>\"«»]*)?"
)
_PHONE = re.compile(r"(?<!\d)(?:\+?7|8)[ (-]*\d{3}[ )-]*\d{3}[ -]*\d{2}[ -]*\d{2}(?!\d)")
_MONTHS = [
    "январ",
    "феврал",
    "март",
    "апрел",
    "ма[йя]",
    "июн",
    "июл",
    "август",
    "сентябр",
    "октябр",
    "ноябр",
    "декабр",
]
_MONTH = "|".join(rf"{name}[а-я]{{0,2}}" for name in _MONTHS)
_DATE = re.compile(r"(?<![\d.])(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})(?![\d])")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_DAY = re.compile(rf"(?<!\d)(\d{{1,2}})(?: ?-?го)? ({_MONTH})(?![а-я])(?: (\d{{4}}))?")
_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])")
_UNITS = {
    "rub": r"₽|руб|р\.|rub",
    "usd": r"\$|долл|usd",
    "eur": r"€|евро(?![а-я])|eur",
    "percent": r"%|процент",
    "working_day": r"рабоч[а-я]+ (?:дн|день|сут)",
    "calendar_day": r"календарн[а-я]+ (?:дн|день|сут)",
    "day": r"дн[а-я]{1,3}(?![а-я])|день|сут(?:ок|ки|ках)",
    "week": r"недел",
    "month": r"месяц|мес(?![а-я])",
    "year": r"год(?!н)|лет(?![а-я])|г\.|г(?![а-я])",
    "hour": r"час(?!т)|ч\.|ч(?![а-я])",
    "minute": r"минут|мин(?![а-я])",
    "km": r"км(?![а-я])|километр",
    "hp": r"л\.? ?с(?![а-я])|лошадин",
    "kw": r"квт|киловатт",
    "tonne": r"тонн|т(?![а-я])",
    "times": r"раз(?:а|у)?(?![а-я])",
}
_UNIT = "|".join(rf"(?P<{name}>(?:{pattern})[а-я]*)" for name, pattern in _UNITS.items())
_PAIR = re.compile(
    rf"({_NUMBER})(?= ?(?:-|или|и|до) ?(?:{_NUMBER})\.? ?-?(?:[хти]{{1,2}} )?(?:{_UNIT}))"
)
_WITH_UNIT = re.compile(rf"({_NUMBER})\.? ?-?(?:[хти]{{1,2}} )?(?:{_UNIT})")
_BARE = re.compile(_NUMBER)
_ENUMERATOR = re.compile(r"^\s*\d{1,2}[.)] ")
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_END = ".,;:!?)/"


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure, a date or an address.

    Args:
        kind: `rub`, `percent`, `day`, …; `number` without a unit; `date`, `time`, `phone`,
            `email`, `link`.
        value: in one spelling for all that mean the same.
    """

    kind: str
    value: str


@dataclass(slots=True)
class Reading:
    """A text with its hard facts found.

    Args:
        flat: the text in lower case, numbers in words as digits, facts blotted out.
        spans: where in `flat` they stood, in the order in which they were found.
    """

    flat: str
    spans: list[tuple[int, int, Fact]] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The text without its facts."""
        return self.flat.replace(BLOT, " ")

    def take(
        self, pattern: re.Pattern[str], kind: str, read: Callable[[re.Match[str]], str]
    ) -> None:
        """Find facts of one kind; what was found is not looked at again."""
        for match in pattern.finditer(self.flat):
            if value := read(match):
                self.spans.append((match.start(), match.end(), Fact(kind, value)))
        self.flat = pattern.sub(lambda match: BLOT * len(match.group()), self.flat)


def read_facts(text: str) -> Reading:
    """Find all hard facts of a text (at most 4,000 characters of it are read)."""
    reading = Reading(_SPACES.sub(" ", Text(_ENUMERATOR.sub("", text)).flat))
    reading.take(_EMAIL, "email", lambda match: match.group().rstrip("."))
    reading.take(_LINK, "link", lambda match: _link(match.group()))
    reading.take(_PHONE, "phone", lambda match: re.sub(r"\D", "", match.group())[-10:])
    reading.take(_DATE, "date", lambda m: _date(m[1], m[2], m[3]))
    reading.take(_ISO, "date", lambda m: _date(m[3], m[2], m[1]))
    reading.take(_DAY, "date", lambda m: _date(m[1], str(_month(m[2])), m[3]))
    reading.take(_TIME, "time", lambda m: f"{int(m[1])}:{m[2]}")
    for pattern in (_PAIR, _WITH_UNIT):
        _take_figures(reading, pattern)
    reading.take(_BARE, "number", lambda match: plain(match.group()))
    return reading


def facts_of(text: str) -> set[Fact]:
    """All hard facts of a text."""
    return {fact for _, _, fact in read_facts(text).spans}


def missing(text: str, sources: Iterable[str]) -> set[Fact]:
    """Facts of a text that none of the sources has."""
    wanted = facts_of(text)
    if not wanted:
        return set()
    return {fact for fact in wanted if not _known(fact, known_facts(sources))}


def known_facts(sources: Iterable[str]) -> set[Fact]:
    """Facts of several texts together; a row of a table lends the units that it names."""
    known: set[Fact] = set()
    for source in sources:
        for line in source.split("\n"):
            facts = facts_of(line)
            known |= facts
            if line.startswith("•"):
                known |= {Fact(unit, one.value) for unit in _named(line) for one in facts}
        known |= facts_of(source)
    return known


def shown(fact: Fact) -> str:
    """A fact for people who read incidents: «999 ₽», «50 %», «01.03.2026»."""
    signs = {"rub": " ₽", "percent": " %"}
    return f"{fact.value}{signs.get(fact.kind, '')}"


def _known(fact: Fact, known: set[Fact]) -> bool:
    if fact in known:
        return True
    if fact.kind == "number":
        return any(one.value == fact.value for one in known)
    if fact.kind == "date":
        day, _, year = fact.value.rpartition(".") if fact.value.count(".") > 1 else ("", "", "")
        if not day:
            return any(one.kind == "date" and _starts(one.value, fact.value) for one in known)
        years = {one.value for one in known if one.kind in ("number", "year")}
        return Fact("date", day) in known and year in years
    return False


def _starts(whole: str, part: str) -> bool:
    return whole == part or whole.startswith(f"{part}.")


def _named(row: str) -> set[str]:
    return {
        name
        for name, pattern in _UNITS.items()
        if re.search(rf"(?<![а-яa-z])(?:{pattern})", row.lower())
    }


def _link(text: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", text).rstrip(_END)


def _date(day: str, month: str, year: str | None) -> str:
    whole = f"{int(day)}.{int(month)}"
    if year is None:
        return whole
    return f"{whole}.{year if len(year) == 4 else f'20{year}'}"


def _month(word: str) -> int:
    return next(n for n, name in enumerate(_MONTHS, 1) if re.match(name, word))


def _take_figures(reading: Reading, pattern: re.Pattern[str]) -> None:
    for match in pattern.finditer(reading.flat):
        if match.lastgroup and (value := plain(match[1])):
            reading.spans.append((match.start(), match.end(), Fact(match.lastgroup, value)))
    reading.flat = pattern.sub(lambda match: BLOT * len(match.group()), reading.flat)


def plain(number: str) -> str:
    """A number in one spelling: «500 000,00» → «500000», «0,60» → «0.6»; empty for nonsense."""
    try:
        value = Decimal(number.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return ""
    return format(value.normalize(), "f")
