"""Words in one alphabet: Latin letters inside Russian words and the other way round, letters as digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insurance_chat.conversations.contact_spotting.mapped import Edit, Mapped

_LATIN, _CYRILLIC = "abcehkmoptxy", "авсенкмортху"
_TO_CYRILLIC = str.maketrans(_LATIN + "ir", _CYRILLIC + "иг")
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_WORD = re.compile(r"[a-zа-я]+")
_ANY_LATIN = re.compile(r"[a-z]")
_TWINS_ONLY = re.compile(f"[{_LATIN}]{{4,}}")
_CERTAIN_LATIN = re.compile(f"[a-z](?<![{_LATIN}])")
_CERTAIN_CYRILLIC = re.compile(f"[а-я](?<![{_CYRILLIC}])")
_ADDRESS_SIGNS = frozenset("./@_-")

_CODE = re.compile(r"[a-zа-я0-9]+")
_LIKE_NUMBER = re.compile(r"[0-9oоilзzбb]+")
_PLATE = re.compile(r"[а-я]\d{3}[а-я]{2}\d{2,3}")
_ZEROS = re.compile(r"[oо]{1,4}")
_DIGITS = str.maketrans("oоilзzбb", "00113368")


def one_alphabet(source: Mapped) -> Mapped:
    """Mixed words in the alphabet that their unmistakable letters belong to."""
    return source.replace(_mixed(source.text))


def _mixed(text: str) -> Iterator[Edit]:
    russian = not text.isascii()
    for match in _WORD.finditer(text):
        word, start, end = match[0], match.start(), match.end()
        if word.isascii():
            if russian and _TWINS_ONLY.fullmatch(word) and not _in_address(text, start, end):
                yield start, end, word.translate(_TO_CYRILLIC)
        elif _ANY_LATIN.search(word):
            latin = _CERTAIN_LATIN.search(word) is not None
            if latin == (_CERTAIN_CYRILLIC.search(word) is not None):
                latin = _in_address(text, start, end)
            yield start, end, word.translate(_TO_LATIN if latin else _TO_CYRILLIC)


def _in_address(text: str, start: int, end: int) -> bool:
    around = text[max(start - 1, 0) : start] + text[end : end + 1]
    return not _ADDRESS_SIGNS.isdisjoint(around)


def letters_as_digits(source: Mapped) -> Mapped:
    """«9OO» and «1З4» become numbers; plates and words stay."""
    return source.replace(_like_numbers(source.text))


def _like_numbers(text: str) -> Iterator[Edit]:
    after_number = False
    last = -9
    for match in _CODE.finditer(text):
        code = match[0]
        near = after_number and match.start() - last <= 2
        last = match.end()
        if code.isdigit():
            after_number = True
            continue
        mixed = _LIKE_NUMBER.fullmatch(code) is not None and any(c.isdigit() for c in code)
        after_number = (mixed and not _PLATE.fullmatch(code)) or (
            near and _ZEROS.fullmatch(code) is not None
        )
        if after_number:
            yield match.start(), match.end(), code.translate(_DIGITS)
