"""Lists as CSV files that a spreadsheet opens as they are and never runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

MIME = "text/csv; charset=utf-8"
# A cell that begins so is a formula for a spreadsheet (OWASP: CSV injection); the wide forms are
# what a Japanese or Chinese keyboard types and Excel reads the same way.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_file(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table for Excel and LibreOffice: UTF-8 with a mark, semicolons, Russian Excel's own way.

    Args:
        header: titles of the columns.
        rows: values; None is an empty cell, texts never become formulas.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = str(value).replace("\x00", "")
    harmless = not isinstance(value, str) or not text.lstrip(" ").startswith(_FORMULA)
    return text if harmless else f"'{text}"
