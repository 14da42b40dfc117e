"""Adds the emulated Telegram to the sandbox."""

from __future__ import annotations

from fastapi import FastAPI

from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.telegram import api, control, page
from insurance_chat.sandbox.telegram.courier import WebhookCourier
from insurance_chat.sandbox.telegram.faults import TelegramFaults
from insurance_chat.sandbox.telegram.world import World


def mount_telegram(app: FastAPI, sandbox: Sandbox) -> WebhookCourier:
    """Routes under `/telegram`; the state is `app.state.telegram`.

    Returns:
        What delivers to webhooks: to be started and stopped with the application.
    """
    world = World(sandbox)
    courier = WebhookCourier(world)
    world.wake = courier.wake
    app.state.telegram = world
    sandbox.on_reset.append(world.clear)
    app.add_middleware(TelegramFaults, world=world)
    # The pages and the control first: `/bot{token}/…` would take no address of theirs anyway.
    for router in (control.router, page.router, api.router):
        app.include_router(router)
    return courier
