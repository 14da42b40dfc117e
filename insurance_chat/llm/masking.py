"""Personal data become placeholders before a text leaves the country, and come back in the answer.

`restore(masked, map)` is the text again for any text whatever: placeholders that occur in it are not
used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# Plates use the twelve letters that look alike in both alphabets; «0» is often typed for «О».
_PLATE_LETTER = "[АВЕКМНОРСТУХавекмнорстухABEKMHOPCTYXabekmhopctyx]"
_SEP = r"[\s\-‑–—.()\u00a0]{0,3}"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("EMAIL", re.compile(r"[\w.+\-]{1,64}@(?:[\w\-]{1,63}\.){1,5}[^\W\d_]{2,20}")),
    (
        "CARD",
        re.compile(r"(?<!\d)\d{4}([ \-\u00a0]?)\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?(?!\d)"),
    ),
    ("VIN", re.compile(r"(?<!\w)(?=[\w]*\d)(?=[\w]*[A-Za-z])[A-HJ-NPR-Za-hj-npr-z0-9]{17}(?!\w)")),
    (
        "PLATE",
        re.compile(
            rf"(?<!\w){_PLATE_LETTER}[ \-]?\d{{3}}[ \-]?{_PLATE_LETTER}[ \-]?{_PLATE_LETTER}"
            r"[ \-]?\d{2,3}(?!\w)"
        ),
    ),
    ("SNILS", re.compile(r"(?<!\d)\d{3}-\d{3}-\d{3}[ \-]\d{2}(?!\d)")),
    (
        "PHONE",
        re.compile(
            rf"(?<![\d+])(?:\+{_SEP}7|8|7){_SEP}\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{2}}{_SEP}\d{{2}}(?!\d)"
            rf"|(?<![\d+])9\d{{2}}{_SEP}\d{{3}}{_SEP}\d{{2}}{_SEP}\d{{2}}(?!\d)"
            r"|\+\d(?:[ \-()]{0,2}\d){9,13}(?!\d)"
        ),
    ),
    # Passport and licence: series of four, number of six; a registration certificate has letters.
    ("DOCUMENT", re.compile(r"(?<!\d)\d{2}[ \-]?\d{2}[ №N#\-]{0,3}\d{6}(?!\d)")),
    ("DOCUMENT", re.compile(r"(?<!\w)\d{2}[ \-]?[^\W\d_]{2}[ №N#\-]{0,3}\d{6}(?!\w)")),
    ("POLICY", re.compile(r"(?<!\w)[^\W\d_]{3}[ №N#\-]{0,3}\d{10}(?!\w)")),
    ("NUMBER", re.compile(r"(?<![\d.,])\d{9,20}(?![\d]|[.,]\d)")),
)
SHORTEST_KNOWN = 2
#: A placeholder that may go on in the next piece of a stream.
OPEN = re.compile(r"\[[A-Z_0-9]{0,24}$")


class Mask:
    """Replaces personal data in many texts with the same placeholder for the same value.

    Args:
        known: values such as names; found as whole words in any case.
        texts: all that will be masked, so that no placeholder looks like something written there.
    """

    def __init__(self, known: Iterable[str] = (), texts: Iterable[str] = ()) -> None:
        values = {one.strip() for one in known if len(one.strip()) >= SHORTEST_KNOWN}
        longest = sorted(values, key=lambda one: (-len(one), one))
        words = "|".join(re.escape(one) for one in longest)
        self._known = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None
        self._taken = "\n".join(texts)
        self._by_value: dict[str, str] = {}
        self._count = 0
        self.values: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """The text without personal data."""
        pieces: list[tuple[str, bool]] = [(text, False)]
        if self._known is not None:
            pieces = self._split(pieces, "NAME", self._known)
        for kind, pattern in _PATTERNS:
            pieces = self._split(pieces, kind, pattern)
        return "".join(piece for piece, _ in pieces)

    def _split(
        self, pieces: list[tuple[str, bool]], kind: str, pattern: re.Pattern[str]
    ) -> list[tuple[str, bool]]:
        # What is hidden already is never looked at again.
        found: list[tuple[str, bool]] = []
        for piece, hidden in pieces:
            if hidden:
                found.append((piece, True))
                continue
            end = 0
            for match in pattern.finditer(piece):
                found.append((piece[end : match.start()], False))
                found.append((self._placeholder(kind, match[0]), True))
                end = match.end()
            found.append((piece[end:], False))
        return found

    def _placeholder(self, kind: str, value: str) -> str:
        if value not in self._by_value:
            while True:
                self._count += 1
                name = f"[{kind}_{self._count}]"
                if name not in self._taken:
                    break
            self._by_value[value] = name
            self.values[name] = value
        return self._by_value[value]


def mask(text: str, known: Iterable[str] = ()) -> tuple[str, dict[str, str]]:
    """Take personal data out of a text.

    Phones, e-mails, passports, licences, certificates, VIN, plates, cards, policies, long numbers,
    and `known` values such as names.

    Returns:
        The text and a map from placeholders to what they stand for.
    """
    worker = Mask(known, [text])
    return worker.hide(text), worker.values


def restore(text: str, values: Mapping[str, str]) -> str:
    """Put personal data back in place of their placeholders; unknown ones stay."""
    if not values:
        return text
    names = re.compile("|".join(re.escape(name) for name in values))
    return names.sub(lambda match: values[match[0]], text)
