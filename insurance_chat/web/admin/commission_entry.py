"""One entry of the ledger and what the administrator may do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from nicegui import ui

from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.operators.commissions import ledger, overview
from insurance_chat.operators.commissions.overview import CommissionView
from insurance_chat.operators.commissions.types import Status
from insurance_chat.web import commissions as parts
from insurance_chat.web import tables
from insurance_chat.web.admin.commissions import ROOT
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.markup import link
from insurance_chat.web.session import PREFIX, Visit

Act = Callable[[Unit, Principal, UUID, str, str], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Button:
    """A button of the page. An empty `total` or `why` means that the field is not asked for."""

    title: str
    act: Act
    total: str = ""
    why: str = ""
    bad: bool = False


async def _confirm(unit: Unit, principal: Principal, entry: UUID, _sum: str, _why: str) -> None:
    await ledger.confirm(unit, principal, entry)


async def _accept(unit: Unit, principal: Principal, entry: UUID, text: str, why: str) -> None:
    await ledger.accept(unit, principal, entry, parts.read_sum(text), why)


async def _adjust(unit: Unit, principal: Principal, entry: UUID, text: str, why: str) -> None:
    await ledger.adjust(unit, principal, entry, parts.read_sum(text), why)


async def _pay(unit: Unit, principal: Principal, entry: UUID, _sum: str, why: str) -> None:
    await ledger.pay(unit, principal, [entry], why)


async def _cancel(unit: Unit, principal: Principal, entry: UUID, _sum: str, why: str) -> None:
    await ledger.cancel(unit, principal, entry, why)


_ADJUST = _Button("Изменить сумму", _adjust, "На сколько изменить, ₽ (со знаком)", "Причина")
_CANCEL = _Button("Отменить", _cancel, why="Причина", bad=True)
BUTTONS = {
    Status.REVIEW: (
        _Button("Начислить комиссию", _accept, "Сумма, ₽", "Комментарий"),
        _Button("Отклонить", _cancel, why="Причина", bad=True),
    ),
    Status.ACCRUED: (_Button("Подтвердить", _confirm), _ADJUST, _CANCEL),
    Status.CONFIRMED: (
        _Button("Отметить оплаченной", _pay, why="Комментарий"),
        _ADJUST,
        _CANCEL,
    ),
    Status.PAID: (_CANCEL,),
    Status.CANCELLED: (),
}


async def build(visit: Visit) -> None:
    """Draw the entry and the buttons that its status allows.

    Raises:
        ServiceError: `commission_not_found`, `page_not_found`.
    """
    tables.show_html(link("← Все комиссии", ROOT), "p")
    box = ui.element("div")
    await _draw(visit, box)


async def _draw(visit: Visit, box: ui.element) -> None:
    async with visit.unit() as (unit, principal):
        card = await overview.card(unit, principal, visit.uuid())
    box.clear()
    with box:
        _buttons(visit, box, card.entry)
        parts.show_card(card, f"{PREFIX}/admin/chats")


def _buttons(visit: Visit, box: ui.element, row: CommissionView) -> None:
    with ui.element("div").classes("links add"):
        for one in BUTTONS[row.status]:
            shown = ui.button(
                one.title,
                on_click=lambda one=one: _ask(visit, box, row, one),
                color="negative" if one.bad else "primary",
            )
            shown.props("no-caps outline" if one.bad else "no-caps unelevated")


async def _ask(visit: Visit, box: ui.element, row: CommissionView, button: _Button) -> None:
    title, total, why = button.title, button.total, button.why
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = title
        ui.label(title).classes("ask-title")
        amount = ui.input(total).props("outlined inputmode=decimal") if total else None
        reason = ui.input(why).props("outlined maxlength=500") if why else None

        async def do() -> None:
            async with visit.unit() as (unit, principal):
                await button.act(
                    unit,
                    principal,
                    row.id,
                    (amount.value or "") if amount is not None else "",
                    (reason.value or "") if reason is not None else "",
                )
            dialog.submit(True)

        with ui.row().classes("ask-buttons"):
            ui.button("Не сейчас", on_click=dialog.close, color=None).props("flat no-caps").classes(
                "quiet-button"
            )
            ui.button(title, on_click=visit.action(do)).props("no-caps unelevated")
    if await answer_of(dialog):
        ui.notify("Готово", type="positive")
        await visit.action(lambda: _draw(visit, box))()
