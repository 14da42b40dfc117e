"""Webhooks of other systems: a block of «Настройки»."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.integrations import addresses
from insurance_chat.integrations import service as webhooks
from insurance_chat.integrations.events import EventType
from insurance_chat.integrations.service import NewSubscription, Subscription
from insurance_chat.web import tables
from insurance_chat.web.confirm import answer_of, confirm
from insurance_chat.web.markup import Markup, badge, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment

Refresh = Callable[[], Awaitable[None]]
EVENTS = {
    EventType.CHAT_MESSAGE_CREATED: "Новое сообщение в чате",
    EventType.CHAT_HANDOVER_REQUESTED: "Клиент просит агента",
    EventType.CHAT_HANDOVER_CLAIMED: "Агент взял чат",
    EventType.POLICY_QUOTE_REQUESTED: "Запрошен расчёт",
    EventType.POLICY_QUOTE_COMPLETED: "Расчёт готов",
    EventType.POLICY_QUOTE_FAILED: "Расчёт не удался",
    EventType.POLICY_ISSUE_REQUESTED: "Начато оформление",
    EventType.POLICY_ISSUE_COMPLETED: "Оформление завершено",
    EventType.POLICY_ISSUE_FAILED: "Оформление не удалось",
    EventType.POLICY_ISSUED: "Полис выпущен",
    EventType.KB_DOC_INGESTED: "Документ загружен",
    EventType.KB_DOC_COMMITTED: "Документ опубликован",
    EventType.KB_DOC_DELETED: "Документ удалён",
    EventType.INCIDENT_CREATED: "Новый инцидент",
    EventType.UPDATE_DETECTED: "Найдено обновление",
    EventType.UPDATE_APPROVED: "Обновление одобрено",
    EventType.UPDATE_IMPORTED: "Обновление загружено",
    EventType.NOTIFICATION_EMAIL_SENT: "Письмо отправлено",
    EventType.CHANNEL_FILE_SENT: "Файл отправлен в канал",
}


async def build(visit: Visit) -> None:
    """Draw the list and the button that adds one."""
    tables.show_html(tag("span", "Вебхуки"), "h2", "apart")
    words = (
        "Сервис сообщает о событиях другим системам: отправляет POST с подписью на указанный адрес. "
        "Описание событий и проверки подписи — в документации для разработчиков."
    )
    tables.show_html(tag("p", words, class_="lead"))
    add = ui.button("Добавить вебхук", icon="add").props("no-caps unelevated").classes("add")
    box = ui.element("div")

    async def refresh() -> None:
        await _draw(visit, box, refresh)

    add.on_click(lambda: _add(visit, refresh))
    await refresh()


async def _draw(visit: Visit, box: ui.element, refresh: Refresh) -> None:
    async with visit.unit() as (unit, principal):
        found = await webhooks.list_subscriptions(unit, principal)
    box.clear()
    with box:
        if found:
            tables.table(visit, "Вебхуки", _columns(visit, refresh), found, len(found))
        else:
            tables.empty(
                "Вебхуков нет",
                "Добавьте адрес, если CRM или другая система должна узнавать о событиях.",
            )


def _columns(visit: Visit, refresh: Refresh) -> list[Column[Subscription]]:
    def delete(row: Subscription) -> None:
        button = ui.button("Удалить", on_click=lambda: _delete(visit, refresh, row), color=None)
        button.props("flat dense no-caps").classes("danger")
        button.props["aria-label"] = f"Удалить вебхук {row.url}"

    return [
        Column("Адрес", lambda row: row.url, kind="wide"),
        Column("События", _types, kind="wrap"),
        Column("Состояние", _state),
        Column("Добавлен", lambda row: moment(row.created_at)),
        Column("Действия", delete, kind="act"),
    ]


def _types(row: Subscription) -> str:
    return ", ".join(EVENTS.get(EventType(one), one) for one in row.types) or "все"


def _state(row: Subscription) -> Markup:
    if row.active:
        return badge("Работает", "good")
    # The receiver answered 410 Gone; see the notes on webhooks.
    return badge("Отключён получателем", "bad")


async def _add(visit: Visit, refresh: Refresh) -> None:
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Новый вебхук"
        ui.label("Новый вебхук").classes("ask-title")
        url = ui.input("Адрес", placeholder="https://crm.example.ru/hook")
        url.props("outlined autofocus type=url")
        types = ui.select(
            {event.value: title for event, title in EVENTS.items()},
            multiple=True,
            value=[],
            label="События (пусто — все)",
        ).props("outlined use-chips")

        async def save() -> None:
            settings = visit.services.settings.integrations
            private = settings.webhook_allow_private_addresses
            async with visit.unit():
                pass
            await addresses.check_target(url.value or "", allow_private=private)
            async with visit.unit() as (unit, principal):
                made = await webhooks.subscribe(
                    unit, principal, settings, url.value or "", types.value
                )
            dialog.submit(made)

        with ui.row().classes("ask-buttons"):
            ui.button("Отмена", on_click=dialog.close, color=None).props("flat no-caps").classes(
                "quiet-button"
            )
            ui.button("Добавить", on_click=visit.action(save)).props("no-caps unelevated")
    made = await answer_of(dialog)
    if made is not None:
        await refresh()
        await _show_secret(made)


async def _show_secret(made: NewSubscription) -> None:
    with ui.dialog().props("persistent") as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Секрет вебхука"
        ui.label("Вебхук добавлен").classes("ask-title")
        ui.label("Этим секретом получатель проверяет подпись. Он показан один раз: запишите его.")
        ui.input("Секрет", value=made.secret).props("outlined readonly autofocus")
        with ui.row().classes("ask-buttons"):
            ui.button("Секрет записан", on_click=dialog.close).props("no-caps unelevated")
    await answer_of(dialog)


async def _delete(visit: Visit, refresh: Refresh, row: Subscription) -> None:
    detail = "События больше не уйдут на этот адрес, в том числе те, что ждали отправки."
    if not await confirm(f"Удалить вебхук {row.url}?", detail, "Удалить"):
        return

    async def delete() -> None:
        async with visit.unit() as (unit, principal):
            await webhooks.unsubscribe(unit, principal, row.public_id)
        ui.notify("Вебхук удалён", type="positive")
        await refresh()

    await visit.action(delete)()
