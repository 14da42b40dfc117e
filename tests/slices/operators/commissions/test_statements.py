"""Statements open as files, say the same as the ledger, and past months stay as they were."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from pypdf import PdfReader

from insurance_chat.core.money import format_rub
from insurance_chat.core.principal import Principal
from insurance_chat.operators.commissions import ledger, sheets, statements
from insurance_chat.operators.commissions.overview import month_of
from insurance_chat.operators.commissions.statements import Statement
from insurance_chat.operators.commissions.types import RuleKind
from tests.slices.operators.commissions.conftest import Company
from tests.slices.operators.commissions.test_accrual import add_rule, percent
from tests.slices.operators.commissions.test_ledger import MONTH


async def _statement(
    company: Company, who: Principal | None = None, of: Principal | None = None, month: str = MONTH
) -> Statement:
    agent = UUID(of.user_public_id) if of is not None else None
    async with company.db.unit() as unit:
        return await statements.build(unit, who or company.admin, month, agent)


def _cells(data: bytes, sheet: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [tuple(cell.value for cell in row) for row in book[sheet].iter_rows()]


def _text(data: bytes) -> str:
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


@pytest.fixture
async def month(company: Company) -> tuple[Principal, Principal]:
    """Two agents, three policies, a correction, a payment and a cancellation."""
    await add_rule(company, percent("10"))
    anna, boris = await company.staff(name="Анна Иванова"), await company.staff(name="=1+1 Борис")
    first = await company.sold(anna, "7753.93")
    second = await company.sold(anna, "1000.00", company="alfa")
    third = await company.sold(boris, "3333.33")
    async with company.db.unit() as unit:
        await ledger.adjust(unit, company.admin, first.id, Decimal("-0.39"), "Скидка")
        await ledger.confirm(unit, company.admin, first.id)
        await ledger.pay(unit, company.admin, [first.id])
        await ledger.cancel(unit, company.admin, second.id, "Отказ")
    assert third.amount == Decimal("333.33")
    return anna, boris


async def test_the_workbook_has_every_line_and_their_sum(
    company: Company, month: tuple[Principal, Principal]
) -> None:
    statement = await _statement(company)
    rows = _cells(sheets.to_xlsx(statement), "Операции")
    lines = [row for row in rows if isinstance(row[-1], int | float) and row[0] != "Итого"]
    assert len(lines) == len(statement.lines) == 5
    assert rows[-1][0] == "Итого"
    total = Decimal(str(rows[-1][-1]))
    assert total == sum(Decimal(str(row[-1])) for row in lines) == Decimal("1108.33")
    totals = {
        row[0]: Decimal(str(row[-1]))
        for row in _cells(sheets.to_xlsx(statement), "Итоги")
        if row[0] in ("Итого", "Оплачено", "К оплате")
    }
    assert totals["Итого"] == total == totals["Оплачено"] + totals["К оплате"]
    assert totals["Оплачено"] == Decimal("775.00")


async def test_a_name_never_becomes_a_formula(
    company: Company, month: tuple[Principal, Principal]
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheets.to_xlsx(await _statement(company))))
    types = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in types
    assert any(
        "=1+1 Борис" in row for row in _cells(sheets.to_xlsx(await _statement(company)), "Итоги")
    )


async def test_the_pdf_says_whose_commission_it_is_and_how_much(
    company: Company, month: tuple[Principal, Principal]
) -> None:
    statement = await _statement(company, of=month[0])
    text = _text(sheets.to_pdf(statement))
    assert "Комиссия сервису" in text
    assert "Анна Иванова" in text
    assert "Борис" not in text
    for amount in ("775,39 ₽", "-0,39 ₽", format_rub(statement.total).replace("\xa0", " ")):
        assert amount in text
    assert all(line.policy_number in text for line in statement.lines)


async def test_a_pdf_of_a_month_without_operations_says_so(company: Company) -> None:
    assert "операций нет" in _text(sheets.to_pdf(await _statement(company, month="2020-02")))


async def test_an_agents_own_statement_is_the_part_of_everybodys(
    company: Company, month: tuple[Principal, Principal]
) -> None:
    own = [await _statement(company, agent) for agent in month]
    by_admin = [await _statement(company, of=agent) for agent in month]
    assert [one.lines for one in own] == [one.lines for one in by_admin]
    everybody = await _statement(company)
    assert everybody.total == own[0].total + own[1].total
    assert own[0].file_name("pdf") == f"Комиссия сервису {MONTH}, Анна Иванова.pdf"


async def test_a_cancellation_after_the_payment_leaves_the_paid_month_as_it_was(
    company: Company, month: tuple[Principal, Principal]
) -> None:
    await company.change(
        "update commission_lines set booked_on = booked_on - 40 where tenant_id = %s",
        company.tenant_id,
    )
    past = f"{statements.moscow_today() - timedelta(days=40):%Y-%m}"
    before = await _statement(company, of=month[0], month=past)
    (paid,) = await company.entries(status="paid")
    async with company.db.unit() as unit:
        await ledger.cancel(unit, company.admin, paid.id, "Договор расторгнут")
    after = await _statement(company, of=month[0], month=past)
    assert (after.total, after.paid) == (before.total, before.paid)
    now = await _statement(company, of=month[0])
    assert (now.total, now.paid) == (Decimal("-775.00"), Decimal(0))


async def test_control_letters_in_a_name_do_not_break_a_file(company: Company) -> None:
    await add_rule(company, percent("10"))
    agent = await company.staff(name="Анна\x0b #strong[Иванова] *жирно*")
    await company.sold(agent)
    statement = await _statement(company)
    assert _cells(sheets.to_xlsx(statement), "Операции")
    assert "#strong[Иванова] *жирно*" in _text(sheets.to_pdf(statement))


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (RuleKind.PERCENT, "7.50", "7,5 %"),
        (RuleKind.PERCENT, "10.00", "10 %"),
        (RuleKind.FIXED, "300.00", "300 ₽ за полис"),
        (None, None, ""),
    ],
)
def test_a_rule_is_named_in_words(kind: RuleKind | None, value: str | None, words: str) -> None:
    assert statements.rule_in_words(kind, Decimal(value) if value else None) == words


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 3, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2028-02", date(2028, 2, 1), date(2028, 3, 1)),
    ],
)
def test_a_month_ends_where_the_next_begins(text: str, first: date, after: date) -> None:
    assert month_of(text) == (first, after)
