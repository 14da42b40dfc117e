"""The text of a document made ready for looking up labels: spaces, tables and escapes are undone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

from insurance_chat.knowledge.passages import PAGE_MARK

LONGEST = 20_000  # letters that are looked at; the values of twenty pages stand before
_MARK = re.compile(rf"{re.escape(PAGE_MARK)}\d+{re.escape(PAGE_MARK)}")
_ROWS = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z)){2,}", re.M)
_QUOTED_DAY = re.compile(r"[«\"“„'](\d{1,2})[»\"”']")  # «02» апреля 2021 г.
_RULE = re.compile(r"[ |:\-]+")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~№])")
_FUZZY_FROM = 14  # letters: a shorter label is another word too easily
_ALIKE = 86.0  # «Идентификациониый нсмер»
_PIECE = 240


class Page:
    """Text of a document.

    `text` keeps the case, `low` is the same with small letters and без ё; places are the same in both.
    """

    def __init__(self, markdown: str) -> None:
        """Clean what the reader gave."""
        text = _MARK.sub("\n", markdown[: LONGEST * 2])
        text = _ROWS.sub(lambda rows: _told(rows.group()), text).replace("|", "  ")
        text = text.replace("<br>", " ")
        text = _ESCAPED.sub(r"\1", text).replace("\u00a0", " ").replace("**", "")
        text = _QUOTED_DAY.sub(r"\1", text)
        text = re.sub(r"^[#•>]+ ?", "", text, flags=re.M)
        text = re.sub(r"[ \t\u2009\u202f]+", " ", text)
        self.text = re.sub(r" ?\n[ \n]*", "\n", text).strip()[:LONGEST]
        low = self.text.lower()
        self.low = (low if len(low) == len(self.text) else self.text).replace("ё", "е")

    def place(self, words: str) -> tuple[int, int] | None:
        """Where words stand first, with slips of recognition in longer ones."""
        found = pattern(words).search(self.low)
        if found:
            return found.span()
        if not _FUZZY_FROM <= len(words) <= len(self.low):
            return None
        plain = words.lower().replace("ё", "е")
        near = fuzz.partial_ratio_alignment(plain, self.low, score_cutoff=_ALIKE)
        return (near.dest_start, near.dest_end) if near else None

    def pieces(self, label: str) -> list[tuple[int, int]]:
        """Where the value of each occurrence of a label may begin and where its label begins."""
        exact = [(m.start(), m.end()) for m in pattern(label).finditer(self.low)]
        near = None if exact else self.place(label)
        return exact or ([near] if near else [])

    def after(self, end: int, stops: Iterable[str], lines: int) -> str:
        """The text after a label up to the next label; at most so many lines with something on them."""
        piece = self.text[end : end + _PIECE]
        low = self.low[end : end + _PIECE]
        cut = len(piece)
        for stop in stops:
            found = pattern(stop).search(low)
            # A label within the tail of the label itself («марка, модель ТС») stops nothing.
            if found and found.start() > 0:
                cut = min(cut, found.start())
        kept = [line for line in piece[:cut].split("\n") if re.search(r"\w", line)]
        return "\n".join(kept[:lines]).strip(" :.,;-—–")


def _told(table: str) -> str:
    """A table as lines «name: value»: pairs side by side, or a row of names with a row of values."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in table.splitlines() if not _RULE.fullmatch(line.strip())]  # fmt: skip
    width = max(map(len, rows), default=0)
    if width != 2 and len(rows) > 1:
        rows = [
            [name, value] for row in rows[1:] for name, value in zip(rows[0], row, strict=False)
        ]
    return "".join(f"{': '.join(cell for cell in row if cell)}\n" for row in rows)


@lru_cache(maxsize=1024)
def pattern(words: str) -> re.Pattern[str]:
    """Words one after another, whatever spaces and punctuation stand between them."""
    parts = [re.escape(part) for part in words.lower().replace("ё", "е").split()]
    edge = "" if words[-1] in ".:)" else r"(?![0-9a-zа-я])"
    return re.compile(r"(?<![0-9a-zа-я.])" + r"[\W_]{1,4}".join(parts) + edge)
