"""The QR code of an account that a phone is paired with: shown live until it is scanned."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.channels import letters
from insurance_chat.channels.views import ConnectionView
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.web import tables
from insurance_chat.web.markup import tag
from insurance_chat.web.session import Visit

LOOK_SECONDS = 3.0
STEPS = (
    "Откройте WhatsApp на телефоне, который будет отвечать клиентам.",
    "Откройте «Связанные устройства» и нажмите «Привязка устройства».",
    "Наведите камеру на этот код.",
)


class Pairing:
    """The code and the steps; `paired` is called once the phone is there.

    Args:
        visit: whose screen it is.
        account: what is being paired.
        paired: draws the page anew.
    """

    def __init__(
        self, visit: Visit, account: ConnectionView, paired: Callable[[], Awaitable[None]]
    ) -> None:
        self._visit, self._account, self._paired = visit, account, paired
        self._picture: bytes | None = None
        self._busy = False

    def draw(self) -> None:
        """Draw the place of the code and begin to ask for it."""
        with ui.element("section").classes("panel"):
            tables.show_html(tag("span", "Привяжите телефон"), "h2")
            with ui.element("div").classes("pairing"):
                self._box = ui.element("div").classes("pairing-code").props("aria-live=polite")
                steps = tag("ol", *(tag("li", step) for step in STEPS))
                tables.show_html(steps)
            with self._box:
                ui.spinner(size="lg")
        ui.timer(0.1, self._visit.action(self._look), once=True)
        self._timer = ui.timer(LOOK_SECONDS, self._visit.action(self._look))

    async def _look(self) -> None:
        if self._busy or self._box.is_deleted:
            return
        self._busy = True
        try:
            await self._ask()
        finally:
            self._busy = False

    async def _ask(self) -> None:
        async with self._visit.unit() as (_, principal):
            pass
        desk = self._visit.services.messengers.desk
        try:
            picture = await letters.qr(desk, principal, self._account.id)
            if picture is None:
                self._timer.deactivate()
        except ServiceError as error:
            if error.kind in (Kind.UNAUTHENTICATED, Kind.NOT_FOUND):
                raise
            self._picture = None
            self._show(tag("p", error.message, class_="verdict bad"))
            return
        if self._box.is_deleted:
            return
        if picture is None:
            ui.notify("Телефон подключён", type="positive")
            await self._paired()
        elif picture != self._picture:
            self._picture = picture
            source = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
            self._show(tag("img", src=source, alt="QR-код для привязки телефона"))

    def _show(self, markup: str) -> None:
        self._box.clear()
        with self._box:
            tables.show_html(tag("div", markup))
