"""Reads the value of one slot out of the piece of a document where it stands. Never guesses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from insurance_chat.core.morphology import morphology
from insurance_chat.dialogue.papers.kinds import Look
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.extractors.amounts import KW_TO_HP, tidy
from insurance_chat.dialogue.understanding.extractors.dates import find_dates
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.letters import vin_letters
from insurance_chat.dialogue.understanding.extractors.names import find_names, is_patronymic
from insurance_chat.dialogue.understanding.extractors.vin import find_vins
from insurance_chat.dialogue.understanding.own_types import Readers
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.validation import check
from insurance_chat.dialogue.understanding.values import good, readings

TEN = re.compile(
    r"(?<![0-9A-Za-zА-Яа-я])(\d ?\d) ?(\d ?\d|[А-ЯA-Z]{2})[ \n]*(?:[№Nn#][оo°º.]?|номер|ном\.?)?[ \n]*(\d{6}|\d{3} \d{3})(?![0-9A-Za-zА-Яа-я])"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_DECIMAL = re.compile(r"(?<![\d.,])\d{1,4}(?:[.,]\d{1,2})?(?![\d])")
_CYRILLIC = re.compile(r"[А-ЯЁа-яё]+(?:-[А-ЯЁа-яё]+)*")
_BRACKETS = str.maketrans({"]": "J", "}": "J", "|": "1", "!": "1", "$": "S"})
_VIN_LENGTH, _VIN_DIGITS = 17, 5
_TRANSLITERATED = 3  # lines after the surname
_LIKE = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")
_NOT_TYPED = frozenset({"phone", "email", "boolean", "choice"})
_DATE_TYPES = frozenset({"birth_date", "date"})
_HP_PER_KW = (1.30, 1.42)


def read(piece: str, slot: SlotDefinition, look: Look, today: date, readers: Readers) -> Any | None:
    """The value in its place, None when it cannot be read or cannot be right.

    Phones, addresses of mail, choices and answers to questions are never taken from a document:
    only a client says them.

    Args:
        readers: of the types that products bring along.
    """
    if slot.type in _NOT_TYPED and not look:
        return None
    reader = _LOOKS.get(look) or _TYPES.get(slot.type)
    if reader is None:
        right = good(readings(piece, slot, today, readers))
        return right[0] if right else None
    value = reader(piece, today)
    return None if value is None else checked(value, slot, today)


def checked(value: Any, slot: SlotDefinition, today: date) -> Any | None:
    """The value as the slot keeps it, None when the rules of the slot refuse it."""
    if isinstance(value, date) and slot.type not in _DATE_TYPES | {"experience"}:
        return value.isoformat()
    right, problem = check(Found(slot.type, 0, 0, value), slot, today)
    return None if problem else right


def series_and_number(piece: str) -> str | None:
    """Ten characters of a passport, licence or vehicle document: «45 10 № 123456» → `4510123456`."""
    found = TEN.search(piece)
    if found is None:
        return None
    letters = found[2].upper().translate(_LIKE)
    return re.sub(r"\s", "", found[1] + letters + found[3])


def _of_vehicle(kind: str) -> Callable[[str, date], Any]:
    def read_number(piece: str, _today: date) -> Any:
        number = series_and_number(piece)
        return None if number is None else {"type": kind, "number": number}

    return read_number


def _ten(piece: str, _today: date) -> Any:
    return series_and_number(piece)


def _vin(piece: str, _today: date) -> Any:
    """Seventeen characters; brackets that recognition sees for a J or an I are put right.

    The client compares the result with the paper before it is used (domain notes 2.3: positional
    repair only with a confirmation).
    """
    found = [one.value for one in find_vins(Text(piece), expected=True) if not one.problem]
    if found:
        return found[0]
    for line in piece.split("\n"):
        tight = re.sub(r"[ .:]", "", line.strip(" ().,:-").translate(_BRACKETS)).lower()
        value = vin_letters(tight) if len(tight) == _VIN_LENGTH and tight.isalnum() else None
        if value is not None and sum(map(str.isdigit, value)) >= _VIN_DIGITS:
            return value
    return None


def _year(piece: str, today: date) -> Any:
    found = _YEAR.search(piece)
    return int(found.group()) if found and int(found.group()) <= today.year else None


def _power(piece: str, _today: date) -> Any:
    """Horse-power of «64.0/87», «106 (78)» or one number with its unit."""
    numbers = [float(one.replace(",", ".")) for one in _DECIMAL.findall(piece)]
    if len(numbers) >= 2:
        low, high = sorted(numbers[:2])
        fits = low > 0 and _HP_PER_KW[0] <= high / low <= _HP_PER_KW[1]
        return tidy(high) if fits else None
    if not numbers:
        return None
    in_kw = "квт" in piece.lower() and "л" not in piece.lower().replace("квт", "")
    return tidy(numbers[0] * (KW_TO_HP if in_kw else 1))


def _dates(piece: str, today: date) -> list[date]:
    found = [one.value for one in find_dates(Text(piece), today, True) if not one.problem]
    return [one for one in found if isinstance(one, date)]


def _date(piece: str, today: date) -> Any:
    return next(iter(_dates(piece, today)), None)


def _policy_end(piece: str, today: date) -> Any:
    """The first day after an old policy."""
    dates = _dates(piece, today)
    return max(dates) + timedelta(days=1) if len(dates) > 1 else None


def _name(piece: str, _today: date) -> Any:
    words = _CYRILLIC.findall(piece)[:8]
    if piece.count("\n") >= _TRANSLITERATED:
        # Every second line is the same in Latin letters, which recognition may take for Cyrillic.
        words = words[:1] + [word for word in words[1:] if _is_given_name(word.lower())]
    found = [one for one in find_names(Text(" ".join(words)), expected=True) if not one.problem]
    return found[0].value if found else None


def _is_given_name(word: str) -> bool:
    parses = morphology().parse(word) if morphology().word_is_known(word) else []
    return is_patronymic(word) or any("Name" in parse.tag for parse in parses)


_LOOKS: dict[str, Callable[[str, date], Any]] = {
    "name": _name,
    "policy_end": _policy_end,
    "sts": _of_vehicle("sts"),
    "pts": _of_vehicle("pts"),
    "ten": _ten,
}
_TYPES: dict[str, Callable[[str, date], Any]] = {
    "full_name": _name,
    "birth_date": _date,
    "date": _date,
    "passport": _ten,
    "license": _ten,
    "power": _power,
    "vin": _vin,
    "integer": _year,
}
