"""The page where an agent applies; the administrator approves."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import Response

from insurance_chat.accounts import agents
from insurance_chat.accounts.repository import fetch_first_tenant
from insurance_chat.core.errors import ServiceError, unavailable
from insurance_chat.web.entry_forms import (
    HTTP,
    address_of,
    applied_note,
    entry_page,
    is_own_form,
    read_companies,
    register_form,
)
from insurance_chat.web.login import FOREIGN
from insurance_chat.web.session import Desk

TITLE = "Регистрация агента"
_LONGEST = 400
_FIELDS = ("name", "login", "password", "phone")


def register_registration(pages: FastAPI, desk: Desk) -> None:
    """Add the form of an application and what takes it in."""

    async def form(request: Request) -> Response:
        """Show the form."""
        return entry_page(request, TITLE, register_form())

    async def apply(request: Request) -> Response:
        """Keep an application: an agent who cannot log in yet."""
        if not is_own_form(request):
            return entry_page(request, TITLE, register_form(FOREIGN), 403)
        data = await request.form()
        typed = {name: str(data.get(name, ""))[:_LONGEST].replace("\x00", "") for name in _FIELDS}
        companies = read_companies(data.getlist("company"))
        try:
            await _apply(desk, address_of(request), typed, companies)
        except ServiceError as error:
            form = register_form(error.message, typed, companies)
            return entry_page(request, TITLE, form, HTTP.get(error.kind, 400))
        return entry_page(request, "Заявка отправлена", applied_note())

    pages.add_api_route("/register", form, methods=["GET"], include_in_schema=False)
    pages.add_api_route("/register", apply, methods=["POST"], include_in_schema=False)


async def _apply(desk: Desk, address: str, typed: dict[str, str], companies: list[str]) -> None:
    desk.limiter.check_registration(address)
    async with desk.services.db.unit() as unit:
        tenant_id = await fetch_first_tenant(unit)
        if tenant_id is None:
            raise unavailable("not_ready", "Сервис ещё не настроен.")
        await agents.register(unit, tenant_id, None, **typed, companies=companies)
