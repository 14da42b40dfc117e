"""The bar of every staff page: own status, how much waits, sound and browser notifications."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

from nicegui import ui
from nicegui.events import GenericEventArguments

from insurance_chat.accounts import agents
from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.conversations.handover import queue, requests
from insurance_chat.conversations.handover.queue import Desk, Waiting
from insurance_chat.conversations.handover.texts import reason_words
from insurance_chat.core.clock import utcnow
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, join, tag, text
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import AGENT_STATES, plural

QUEUE = f"{PREFIX}/workspace/chats"


@cache
def script() -> str:
    """JavaScript of all staff pages: toasts, sound, ticking times, keys."""
    return resources.files(__package__ or "").joinpath("static/notices.js").read_text("utf-8")


async def set_status(visit: Visit, status: AgentStatus) -> None:
    """Change the caller's status on all their open pages; asks first when they leave clients alone.

    The queue is shown at once: every page of the company looks at it again.
    """
    async with visit.unit() as (unit, principal):
        held = len((await queue.look(unit, principal)).held)
    if status is AgentStatus.OFFLINE and held and not await _leaves(held):
        async with visit.unit() as (unit, principal):
            await visit.live.tell(await queue.look(unit, principal))
        return
    async with visit.unit() as (unit, principal):
        await agents.set_status(unit, principal, UUID(principal.user_public_id), status)
        await requests.wake(unit, principal.tenant_id)


async def _leaves(held: int) -> bool:
    chats = plural(held, "чат", "чата", "чатов")
    return await confirm(
        f"У вас {chats} в работе",
        "Клиенты ждут вас. Верните чаты ассистенту или передайте коллеге, иначе они останутся за "
        "вами, пока открыта эта страница.",
        "Всё равно уйти",
        "Остаться",
    )


class Bar:
    """The right part of the top bar of one page."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._status: ui.element | None = None

    def draw(self) -> None:
        """Draw it inside the header and keep it fresh."""
        self._count = show_html(_counts(Desk([], [], [])), "div", "counts")
        show_html(_bell(), "div")
        if not self._visit.principal.is_admin:
            self._draw_status()
        self._state = ui.element("div").props('id=staff-state hidden data-state="{}"')
        self._visit.live.on_desk(self._show)

    def _draw_status(self) -> None:
        with ui.element("label").classes("my-status") as self._box:
            show_html(text("Мой статус"), "span", "hidden-text")
            with ui.element("select") as self._status:
                for code, (title, _) in AGENT_STATES.items():
                    show_html(text(title), "option").props["value"] = code
        self._status.props["value"] = AgentStatus.OFFLINE.value
        self._status.on(
            "change",
            self._visit.action(self._choose),
            js_handler="(event) => emit(event.target.value)",
        )

    async def _choose(self, event: GenericEventArguments) -> None:
        await set_status(self._visit, AgentStatus(event.args))

    async def _show(self, desk: Desk) -> None:
        self._count.content = _counts(desk)
        if self._status is not None:
            self._status.props["value"] = desk.status
            self._status.update()
            self._box.props["data-status"] = desk.status
            self._box.update()
        self._state.props["data-state"] = json.dumps(snapshot(self._visit, desk))
        self._state.update()


def _counts(desk: Desk) -> Markup:
    waiting, own = len(desk.waiting), desk.unanswered
    if not waiting and not own:
        return join()
    told = ", ".join(
        (
            f"{plural(waiting, 'заявка ждёт', 'заявки ждут', 'заявок ждут')} агента",
            f"{plural(own, 'ваш чат', 'ваших чата', 'ваших чатов')} без ответа",
        )
    )
    return tag(
        "a",
        _count("group_add", waiting, "warn"),
        _count("mark_chat_unread", own, "bad"),
        tag("span", told, class_="hidden-text"),
        href=QUEUE,
        title=told,
    )


def _count(icon: str, number: int, tone: str) -> Markup | None:
    if not number:
        return None
    picture = tag("i", icon, class_="material-icons", aria_hidden="true")
    return tag("span", picture, str(number), class_=f"count {tone}", aria_hidden="true")


def _bell() -> Markup:
    picture = tag("i", "notifications", class_="material-icons", aria_hidden="true")
    return tag(
        "details",
        tag("summary", picture, tag("span", "Уведомления", class_="hidden-text")),
        tag(
            "div",
            tag("button", "Включить уведомления", type="button", class_="plain", data_permit=True),
            tag("p", "", class_="hint", data_permission=True),
            tag("button", "Звук", type="button", class_="plain", data_sound=True),
            tag("button", "Проверить звук", type="button", class_="plain", data_try=True),
            class_="bell-box",
        ),
        class_="bell",
    )


def snapshot(visit: Visit, desk: Desk) -> dict[str, Any]:
    """What the page's script compares with what it has told before; nothing of what clients said.

    A free agent is rung for every request, a busy one for those that ask for them by name; for words
    in an own chat everybody is rung.
    """
    free = desk.status == AgentStatus.AVAILABLE
    busy = desk.status == AgentStatus.BUSY
    agent = not visit.principal.is_admin
    return {
        "me": visit.principal.user_public_id,
        "now": int(utcnow().timestamp() * 1000),
        "queue": QUEUE,
        "waiting": [
            _told(row, request_words(row))
            | {"rings": agent and (free or (busy and row.for_me)), "title": _title(row)}
            for row in desk.waiting
        ],
        "held": [
            _told(row, f"{row.client or 'Клиент'} ждёт вашего ответа.")
            | {"seq": row.unanswered, "title": "Клиент написал в вашем чате"}
            for row in desk.held
        ],
        "taken": [{"id": str(row.session), "text": row.text} for row in desk.taken],
    }


def _told(row: Waiting, words: str) -> dict[str, Any]:
    return {
        "id": str(row.session),
        "since": int(row.since.timestamp() * 1000),
        "url": f"{QUEUE}/{row.session}",
        "text": words,
    }


def _title(row: Waiting) -> str:
    return "Клиент просит вас" if row.for_me else "Новая заявка: клиент ждёт агента"


def request_words(row: Waiting) -> str:
    """Why a client wants a human, in a short sentence."""
    return reason_words(row.reason)
