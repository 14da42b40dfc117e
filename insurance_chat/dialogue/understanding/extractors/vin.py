"""Vehicle identification numbers: 17 characters, typed in any layout, in groups, or dictated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.letters import vin_letters
from insurance_chat.dialogue.understanding.extractors.names import is_russian_word
from insurance_chat.dialogue.understanding.text import Text, Token

_SOLID = re.compile(r"(?<![0-9a-zа-я])[0-9a-zа-я]{11,22}(?![0-9a-zа-я])")
_LABEL = re.compile(
    r"(?<![0-9a-zа-я])(?:vin|вин|вин-?код\w*|вин-?номер\w*|вина|vin-?код\w*)(?![0-9a-zа-я])[ :#\-—.]*(?:код|номер|такой|авто|это)?[ :#\-—]*"
)
_LENGTH = 17
_WORD = 3  # letters: shorter groups are pieces of a VIN more often than words


def find_vins(text: Text, expected: bool = False) -> list[Found]:
    """VINs with spans. `expected` allows groups of characters without the word «VIN».

    Problems: `vin_length` (not 17 characters), `vin_letters` (a letter that a VIN cannot have).
    """
    found = list(_solid(text, expected))
    for one in _grouped(text, expected):
        if not any(one.start < each.end and each.start < one.end for each in found):
            found.append(one)
    good = [each for each in found if each.problem is None]
    return good or found[:1]


def _solid(text: Text, expected: bool) -> Iterator[Found]:
    for match in _SOLID.finditer(text.flat):
        typed = match.group()
        digits = sum(char.isdigit() for char in typed)
        labelled = bool(_LABEL.search(text.flat[max(0, match.start() - 16) : match.start()]))
        hint = expected or labelled
        if digits < 3 or digits == len(typed) or (not hint and abs(len(typed) - _LENGTH) > 2):
            continue
        value = vin_letters(typed)
        span = (match.start(), match.end())
        label = "vin" if labelled else ""
        if len(typed) != _LENGTH:
            yield Found("vin", *span, None, "vin_length", label)
        elif value is None:
            yield Found("vin", *span, None, "vin_letters", label)
        else:
            yield Found("vin", *span, value, None, label)


def _grouped(text: Text, expected: bool) -> Iterator[Found]:
    """«XTA 219010 K0 123456» or dictated letters, after the word «VIN» or when it is expected."""
    label = _LABEL.search(text.flat)
    start = label.end() if label else 0
    for run in _runs([token for token in text.tokens if token.start >= start]):
        joined = "".join(_piece(token) for token in run)
        if not any(char.isalpha() for char in joined) or sum(char.isdigit() for char in joined) < 3:
            continue
        span = (run[0].start, run[-1].end)
        if len(joined) == _LENGTH and (label or expected or len(run) >= 10):
            yield Found("vin", *span, joined, None, "vin" if label else "")
        elif label and run[0].start - start <= 3 and 8 <= len(joined) <= 24:
            yield Found("vin", *span, None, "vin_length", "vin")


def _piece(token: Token) -> str:
    if token.text == "-":
        return ""
    letters = vin_letters(token.text) if token.is_word else None
    if letters and len(letters) >= _WORD and is_russian_word(token.text):
        return ""  # «нет номер х 100 хх 177» has 17 characters as well
    return token.text if token.is_number else vin_letters(token.text) or ""


def _runs(tokens: list[Token]) -> Iterator[list[Token]]:
    """Consecutive tokens that can be read as characters of a VIN."""
    run: list[Token] = []
    for token in tokens:
        short = len(token.text) <= 8 if token.is_number else len(token.text) <= 7
        if (token.is_number or token.is_word) and short and _piece(token):
            run.append(token)
            continue
        if token.text == "-" and run:
            continue
        if run:
            yield run
        run = []
    if run:
        yield run
