"""Disguised characters become plain ones: styled letters, digits of other scripts, invisible signs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from insurance_chat.conversations.contact_spotting.mapped import Mapped

_PLAIN = re.compile(r"[\t\n -~А-яЁё«»„“”‐-―−…№₽•·\xa0]*")
_ONE_TO_ONE = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | {"ё": "е", "\xa0": " "})
_KEPT = frozenset("…№₽•·\n\t")
_LETTER = re.compile(
    r"(?:LATIN|SQUARED|CIRCLED|REGIONAL INDICATOR).* LETTER (?:SMALL CAPITAL )?([A-Z])(?: WITH .*)?$"
)
_BREVE = "\u0306"
_LONGEST = 3  # one sign may stand for a whole sentence, and the text must not grow without end
_TWINS = dict(
    zip(
        "αβεζηικμνορτυχωєіїјѕԁԛԝһӏꓲᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ∂",
        "abezhikmnoptyxweiijsdqwhllabcdeghijklmnoprtuvwyzd",
        strict=True,
    )
)


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """What one character means, in lower case; empty for what nobody sees."""
    if char in _KEPT:
        return char
    low = char.lower()[:1]
    if low in _TWINS:
        return _TWINS[low]
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(char)[0] in "MC":
        return ""
    named = _LETTER.search(unicodedata.name(char, ""))
    if named:
        return named[1].lower()
    parts = unicodedata.normalize("NFKC", char).lower()[:_LONGEST]
    return "".join(part.translate(_ONE_TO_ONE) for part in parts if not unicodedata.combining(part))


def plain(raw: str) -> Mapped:
    """Lower case without accents, «ё» and invisible characters, whatever the styles of letters."""
    whole = range(len(raw))
    if _PLAIN.fullmatch(raw):
        text = raw.lower().translate(_ONE_TO_ONE)
        return Mapped(text, whole, range(1, len(raw) + 1))
    pieces: list[str] = []
    starts: list[int] = []
    for at, char in enumerate(raw):
        if char == _BREVE and pieces and pieces[-1] == "и":
            pieces[-1] = "й"
            continue
        for part in _plain(char):
            pieces.append(part)
            starts.append(at)
    return Mapped("".join(pieces), starts, [start + 1 for start in starts])
