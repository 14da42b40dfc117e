"""State registration plates: А123ВС77, typed with Latin letters, spaces, or dictated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.letters import PLATE_LETTERS, plate_letters
from insurance_chat.dialogue.understanding.text import Text, Token

_L = f"[{PLATE_LETTERS}]"
_EDGE = r"(?<![0-9A-ZА-Я#])"
_REGION = r"(?P<region>\d{2,3}|\d \d(?: \d)?)(?![0-9A-ZА-Я#])"
_CAR = re.compile(rf"{_EDGE}(?P<body>{_L} ?\d ?\d ?\d ?{_L} ?{_L}) ?{_REGION}")
_MOTO = re.compile(rf"{_EDGE}(?P<body>\d{{4}} ?{_L}{{2}}) ?{_REGION}")
_OTHER = re.compile(
    rf"{_EDGE}(?:{_L}{{2}} ?\d{{3,4}}|{_L} ?\d{{4}}) ?{_L}? ?\d{{2,3}}(?![0-9A-ZА-Я#])"
)
_NO_REGION = re.compile(rf"{_EDGE}{_L} ?\d{{3}} ?{_L}{{2}} ?\d?(?! ?[0-9A-ZА-Я#])")
_ALIEN = re.compile(r"(?<![0-9a-zа-я])[a-zа-я]\d{3}[a-zа-я]{2}\d{2,3}(?![0-9a-zа-я])")
_SHAPE = re.compile(r"(?<![0-9a-zа-я])[a-zа-я0-9]\d{2,3}[a-zа-я0-9]{2}\d{2,3}(?![0-9a-zа-я])")
_LABEL = re.compile(r"(?:номер\w*|госномер\w*|гос|грз|знак|rus|машин\w*|авто)[ :\-—.]*$")
_KINDS = ((_CAR, None), (_MOTO, None), (_OTHER, "plate_kind"), (_NO_REGION, "plate_region"))
_LITTLE_WORDS = {"НА", "ОТ", "НЕ", "НУ", "ТО", "ОН", "МЫ", "СО", "ВО"}
_SKIP = {"-", "/", "|", ".", ",", "_"}


def find_plates(text: Text, expected: bool = False) -> list[Found]:
    """Plates of cars and motorcycles with their spans; near misses have a problem.

    Problems: `plate_region` (no region code), `plate_letters` (a letter that plates do not have),
    `plate_format`, `plate_kind` (taxi, trailer, transit, military or police plate).
    `expected` allows spaces in the plate of a motorcycle («1234 ав 77»).
    """
    # «ка» is a letter by its name or two letters: first as typed, then as dictated
    typed, dictated = _alphabet(text, names=False), _alphabet(text, names=True)
    found: list[Found] = []
    for pattern, problem in _KINDS:
        for shape, origin in (typed, dictated):
            for match in pattern.finditer(shape):
                start, end = origin[match.start()][0], origin[match.end() - 1][1]
                if any(start < each.end and each.start < end for each in found):
                    continue
                one = _judge(text, match.group(), start, end, problem, expected)
                if one:
                    found.append(one)
    found.extend(each for each in _misspelt(text) if not any(_cross(each, one) for one in found))
    return sorted(found, key=lambda each: each.start)


def _cross(left: Found, right: Found) -> bool:
    return left.start < right.end and right.start < left.end


def _judge(
    text: Text, shape: str, start: int, end: int, problem: str | None, expected: bool
) -> Found | None:
    value = shape.replace(" ", "")
    labelled = bool(_LABEL.search(text.flat[max(0, start - 20) : start]))
    if problem and not labelled and " " in shape:
        return None
    if not labelled and _looks_like_words(shape):
        return None
    if not (labelled or expected) and _MOTO.fullmatch(shape) and " " in shape:
        return None
    if problem is None and re.search(r"(?<!\d)000(?!\d)", value[:6]):
        problem = "plate_format"
    return Found(
        "plate", start, end, None if problem else value, problem, "plate" if labelled else ""
    )


def _looks_like_words(shape: str) -> bool:
    """«с 300 на 20» is not a plate."""
    parts = shape.split(" ")
    return len(parts) >= 3 and any(part in _LITTLE_WORDS for part in parts)


def _alphabet(text: Text, names: bool) -> tuple[str, list[tuple[int, int]]]:
    """The text in plate letters and digits; `#` stands for what a plate cannot contain."""
    shape: list[str] = []
    origin: list[tuple[int, int]] = []
    end = 0
    for token in text.tokens:
        piece = _piece(token, names)
        if piece == "" and shape and shape[-1] not in " #":
            continue
        if token.start > end or (token.start and text.flat[token.start - 1] in _SKIP):
            shape.append(" ")
            origin.append((end, token.start))
        spelled = piece or "#"
        for index, char in enumerate(spelled):
            whole = len(spelled) != len(token.text)
            at = (
                (token.start, token.end)
                if whole
                else (token.start + index, token.start + index + 1)
            )
            shape.append(char)
            origin.append(at)
        end = token.end
    return "".join(shape), origin


def _piece(token: Token, names: bool) -> str:
    if token.is_number:
        return token.text
    if token.text in _SKIP or token.text in {"rus", "рус", "регион"}:
        return ""
    return plate_letters(token.text, names) or "#" if token.is_word else "#"


def _misspelt(text: Text) -> Iterator[Found]:
    """One solid token in the shape of a plate with a letter for a digit or a forbidden letter."""
    for match in _SHAPE.finditer(text.flat):
        typed = match.group()
        for split in (3, 2):
            repaired = _repair(typed, len(typed) - split)
            if repaired:
                yield Found("plate", match.start(), match.end(), repaired)
                break
        else:
            if _ALIEN.match(typed):
                yield Found("plate", match.start(), match.end(), None, "plate_letters")


def _repair(typed: str, body: int) -> str | None:
    """О for 0 and З for 3 by their places, if that makes a plate."""
    if body != 6 or typed.isdigit():
        return None
    letters = {0, 4, 5}
    chars = [
        {"0": "О"}.get(char) or plate_letters(char, names=False) or "?"
        if index in letters
        else {"о": "0", "o": "0", "з": "3"}.get(char, char)
        for index, char in enumerate(typed)
    ]
    value = "".join(chars)
    return value if _CAR.fullmatch(value) and value[1:4] != "000" else None


def iterate_candidates(text: Text) -> Iterator[tuple[int, int]]:
    """Spans of solid tokens that mix letters and digits: an attempt to write a plate."""
    for match in re.finditer(
        r"(?<![0-9a-zа-я])(?=[a-zа-я0-9]{4,12}(?![0-9a-zа-я]))[a-zа-я]*\d[0-9a-zа-я]*", text.flat
    ):
        if re.search(r"[a-zа-я]", match.group()):
            yield match.span()
