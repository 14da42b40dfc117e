"""«Оформление»: the agent fills the sale of the client whose chat they lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

import structlog
from nicegui import Client, background_tasks, ui
from nicegui.events import ValueChangeEventArguments

from insurance_chat.conversations.handover import claiming
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.operators.sales import form as sales
from insurance_chat.operators.sales import layout
from insurance_chat.operators.sales.views import OfferLine, SaleForm, Section, Stage
from insurance_chat.web.markup import join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.workspace import sale_parts
from insurance_chat.web.workspace.sale_fields import FieldBox

log = structlog.get_logger()
LOOK_SECONDS = 20.0
_NOT_LED = frozenset({"not_your_chat", "already_claimed"})


async def build(visit: Visit) -> None:
    """Draw the form and keep it fresh.

    Raises:
        ServiceError: `session_not_found`, `page_not_found`.
    """
    await SalePage(visit, visit.uuid()).build()


def sale_path(session: UUID) -> str:
    """Where a sale of a chat is filled."""
    return f"{PREFIX}/workspace/chats/{session}/sale"


class SalePage:
    """The sale of one chat on one screen.

    Args:
        visit: whose screen it is.
        session: public id of the conversation.
    """

    def __init__(self, visit: Visit, session: UUID) -> None:
        self._visit = visit
        self._session = session
        self._boxes: dict[str, FieldBox] = {}
        self._sections: list[ui.element] = []
        self._drivers: ui.element | None = None  # only a form that asks who drives has them
        self._drawn: dict[str, object] = {}
        self._busy = False
        self._wanted: str | None = None  # what is to be issued, as long as no sale is under way

    async def build(self) -> None:
        """Draw all parts, or why there is nothing to draw.

        Raises:
            ServiceError: `session_not_found`.
        """
        chat = link("← К чату", f"{PREFIX}/workspace/chats/{self._session}")
        show_html(chat, "p", "sale-back")
        self._page = ui.element("div").classes("sale")
        try:
            form = await self._read()
        except ServiceError as error:
            if error.code not in _NOT_LED:
                raise
            self._refuse(error)
            return
        with self._page:
            self._draw_side(form)
            self._main = ui.element("div").classes("sale-main")
        self._draw_main(form)
        self._show(form)
        client = ui.context.client
        following = self._follow(client, form.conversation_id)
        client.on_delete(background_tasks.create(following, name="follow sale").cancel)

    async def _read(self) -> SaleForm:
        async with self._visit.unit() as (unit, principal):
            catalog = self._visit.services.catalog
            form = await sales.read(unit, catalog, principal, self._session)
            if form.started or self._wanted in (None, form.flow):
                return form
            return await sales.read(unit, catalog, principal, self._session, self._wanted)

    def _draw_main(self, form: SaleForm) -> None:
        """Draw the fields of one product; those of another one are gone."""
        self._main.clear()
        self._boxes, self._sections, self._drivers = {}, [], None
        for part in ("offers", "drivers"):
            self._drawn.pop(part, None)
        self._flow = form.flow
        with self._main:
            self._offers = ui.element("section").classes("panel")
            for section in form.sections:
                self._draw_section(section)
            self._draw_bar()

    def _draw_side(self, form: SaleForm) -> None:
        with ui.element("aside").classes("sale-side").props('aria-label="Ход оформления"'):
            with ui.element("section").classes("panel"):
                show_html(tag("span", "Ход оформления"), "h2")
                self._state = ui.element("div").props("role=status")
                self._draw_choice(form.flow)
                self._begin = self._button("Спросить согласие клиента", self._ask, main=True)
            with ui.element("section").classes("panel sale-words"):
                show_html(tag("span", "Ответы клиента"), "h2")
                self._words = ui.element("div")
                self._said = ui.element("div")

    def _draw_choice(self, flow: str) -> None:
        """What is issued: a switch with all products, until the sale begins."""
        choose = self._visit.action(self._want)
        with ui.element("div").classes("sale-choice") as self._choice:
            ui.label("Что оформляем").classes("sale-label")
            self._product = ui.toggle(sales.products(), value=flow, on_change=choose)
            self._product.props("no-caps unelevated role=group").classes("sale-switch")
            self._product.props["aria-label"] = "Что оформляем"

    async def _want(self, event: ValueChangeEventArguments[str]) -> None:
        if event.value != self._form.flow:
            self._wanted = event.value
            self._show(await self._read())

    def _draw_section(self, section: Section) -> None:
        with ui.element("section").classes("panel") as box:
            box.props["aria-label"] = section.title
            show_html(tag("span", section.title), "h2")
            with ui.element("div").classes("sale-grid"):
                for field in section.fields:
                    self._boxes[field.slot] = FieldBox(field)
                    self._boxes[field.slot].build()
            if "drivers_unlimited" in {field.slot for field in section.fields}:
                self._drivers = ui.element("div")
                with ui.element("div").classes("sale-more") as self._more:
                    self._button("Добавить ещё водителя", self._add_driver)
                    self._enough = self._button("Больше водителей нет", self._no_drivers)
        self._sections.append(box)

    def _draw_bar(self) -> None:
        with ui.element("div").classes("sale-bar") as self._bar:
            self._save_button = self._button("Сохранить и продолжить", self._save, main=True)
            self._consent_note = ui.label("Данные сохранятся после согласия клиента.")
            self._consent_note.classes("hint")

    def _button(self, title: str, action: object, *, main: bool = False) -> ui.button:
        button = ui.button(title, color="primary" if main else None)
        button.props("unelevated no-caps" if main else "outline no-caps")
        if not main:
            button.classes("quiet-button")
        return button.on_click(self._visit.action(action))  # type: ignore[arg-type]

    def _show(self, form: SaleForm) -> None:
        if form.flow != self._flow:
            self._draw_main(form)
        self._form = form
        self._product.set_value(form.flow)
        for slot, field in form.fields.items():
            self._boxes[slot].show(field)
            self._boxes[slot].lock(not form.open)
        for box, section in zip(self._sections, form.sections, strict=True):
            box.set_visibility(section.shown)
        ask = self._visit.action(self._ask)
        self._part("state", self._state, form, lambda: sale_parts.draw_state(form))
        self._part(
            "words",
            self._words,
            form.decisions,
            lambda: sale_parts.draw_decisions(form.decisions, ask),
        )
        self._part("said", self._said, form.said, lambda: sale_parts.draw_said(form.said))
        self._show_drivers(form)
        offers = (form.offers, form.open, form.started)
        self._part("offers", self._offers, offers, lambda: self._draw_offers(form))
        self._offers.set_visibility(bool(form.offers) and form.stage is not Stage.ISSUED)
        self._show_buttons(form)

    def _show_drivers(self, form: SaleForm) -> None:
        if self._drivers is None:
            return
        drivers = form.drivers
        self._part("drivers", self._drivers, drivers, lambda: sale_parts.draw_drivers(drivers))
        self._more.set_visibility(form.more_drivers and form.started and form.open)
        self._enough.set_visibility(form.drivers_open)

    def _part(self, name: str, place: ui.element, value: object, draw: object) -> None:
        """Draw a part again only when it has changed, so that nothing jumps under the hand."""
        if self._drawn.get(name) == value:
            return
        self._drawn[name] = value
        place.clear()
        with place:
            draw()  # type: ignore[operator]

    def _draw_offers(self, form: SaleForm) -> None:
        show_html(tag("span", "Предложения страховых"), "h2")
        sale_parts.draw_offers(form, self._visit.action(self._choose))

    def _show_buttons(self, form: SaleForm) -> None:
        issued = form.stage is Stage.ISSUED
        asks = form.stage is Stage.NOT_STARTED or (issued and not form.started)
        again = "Оформить ещё один полис" if issued else "Начать оформление"
        self._begin.set_text(again if form.agreed else "Спросить согласие клиента")
        self._begin.set_visibility(asks)
        self._choice.set_visibility(asks)
        self._save_button.set_enabled(form.agreed)
        self._consent_note.set_visibility(not form.agreed)
        self._bar.set_visibility(form.open)

    def _refuse(self, error: ServiceError) -> None:
        self._page.clear()
        taken = error.code == "already_claimed"
        title = error.message if taken else "Сейчас этот чат ведёте не вы"
        advice = "Оформлять полис может только агент, который ведёт чат с клиентом."
        with self._page, ui.element("div").classes("empty"):
            show_html(join(tag("p", title, class_="empty-title"), tag("p", advice)))
            if taken:
                show_html(link("К очереди", f"{PREFIX}/workspace/chats"), "p")
            else:
                self._button("Взять чат", self._claim, main=True)

    async def _claim(self) -> None:
        async with self._visit.unit() as (unit, principal):
            await claiming.claim(unit, principal, self._session)
        ui.navigate.to(sale_path(self._session).removeprefix(PREFIX))

    async def _follow(self, client: Client, conversation_id: int) -> None:
        with client:
            async with self._visit.services.hub.subscribe(conversation_id) as wakes:
                while await self._look_once():
                    await wakes.wait(LOOK_SECONDS)
                    wakes.take_pushed()  # the table is read anyway
                    wakes.take_typing()

    async def _look_once(self) -> bool:
        """Show what is new; False when this person does not lead the chat any more."""
        try:
            self._show(await self._read())
        except ServiceError as error:
            if error.kind is Kind.UNAUTHENTICATED:
                ui.navigate.to("/login")
            else:
                self._refuse(error)
            return False
        except Exception:
            # A database that is away for a moment must not end a form that looks alive.
            log.exception("sale_not_read")
        return True

    async def _fill(self, words: Mapping[str, str]) -> dict[str, str]:
        """Send; what is wrong is shown under the fields, what was taken is the form's now."""
        if self._busy:
            return {}
        self._busy, before = True, self._form
        self._save_button.props("loading")
        try:
            async with self._visit.unit() as (_, principal):
                pass  # still allowed here; the service opens units of its own
            flow = None if before.started else before.flow
            problems = await sales.fill(self._visit.services, principal, self._session, words, flow)
            form = await self._read()
        finally:
            self._busy = False
            self._save_button.props(remove="loading")
        self._show(form)
        for slot, sent in words.items():
            box = self._boxes.get(slot)
            if box is not None and slot in problems:
                box.refuse(problems[slot])
            elif box is not None and (not problems or _changed(slot, before, form)):
                box.taken(sent)
        return problems

    async def _save(self) -> None:
        typed = {slot: box.changed for slot, box in self._boxes.items()}
        words = {slot: text for slot, text in typed.items() if text is not None}
        problems = await self._fill(words)
        if problems:
            _tell("Исправьте поля, отмеченные красным", "negative")
        else:
            _tell("Сохранено", "positive")

    async def _ask(self) -> None:
        await self._fill({})

    async def _add_driver(self) -> None:
        await self._fill({layout.MORE_DRIVERS: "да"})

    async def _no_drivers(self) -> None:
        await self._fill({layout.MORE_DRIVERS: "нет"})

    async def _choose(self, offer: OfferLine) -> None:
        problems = await self._fill({layout.OFFER: offer.id})
        for problem in problems.values():
            _tell(problem, "negative")


def _tell(words: str, tone: Literal["positive", "negative"]) -> None:
    # At the top: at the bottom it would cover the button that is pressed next.
    ui.notify(words, type=tone, position="top", timeout=2500)


def _changed(slot: str, before: SaleForm, after: SaleForm) -> bool:
    """Of a form that was taken in part: whether this fact was."""
    return slot in after.fields and before.fields[slot].value != after.fields[slot].value
