"""Versions of a document: who did what and when, what has changed, taking an old text back."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from insurance_chat.knowledge.editing import Sheet
from insurance_chat.knowledge.structure import state_of
from insurance_chat.knowledge.versions import service
from insurance_chat.knowledge.versions.difference import Change, Segment
from insurance_chat.knowledge.versions.repository import HistoryRow
from insurance_chat.knowledge.versions.service import VERBS, Story, VersionView
from insurance_chat.web.acts import EMIT, act
from insurance_chat.web.admin import documents
from insurance_chat.web.admin.knowledge_words import page_of, source_link, validity
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.words import moment

SHOWN = 100  # changes of a comparison
CHANGES = {"new": ("Добавлено", "good"), "gone": ("Убрано", "bad"), "changed": ("Изменено", "info")}
STATES = {
    "published": ("Отвечает", "good"),
    "replaced": ("Прежняя", ""),
    "deleted": ("В корзине", "bad"),
}


async def draw(visit: Visit, sheet: Sheet) -> None:
    """Draw the versions, the history, and a comparison when one is asked for."""
    async with visit.unit() as (unit, principal):
        story = await service.story(unit, principal, sheet.id)
    box = ui.html(_story(story), sanitize=False, tag="section").classes("panel")
    compared = ui.html("", sanitize=False).props("role=status tabindex=-1")

    async def pressed(event: GenericEventArguments) -> None:
        what, version_id = event.args
        if what == "compare":
            newest = next(one for one in story.versions if one.status != "deleted")
            found = await service.difference(visit.services.db, principal, version_id, newest.id)
            compared.set_content(_compared(*found))
            _ = ui.run_javascript(f"getElement({compared.id}).$el.scrollIntoView()")
        else:
            await _roll_back(visit, version_id)

    box.on("click", visit.action(pressed), js_handler=EMIT)


async def _roll_back(visit: Visit, version_id: str) -> None:
    detail = "Её текст станет новой версией, ассистент сразу начнёт отвечать по нему."
    if await confirm("Вернуть эту версию?", detail, "Вернуть"):
        done = await documents.roll_back(visit, version_id)
        ui.navigate.to(page_of(done.id).removeprefix(PREFIX))


def _story(story: Story) -> Markup:
    lines = [_version(one) for one in story.versions]
    history = [_line(row) for row in story.history]
    return join(
        tag("h2", "Версии"),
        tag("ul", *lines, class_="documents"),
        tag("h2", "История", class_="minor"),
        tag("ul", *history, class_="documents")
        if history
        else tag("p", "Документ пришёл вместе с сервисом.", class_="hint"),
    )


def _version(one: VersionView) -> Markup:
    name = link(f"Версия {one.version}", page_of(one.id))
    if one.status == "deleted":
        name = tag("span", f"Версия {one.version}")
    active = state_of(one.valid_from, one.valid_until) == "active"
    state = badge(*STATES[one.status]) if active or one.status != "published" else None
    about = join(state, validity(one.valid_from, one.valid_until), between=" ")
    buttons: list[Markup] = []
    if one.status == "replaced":
        label = f"версию {one.version}"
        buttons = [
            act("compare", "Что изменилось", one.id, f"Что изменилось после версии {one.version}"),
            act("back", "Вернуть", one.id, f"Вернуть {label}"),
        ]
    file = source_link(one.id, f"версия {one.version}") if one.status != "deleted" else None
    when = tag("small", moment(one.created_at))
    return tag("li", tag("span", name, " ", about, " ", when, class_="grow"), file, *buttons)


def _line(row: HistoryRow) -> Markup:
    what = VERBS.get(row.verb, row.verb)
    details = f": {row.details}" if row.details else ""
    who = row.user or "сервис"
    # A file gets its number when it is published.
    number = "" if row.verb == "uploaded" else f"версия {row.version} · "
    return tag(
        "li",
        tag("span", f"{what}{details}", class_="grow"),
        tag("small", f"{number}{who} · {moment(row.at)}"),
    )


def _compared(old: VersionView, new: VersionView, changes: Sequence[Change]) -> Markup:
    title = tag("h2", f"Версия {old.version} → версия {new.version}")
    if not changes:
        return tag("section", title, tag("p", "Тексты совпадают."), class_="panel")
    rows = [
        tag(
            "li",
            tag("p", badge(*CHANGES[one.kind]), " ", tag("b", one.place)),
            tag("p", *map(_segment, one.segments), class_="said"),
        )
        for one in changes[:SHOWN]
    ]
    more = f"Показаны первые {SHOWN} из {len(changes)}." if len(changes) > SHOWN else None
    hint = tag("p", more, class_="hint") if more else None
    return tag("section", title, tag("ol", *rows, class_="passages"), hint, class_="panel")


def _segment(one: Segment) -> Markup:
    if one.mark == "same":
        return join(one.text)
    return tag("ins" if one.mark == "new" else "del", one.text)
