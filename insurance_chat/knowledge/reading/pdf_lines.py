"""Lines of a PDF page with what the eye sees of them: size, weight, place."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass

from insurance_chat.knowledge.reading.pdf_tables import Box, Table, find_tables
from insurance_chat.knowledge.reading.pdfium import Handle, raw

HYPHENS = ("\x02", "\ufffe", "\xad")
_SPACES = re.compile(r"[ \t\xa0]+")
_GARBAGE = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_LETTER = re.compile(r"[^\W\d_]")
_FONT_NAME = 200
MAX_RUNS = 3000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text.

    Args:
        size: height of the font, points.
        bold: set in a heavy font from its first letter to its last.
        box: left, bottom, right, top.
    """

    text: str
    size: float
    bold: bool
    box: Box


@dataclass(frozen=True, slots=True)
class Page:
    """One page: lines in the order of the file, tables, and whether it is but a picture."""

    number: int
    lines: tuple[Line, ...]
    tables: tuple[Table, ...]
    height: float
    scanned: bool


def read_page(page: Handle, number: int) -> Page:
    """Read one page.

    Args:
        number: counted from 1.
    """
    words = page.get_textpage()
    text = words.get_text_range()
    tables = find_tables(page, lambda box: _cell(words, box), _runs(words))
    lines = tuple(_lines(words, text))
    return Page(number, lines, tuple(tables), page.get_height(), _is_scan(page, text))


def _runs(words: Handle) -> list[Box]:
    """Boxes of pieces of text that were set together; a cell of a table is one or several."""
    return [words.get_rect(number) for number in range(min(words.count_rects(), MAX_RUNS))]


def _is_scan(page: Handle, text: str) -> bool:
    letters = len(_LETTER.findall(text))
    if letters > 20 and len(_GARBAGE.findall(text)) * 3 < letters:
        return False
    pictures = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    return next(iter(pictures), None) is not None


def _cell(words: Handle, box: Box) -> str:
    left, bottom, right, top = box
    text = words.get_text_bounded(left=left, bottom=bottom, right=right, top=top)
    return _clean(_joined(text))


def _joined(text: str) -> str:
    for hyphen in HYPHENS:
        text = text.replace(f"{hyphen}\r\n", "").replace(hyphen, "")
    return " ".join(text.split())


def _lines(words: Handle, text: str) -> list[Line]:
    out: list[Line] = []
    last = words.count_chars() - 1
    at = 0
    for raw_line in text.split("\n"):
        begin, at = at, at + len(raw_line) + 1
        carried = raw_line.rstrip("\r").endswith(HYPHENS)
        line = _clean(raw_line.rstrip("\r"))
        if not line:
            continue
        first = min(begin + len(raw_line) - len(raw_line.lstrip()), last)
        final = min(begin + len(raw_line.rstrip()) - 1, last)
        one, two = words.get_charbox(first, loose=True), words.get_charbox(final, loose=True)
        bold = _is_bold(words, first) and _is_bold(words, final)
        box = (one[0], min(one[1], two[1]), two[2], max(one[3], two[3]))
        out.append(Line(line + "-" * carried, _size(words, first), bold, box))
    return out


def _clean(text: str) -> str:
    for hyphen in HYPHENS:
        text = text.replace(hyphen, "")
    return _SPACES.sub(" ", _GARBAGE.sub("", text)).strip()


def _size(words: Handle, index: int) -> float:
    """Height of the font as it is seen: some files say 1 and stretch it."""
    matrix = raw.FS_MATRIX()
    size = float(raw.FPDFText_GetFontSize(words, index))
    if raw.FPDFText_GetMatrix(words, index, matrix):
        size *= math.hypot(matrix.c, matrix.d)
    return round(size * 2) / 2


def _is_bold(words: Handle, index: int) -> bool:
    name = ctypes.create_string_buffer(_FONT_NAME)
    raw.FPDFText_GetFontInfo(words, index, name, _FONT_NAME, ctypes.c_int())
    return any(mark in name.value.lower() for mark in (b"bold", b"black", b"heavy"))
