"""«Примеры для проверки»: turns that went wrong, as scripts by which assistants are judged."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.conversations.quality import cases
from insurance_chat.conversations.quality.cases import CaseView
from insurance_chat.web import tables
from insurance_chat.web.admin.chats import ROOT as CHATS
from insurance_chat.web.admin.why_words import command_text
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment

COMMAND = "insurance-chat eval --cases"


async def build(visit: Visit) -> None:
    """Draw the list."""
    words = (
        "Пример — это ответ, который вы сочли неудачным, вместе с тем, как надо. Сделайте его из чата: "
        "«Все чаты» → чат → «Почему так ответил?». Примеры проверяет команда "
    )
    tables.show_html(
        tag("p", words, tag("code", COMMAND), ": она скажет, какие исправлены.", class_="lead")
    )
    async with visit.unit() as (unit, principal):
        page = await cases.list_cases(
            unit, principal, offset=tables.offset(visit), limit=tables.SIZE
        )
    if page.rows:
        tables.table(visit, "Примеры для проверки", _columns(visit), page.rows, page.total)
    else:
        tables.empty(
            "Примеров пока нет",
            "Когда ассистент ответит неудачно, откройте чат и нажмите у ответа «Почему так ответил?».",
            tag("p", link("Все чаты", CHATS)),
        )


def _columns(visit: Visit) -> list[Column[CaseView]]:
    return [
        Column("Слова клиента", _title, kind="wide"),
        Column("Как надо", lambda row: _expected(visit, row), kind="wide"),
        Column("Когда и кто", _made, kind="wrap"),
        Column("Действия", lambda row: _buttons(visit, row), kind="act"),
    ]


def _title(row: CaseView) -> Markup:
    told = tag("div", tag("small", f"Ответил: {_short(row.answer)}"))
    return join(tag("b", row.title), told)


def _expected(visit: Visit, row: CaseView) -> Markup:
    slots, flows = visit.services.catalog.slots, visit.services.catalog.flows
    titles = {name: flow.title for name, flow in flows.items()}
    wanted = row.expected
    lines = [f"понять: {command_text(one, slots, titles)}" for one in wanted.commands]
    lines += [f"сказать: «{one}»" for one in wanted.says]
    lines += [f"не говорить: «{one}»" for one in wanted.not_says]
    comment = tag("div", tag("small", wanted.comment)) if wanted.comment else None
    return join(*(tag("div", line) for line in lines), comment)


def _made(row: CaseView) -> Markup:
    chat = link("Чат", f"{CHATS}/{row.session}") if row.session is not None else None
    return join(
        tag("div", moment(row.created_at)), tag("div", tag("small", row.author or "—")), chat
    )


def _buttons(visit: Visit, row: CaseView) -> None:
    async def save() -> None:
        async with visit.unit() as (unit, principal):
            case = await cases.export(unit, principal, row.id)
        name = f"case-{str(case.id)[:8]}.yml"
        ui.download.content(case.yaml(), name, "application/yaml")

    async def remove() -> None:
        async with visit.unit() as (unit, principal):
            await cases.remove(unit, principal, row.id)
        ui.navigate.to(visit.address().removeprefix(PREFIX))

    async def ask() -> None:
        detail = "Проверка больше не будет его играть. Чат останется."
        if await confirm(f"Удалить пример «{_short(row.title)}»?", detail, "Удалить", "Оставить"):
            await visit.action(remove)()

    with ui.element("div").classes("links"):
        for title, click, tone in (("Скачать", save, "quiet-button"), ("Удалить", ask, "danger")):
            button = ui.button(title, on_click=visit.action(click), color=None)
            button.props("flat dense no-caps").classes(tone)
            button.props["aria-label"] = f"{title} пример «{_short(row.title)}»"


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 120 else line[:119] + "…"
