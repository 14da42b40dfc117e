"""«Языковая модель»: keys with their use and a trial of each, and how the assistant speaks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.llm import tokens
from insurance_chat.llm.failures import SHORT
from insurance_chat.llm.tokens import TokenView
from insurance_chat.web import tables
from insurance_chat.web.admin import model_forms
from insurance_chat.web.confirm import answer_of, confirm
from insurance_chat.web.markup import Markup, badge, join, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment

Refresh = Callable[[], Awaitable[None]]


async def build(visit: Visit) -> None:
    """Draw the keys, then the profile of the assistant."""
    tables.show_html(tag("span", "Ключи"), "h2")
    words = (
        "Первым берётся ключ с меньшим номером очереди. Если он не отвечает, исчерпан или отказал, "
        "вопрос сразу уходит следующему. Когда не ответил ни один, клиенту отвечают правила. Госномер, "
        "дату, «да» или нажатую кнопку ассистент понимает без модели, на них запросы не тратятся."
    )
    tables.show_html(tag("p", words, class_="lead"))
    new = ui.button("Добавить ключ", icon="add").props("no-caps unelevated").classes("add")
    box = ui.element("div")

    async def refresh() -> None:
        await _draw(visit, box, refresh)

    new.on_click(lambda: model_forms.key_form(visit, refresh, None))
    await refresh()
    await model_forms.profile_form(visit)


async def _draw(visit: Visit, box: ui.element, refresh: Refresh) -> None:
    async with visit.unit() as (unit, principal):
        found = await tokens.list_tokens(unit, principal)
    box.clear()
    with box:
        if found:
            first = tables.offset(visit)
            shown = found[first : first + tables.SIZE]
            tables.table(visit, "Ключи", _columns(visit, refresh), shown, len(found))
        else:
            tables.empty(
                "Ключей нет",
                "Сейчас отвечают правила и база знаний. Модель нужна, чтобы понимать любые слова.",
            )


def _columns(visit: Visit, refresh: Refresh) -> list[Column[TokenView]]:
    return [
        Column("Ключ", _name, kind="wrap"),
        Column("Модели", lambda row: ", ".join(row.model_access), kind="wrap"),
        Column("Запросы", _usage, kind="wrap"),
        Column("Очередь", lambda row: str(row.priority), kind="num"),
        Column("Состояние", _state, kind="wrap"),
        Column("Действия", lambda row: _buttons(visit, refresh, row), kind="act"),
    ]


def _name(row: TokenView) -> Markup:
    return join(
        tag("b", row.name), " ", tag("small", row.hint), tag("div", tag("small", row.notes))
    )


def _usage(row: TokenView) -> Markup:
    def of(used: int, limit: int | None) -> str:
        return f"{used} из {limit}" if limit is not None else str(used)

    today = f"сегодня {of(row.daily_usage, row.daily_limit)}"
    month = f"за месяц {of(row.monthly_usage, row.monthly_limit)}"
    spent = tag("div", tag("small", f"токенов за месяц {row.monthly_tokens}"))
    return join(tag("div", today), tag("div", month), spent)


def _state(row: TokenView) -> Markup:
    if not row.is_active:
        return badge("Выключен")
    if row.resting_until is not None:
        why = SHORT.get(row.last_failure or "", "не отвечает")
        until = tag("small", f"до {moment(row.resting_until)}")
        return join(badge(f"Отдыхает: {why}", "warn"), " ", until)
    daily = row.daily_limit is not None and row.daily_usage >= row.daily_limit
    monthly = row.monthly_limit is not None and row.monthly_usage >= row.monthly_limit
    return badge("Лимит исчерпан", "warn") if daily or monthly else badge("Включён", "good")


def _buttons(visit: Visit, refresh: Refresh, row: TokenView) -> None:
    def button(title: str, click: Callable[[], Awaitable[None]]) -> ui.button:
        shown = ui.button(title, on_click=click, color=None)
        shown.props("flat dense no-caps").classes("quiet-button")
        shown.props["aria-label"] = f"{title}: {row.name}"
        return shown

    async def test() -> None:
        async with visit.unit() as (_, principal):
            pass
        verdict = await visit.services.models.tester.test(principal, row.id)
        # Before the list is drawn anew: that takes away the button that this event belongs to.
        if verdict.ok:
            ui.notify(f"{row.name}. {verdict.words}", type="positive", multi_line=True)
        else:
            await _tell(row.name, verdict.words)
        await refresh()

    async def switch() -> None:
        async with visit.unit() as (unit, principal):
            await tokens.change(unit, principal, row.id, {"is_active": not row.is_active})
        await refresh()

    with ui.element("div").classes("links"):
        button("Проверить", visit.action(test))
        if row.from_settings:
            return
        button("Изменить", lambda: model_forms.key_form(visit, refresh, row))
        button("Выключить" if row.is_active else "Включить", visit.action(switch))
        button("Удалить", lambda: _delete(visit, refresh, row)).classes("danger")


async def _tell(name: str, words: str) -> None:
    # A dialog, because this is read, thought over and acted upon.
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = f"Проверка ключа {name}"
        ui.label(f"{name}: не работает").classes("ask-title")
        ui.label(words)
        with ui.row().classes("ask-buttons"):
            ui.button("Понятно", on_click=dialog.close).props("no-caps unelevated autofocus")
    await answer_of(dialog)


async def _delete(visit: Visit, refresh: Refresh, row: TokenView) -> None:
    detail = "Сервис забудет ключ и его счётчики. У поставщика ключ останется."
    if not await confirm(f"Удалить ключ «{row.name}»?", detail, "Удалить"):
        return

    async def delete() -> None:
        async with visit.unit() as (unit, principal):
            await tokens.remove(unit, principal, row.id)
        ui.notify("Ключ удалён", type="positive")
        await refresh()

    await visit.action(delete)()
