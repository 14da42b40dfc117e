"""A statement as a file: XLSX for counting, PDF for reading and signing."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from insurance_chat.core.clock import format_date
from insurance_chat.core.money import format_rub
from insurance_chat.operators.commissions.names import KINDS, STATUSES, month_name
from insurance_chat.operators.commissions.statements import Statement

TEMPLATE = Path(__file__).with_name("statement.typ")
MONEY = "#,##0.00"
HEADS = ("Дата", "Агент", "Полис", "Страховая", "Премия, ₽", "Операция", "Правило", "Статус")
AMOUNT = "Комиссия, ₽"
WIDTHS = (12, 28, 18, 18, 14, 16, 18, 16, 15)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Cell = str | Decimal | date | int | None


def to_xlsx(statement: Statement) -> bytes:
    """A workbook with the lines and the totals. Blocks for milliseconds per thousand lines."""
    book = Workbook()
    lines, totals = book.worksheets[0], book.create_sheet("Итоги")
    lines.title = "Операции"
    _write(lines, _lines(statement), WIDTHS, bold=(1, 2))
    _write(totals, _totals(statement), (28, 16, 10, 15), bold=(1,))
    lines.freeze_panes = "A3"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def to_pdf(statement: Statement) -> bytes:
    """A4 pages with extractable text. Blocks for tens of milliseconds and more."""
    form = {
        "title": _title(statement),
        "made": format_date(statement.made_on),
        "everybody": not statement.agent_name,
        "lines": [
            {
                "date": format_date(line.booked_on),
                "agent": _plain(line.agent_name),
                "policy": _plain(line.policy_number) or "—",
                "company": line.company or "—",
                "premium": format_rub(line.premium) if line.premium is not None else "—",
                "what": KINDS[line.kind],
                "rule": line.rule,
                "status": STATUSES[line.status],
                "amount": format_rub(line.amount),
            }
            for line in statement.lines
        ],
        "totals": [
            {
                "agent": _plain(total.agent_name),
                "status": STATUSES[total.status],
                "entries": str(total.entries),
                "amount": format_rub(total.amount),
            }
            for total in statement.totals
        ],
        "total": format_rub(statement.total),
        "paid": format_rub(statement.paid),
        "left": format_rub(statement.total - statement.paid),
    }
    # The stub of typst does not know files in memory.
    files: Any = {
        "main.typ": TEMPLATE.read_bytes(),
        "form.json": json.dumps(form, ensure_ascii=False).encode(),
    }
    # Only the fonts inside the typst library: the page looks the same on every machine.
    pdf: bytes = typst.compile(files, ignore_system_fonts=True)
    return pdf


def _title(statement: Statement) -> str:
    whose = _plain(statement.agent_name) or "все агенты"
    return f"Комиссия сервису за {month_name(f'{statement.month:%Y-%m}')}: {whose}"


def _lines(statement: Statement) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [
            line.booked_on,
            line.agent_name,
            line.policy_number,
            line.company,
            line.premium,
            KINDS[line.kind],
            line.rule,
            STATUSES[line.status],
            line.amount,
        ]
        for line in statement.lines
    ]
    end: list[Cell] = ["Итого", *[None] * (len(HEADS) - 1), statement.total]
    return [[_title(statement)], [*HEADS, AMOUNT], *rows, end]


def _totals(statement: Statement) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [total.agent_name, STATUSES[total.status], total.entries, total.amount]
        for total in statement.totals
    ]
    return [
        ["Агент", "Статус", "Записей", AMOUNT],
        *rows,
        ["Итого", None, None, statement.total],
        ["Оплачено", None, None, statement.paid],
        ["К оплате", None, None, statement.total - statement.paid],
    ]


def _write(
    sheet: Worksheet, rows: list[list[Cell]], widths: Sequence[int], bold: Sequence[int]
) -> None:
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.value = _plain(value) if isinstance(value, str) else value
            if isinstance(value, str):
                cell.data_type = "s"  # a name that begins with «=» is no formula
            elif isinstance(value, Decimal):
                cell.number_format = MONEY
            elif isinstance(value, date):
                cell.number_format = "dd.mm.yyyy"
            if number in bold or row[0] in ("Итого", "К оплате"):
                cell.font = Font(bold=True)
    for letter, width in zip("ABCDEFGHI", widths, strict=False):
        sheet.column_dimensions[letter].width = width


def _plain(text: str) -> str:
    return _UNPRINTABLE.sub("", text)
