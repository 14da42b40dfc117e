"""One messenger account: its state, what is left to do, a trial, its owner, its templates."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from insurance_chat.channels import letters, owners
from insurance_chat.channels.owners import Owner
from insurance_chat.channels.ports import Template
from insurance_chat.channels.types import State
from insurance_chat.channels.views import ConnectionView, KindView
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.web import tables
from insurance_chat.web.admin import channels_words as words
from insurance_chat.web.admin.agent_forms import dialog_buttons
from insurance_chat.web.admin.channels_form import ChannelForm
from insurance_chat.web.admin.channels_pairing import Pairing
from insurance_chat.web.confirm import answer_of, confirm
from insurance_chat.web.markup import Markup, badge, join, link, tag, text
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment

LOOK_SECONDS = 3.0
NOBODY = ""
ADDRESS = "Адрес для событий мессенджера"
# What a messenger wants pasted is named in its sentence; words have no such length.
_TOKEN = re.compile(r"(?<![\w/:.-])[A-Za-z0-9_-]{20,}(?![\w/:.-])", re.ASCII)
OWNER_HINT = (
    "Если этот человек сам ответит клиенту в мессенджере, ассистент замолчит в этом чате, а ответ "
    "попадёт в переписку от его имени."
)
Done = Callable[[], Awaitable[None]]


async def build(visit: Visit) -> None:
    """Draw the account; it is drawn anew when its state changes."""
    tables.show_html(link("← Каналы", words.CHANNELS), "p")
    shown = _Account(visit, ui.element("div"))
    await shown.draw()
    ui.timer(LOOK_SECONDS, visit.action(shown.look_again))


def _outline(one: ConnectionView) -> tuple[object, ...]:
    """What makes the page be drawn anew: a new message alone would take a half-filled form away."""
    return one.state, one.words, one.title, one.wants, one.dead, one.owner_id, one.hook_url


class _Account:
    """The page of an account."""

    def __init__(self, visit: Visit, box: ui.element) -> None:
        self._visit, self._box = visit, box
        self._id = visit.uuid()
        self._desk = visit.services.messengers.desk
        self._view: ConnectionView | None = None

    async def _who(self) -> Principal:
        async with self._visit.unit() as (_, principal):
            return principal

    def _kind(self, view: ConnectionView) -> KindView | None:
        return next((one for one in self._desk.kinds() if one.code == view.kind), None)

    async def draw(self) -> None:
        """Draw it as it is now."""
        principal = await self._who()
        self._view = view = await self._desk.get(principal, self._id)
        people = await owners.choices(self._desk, principal, self._id)
        kind = self._kind(view)
        self._box.clear()
        with self._box:
            self._head(view)
            pairs = kind is not None and kind.pairs
            if pairs and view.state in (State.WAITING, State.FAILED):
                Pairing(self._visit, view, self.draw).draw()
            self._wants(view, pairs=pairs)
            self._trial(view)
            self._owner(people)
            if kind is not None and kind.templates:
                await self._templates(principal)
            self._more(view, kind)

    async def look_again(self) -> None:
        """Draw anew when the state has changed; otherwise only the figures."""
        view = await self._desk.get(await self._who(), self._id)
        if self._view is None or _outline(view) != _outline(self._view):
            await self.draw()
        elif view != self._view:
            self._view = view
            self._figures.set_content(_facts(view))

    def _head(self, view: ConnectionView) -> None:
        with ui.element("section").classes("panel"):
            tables.show_html(tag("span", view.title), "h2")
            tables.show_html(_about(view), "p", "hint")
            tables.show_html(_state(view), "p")
            self._figures = tables.show_html(_facts(view), "dl", "figures four")
            with ui.row().classes("form-buttons below"):
                self._button("Проверить сейчас", self._probe, first=True)
                paused = view.state is State.PAUSED
                if view.state is not State.WAITING:
                    self._button(
                        "Возобновить" if paused else "Приостановить",
                        self._resume if paused else self._pause,
                    )
                self._button("Переименовать", self._rename)
                self._button("Удалить", self._remove).classes("danger")

    def _button(self, title: str, handler: Done, *, first: bool = False) -> ui.button:
        button = ui.button(title, on_click=self._visit.action(handler), color=None)
        button.props("no-caps outline" if first else "no-caps flat").classes("quiet-button")
        return button

    def _wants(self, view: ConnectionView, *, pairs: bool) -> None:
        # The code itself and how to scan it are on the page already.
        wants = [one for one in view.wants if not (pairs and "QR-код" in one)]
        if not wants:
            return
        with ui.element("section").classes("panel"), ui.element("div").classes("form"):
            steps = [tag("li", one) for one in wants]
            tables.show_html(join(tag("h2", "Осталось сделать"), tag("ul", *steps)))
            if any("адрес" in one or view.hook_url in one for one in wants):
                words.copied(ADDRESS, view.hook_url)
            for token in _tokens(view):
                words.copied("Проверочный токен", token)

    def _trial(self, view: ConnectionView) -> None:
        with ui.element("section").classes("panel"):
            tables.show_html(tag("span", "Проверочное сообщение"), "h2")
            hint = "Уйдёт тому, кто писал последним: напишите сюда сами и нажмите кнопку."
            tables.show_html(tag("span", hint), "p", "hint")
            send = self._button("Отправить проверочное сообщение", self._send_trial, first=True)
            if view.state is not State.ACTIVE:
                send.disable()

    async def _send_trial(self) -> None:
        said = await letters.test_message(self._desk, await self._who(), self._id)
        ui.notify(said, type="positive")

    def _owner(self, people: Sequence[Owner]) -> None:
        names = {NOBODY: "Никто", **{str(one.id): one.name for one in people}}
        chosen = next((str(one.id) for one in people if one.chosen), NOBODY)
        with ui.element("section").classes("panel"):
            tables.show_html(tag("span", "Кто отвечает вручную"), "h2")
            tables.show_html(tag("span", OWNER_HINT), "p", "hint")
            field = ui.select(names, value=chosen, label="Сотрудник").props("outlined")
            field.classes("short")

            async def choose() -> None:
                owner = next((one.id for one in people if str(one.id) == field.value), None)
                await owners.choose(self._desk, await self._who(), self._id, owner)
                ui.notify("Сохранено", type="positive")

            field.on_value_change(self._visit.action(choose))

    async def _templates(self, principal: Principal) -> None:
        with ui.element("section").classes("panel"):
            tables.show_html(tag("span", "Шаблоны WhatsApp"), "h2")
            try:
                found = await letters.templates(self._desk, principal, self._id)
            except ServiceError as error:
                tables.show_html(tag("span", error.message), "p", "verdict bad")
                return
            if not found:
                advice = "Шаблоны создаются в WhatsApp Manager; после одобрения они появятся здесь."
                tables.show_html(tag("span", advice), "p", "hint")
                return
            columns: list[Column[Template]] = [
                Column("Название", lambda one: f"{one.name} ({one.language})", kind="wrap"),
                Column("Текст", lambda one: one.text, kind="wrap"),
                Column("Состояние", _approval),
            ]
            tables.table(self._visit, "Шаблоны", columns, list(found), len(found))

    def _more(self, view: ConnectionView, kind: KindView | None) -> None:
        if kind is None:
            return
        with ui.expansion("Обновить данные для входа").classes("panel"):
            words.copied(ADDRESS, view.hook_url)
            hint = "Например, после выпуска нового токена. Чаты и адрес останутся прежними."
            tables.show_html(tag("span", hint), "p", "hint")
            with ui.element("form").classes("form").props("novalidate") as form:
                fields = ChannelForm(kind.fields)
                button = ui.button("Проверить и сохранить").props("no-caps outline type=submit")

            async def save() -> None:
                principal = await self._who()
                made = await fields.tried(
                    button, lambda: self._desk.reconnect(principal, self._id, fields.values())
                )
                if made is not None:
                    ui.notify("Сохранено, работает с новыми данными", type="positive")
                    await self.draw()

            form.on("submit.prevent", self._visit.action(save))

    async def _probe(self) -> None:
        probe = await self._desk.probe(await self._who(), self._id)
        ui.notify(probe.words, type="positive" if probe.ok else "negative", multi_line=True)
        await self.draw()

    async def _pause(self) -> None:
        detail = "Сообщения клиентов сохранятся, ответы уйдут, когда вы возобновите работу."
        if await confirm("Приостановить канал?", detail, "Приостановить"):
            await self._desk.pause(await self._who(), self._id)
            await self.draw()

    async def _resume(self) -> None:
        await self._desk.resume(await self._who(), self._id)
        await self.draw()

    async def _remove(self) -> None:
        assert self._view is not None
        detail = "Ассистент перестанет отвечать здесь, ключи сотрутся. Переписка останется в разделе «Чаты»."
        if await confirm(f"Удалить «{self._view.title}»?", detail, "Удалить"):
            await self._desk.remove(await self._who(), self._id)
            ui.notify("Канал удалён", type="positive")
            ui.navigate.to(words.CHANNELS.removeprefix(PREFIX))

    async def _rename(self) -> None:
        assert self._view is not None
        with ui.dialog() as dialog, ui.card().classes("ask"):
            dialog.props["aria-label"] = "Переименовать канал"
            ui.label("Переименовать канал").classes("ask-title")
            field = ui.input("Название", value=self._view.title)
            field.props("outlined autofocus maxlength=100")

            async def save() -> None:
                await self._desk.rename(await self._who(), self._id, field.value or "")
                dialog.submit(True)

            dialog_buttons(dialog, "Сохранить", self._visit.action(save))
        if await answer_of(dialog):
            await self.draw()


def _about(view: ConnectionView) -> Markup:
    phone = str(view.options.get("phone") or "")
    return text(f"{view.kind_title}, {phone}" if phone else view.kind_title)


def _state(view: ConnectionView) -> Markup:
    title, tone = words.STATES.get(view.state, (view.state.value, ""))
    since = tag("small", f"с {moment(view.error_at)}") if view.error_at else None
    shown = view.words if view.words.rstrip(".") != title else ""
    return join(badge(title, tone), " ", shown, " ", since)


def _tokens(view: ConnectionView) -> list[str]:
    said = " ".join(view.wants).replace(view.hook_url, " ")
    return list(dict.fromkeys(_TOKEN.findall(said)))


def _facts(view: ConnectionView) -> Markup:
    dead = link(str(view.dead), words.LETTERS) if view.dead else "0"
    facts = (
        ("Последнее принятое", words.when(view.last_in_at)),
        ("Последнее отправленное", words.when(view.last_out_at)),
        ("Чаты", link(str(view.chats), f"{PREFIX}/admin/chats?channel={view.channel}")),
        ("Не дошло до клиентов", dead),
    )
    return join(*(tag("div", tag("dt", title), tag("dd", value)) for title, value in facts))


def _approval(one: Template) -> Markup:
    known = {"APPROVED": ("Одобрен", "good"), "REJECTED": ("Отклонён", "bad")}
    return badge(*known.get(one.status.upper(), (f"На проверке: {one.status.lower()}", "warn")))
