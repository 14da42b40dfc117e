"""Dialogs of a room: an inaccuracy of the assistant, a stopped message, the list of keys."""

from __future__ import annotations

from uuid import UUID

from nicegui import ui

from insurance_chat.conversations import incidents
from insurance_chat.operators.pull_away import appeals
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.markup import tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html

LONGEST = 1000  # characters of a report
KEYS = (
    ("C", "взять чат"),
    ("W", "писать клиенту"),
    ("N", "писать заметку"),
    ("R", "ответить на последние слова клиента"),
    ("T", "шаблоны"),
    ("V", "записать голосовое сообщение"),
    ("G", "озвучить текст и отправить клиенту"),
    ("H", "помощь с ответом"),
    ("M", "добавить метку"),
    ("I", "карточка клиента"),
    ("O", "оформить полис"),
    ("P", "передать чат"),
    ("B", "вернуть ассистенту"),
    ("E", "завершить чат"),
    ("Enter", "отправить"),
    ("Shift + Enter", "новая строка"),
    ("/", "шаблоны, в начале сообщения"),
    ("Esc", "выйти из поля, убрать цитату"),
    ("G, затем Q", "к очереди"),
    ("?", "этот список"),
)


async def report(visit: Visit, session: UUID, message: UUID) -> None:
    """Ask what is wrong with the assistant's words and tell the administrator."""
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Неточность в ответе ассистента"
        ui.label("Неточность в ответе ассистента").classes("ask-title")
        ui.label("Администратор увидит вопрос, ответ и источники и напишет вам решение.")
        field = ui.textarea("Что не так").props(f"outlined autofocus maxlength={LONGEST}")
        with ui.row().classes("ask-buttons"):
            ui.button("Отмена", on_click=dialog.close, color=None).props("flat no-caps").classes(
                "quiet-button"
            )
            ui.button("Сообщить", on_click=lambda: dialog.submit(field.value or "")).props(
                "no-caps"
            )
    words = await answer_of(dialog)
    if words is None:
        return

    async def send() -> None:
        async with visit.unit() as (unit, principal):
            details = {"messageId": str(message), "comment": str(words).strip()}
            await incidents.report(unit, principal, session, incidents.INACCURACY, details)
        ui.notify("Сообщение передано администратору", type="positive")

    await visit.action(send)()


async def stopped(visit: Visit, why: str, incident: str | None) -> None:
    """Say why a message was not sent; the agent may object, and the administrator decides.

    Args:
        why: in Russian.
        incident: public id of what was recorded.
    """
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Сообщение не отправлено"
        ui.label("Сообщение не отправлено").classes("ask-title")
        ui.label(why)
        field = ui.textarea("Почему это ошибка").props(f"outlined maxlength={appeals.LONGEST}")
        field.set_visibility(incident is not None)
        with ui.row().classes("ask-buttons"):
            ui.button("Изменить текст", on_click=dialog.close, color=None).props(
                "flat no-caps autofocus"
            ).classes("quiet-button")
            object_ = ui.button("Оспорить", on_click=lambda: dialog.submit(field.value or ""))
            object_.props("no-caps unelevated").set_visibility(incident is not None)
    words = await answer_of(dialog)
    if words is None or incident is None:
        return

    async def send() -> None:
        async with visit.unit() as (unit, principal):
            await appeals.appeal(unit, principal, UUID(incident), str(words))
        ui.notify("Администратор рассмотрит ваше возражение", type="positive")

    await visit.action(send)()


async def show_keys() -> None:
    """Show what keys do."""
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Клавиши"
        ui.label("Клавиши").classes("ask-title")
        ui.label("Буквы работают вне полей и при любой раскладке.")
        rows = (tag("div", tag("dt", tag("kbd", key)), tag("dd", does)) for key, does in KEYS)
        show_html(tag("dl", *rows, class_="keys"))
        with ui.row().classes("ask-buttons"):
            ui.button("Закрыть", on_click=dialog.close, color=None).props(
                "flat no-caps autofocus"
            ).classes("quiet-button")
    await answer_of(dialog)
