"""An address in no known form, taken because it was asked for: «усть-кут речников 14-3»."""

from __future__ import annotations

import re

from insurance_chat.dialogue.understanding.data_files import stem
from insurance_chat.dialogue.understanding.extractors.address import address_value
from insurance_chat.dialogue.understanding.extractors.cars import find_cars
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.places import find_places
from insurance_chat.dialogue.understanding.text import BLOT, Text
from insurance_chat.dialogue.understanding.vocabulary import content_words, listed

_CHUNK = re.compile(rf"[^{BLOT}\n;!?]+(?P<asked>\?)?")
_HOUSE = re.compile(r"(?<![0-9a-zа-я.,])\d{1,4}(?:[/\-]?\d{0,3})(?: ?[а-д])?(?![0-9a-zа-я])")
_EDGES = re.compile(
    r"^(?:[\s,.:\-]|(?:я|мы|а|и|ну|вот|мой|наш|адрес|адрес регистрации|прописка|прописан\w?|прописаны|зарегистрирован\w?|проживаю|живу|по прописке|"
    r"в|во|на|по|из|россия|рф)(?![0-9a-zа-я]))+"
)
_OTHER = re.compile(
    r"(?<![а-я])(?:паспорт|стаж|права|ву|стс|птс|телефон|лс|год|лет|мощность|число|числа|месяц\w*|водител\w+|км)(?![а-я])"
)
_TAIL = re.compile(
    r"(?:[\s,.:\-]|(?<![0-9a-zа-я])(?:живу|проживаю|прописан\w?|зарегистрирован\w?|все|вот|там|тут|пожалуйста)(?![а-я]))+$"
)
_LONGEST = 200


def find_loose_addresses(text: Text, only: bool) -> list[Found]:
    """The first piece of `text` with words and a number of a house, as an address.

    `only`: nothing but the address was asked for, so that one word beside the number is enough.
    """
    for match in _CHUNK.finditer(text.flat):
        one = None if match["asked"] else _read(text, match.start(), match.end(), only)
        if one:
            return [one]
    return []


def _read(text: Text, start: int, end: int, only: bool) -> Found | None:
    lead = _EDGES.match(text.flat[start:end])
    start += lead.end() if lead else 0
    chunk = _TAIL.sub("", text.flat[start:end]).rstrip(" ,.:-")
    end = start + len(chunk)
    names = [word for word in content_words(chunk) if len(word) >= 3]
    if not chunk or len(chunk) > _LONGEST or not _HOUSE.search(chunk):
        return None
    if (
        len(names) < (1 if only else 2)
        or _OTHER.search(chunk)
        or listed("corrections").search(chunk)
    ):
        return None
    alone = Text(f"г {chunk}")  # Владимир is a town here, not a man
    places = find_places(alone)
    if not places and any(one.problem is None for one in find_cars(alone)):
        return None
    place = places[0].value if places else None
    return Found("address", start, end, address_value(text.raw(start, end), place))


def whatever_was_said(words: str, first_try: str) -> dict[str, str | None]:
    """The address of a client who was already asked to complete it: both answers as they are."""
    first, second = first_try.strip(" ,."), words.strip(" ,.")
    said = {stem(word) for word in Text(second).flat.split()}
    again = {stem(word) for word in Text(first).flat.split()} & said
    both = (
        ", ".join(part for part in (first, second) if part)
        if not again
        else max(first, second, key=len)
    )
    places = find_places(Text(both))
    return address_value(both, places[0].value if places else None)
