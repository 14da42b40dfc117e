"""Puts the emulated gateway into the sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI

from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.gateway import api, control, page, sends
from insurance_chat.sandbox.gateway.answers import RefusedError, refusal
from insurance_chat.sandbox.gateway.courier import GatewayCourier
from insurance_chat.sandbox.gateway.people import ImpossibleError


def mount_gateway(app: FastAPI, sandbox: Sandbox) -> Callable[[], Awaitable[None]]:
    """Serve the gateway, its page and its control; gives what has to be called at the end."""
    courier = GatewayCourier(sandbox)
    app.state.gateway_courier = courier
    app.add_exception_handler(RefusedError, refusal)
    app.add_exception_handler(ImpossibleError, control.impossible)
    for part in (api, sends, page, control):
        app.include_router(part.router)
    return courier.stop
