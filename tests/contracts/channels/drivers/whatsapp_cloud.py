"""Drives WhatsApp Cloud API through its emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from insurance_chat.channels.ports import ChannelAdapter, Pace
from insurance_chat.channels.whatsapp_cloud.adapter import WhatsAppCloud
from insurance_chat.channels.whatsapp_cloud.settings import WhatsAppSettings
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.channels.driver import Feature
from tests.support.graph_driver import GraphMessenger
from tests.support.sandbox_server import served


def build(api: str, http: httpx.AsyncClient) -> ChannelAdapter:
    """The adapter, in no hurry limits."""
    adapter = WhatsAppCloud(WhatsAppSettings(whatsapp_api_url=api), http)
    adapter.pace = Pace(1000, 1000)
    return adapter


class WhatsAppDriver:
    """Starts the sandbox with the emulated Graph API."""

    code = "whatsapp_cloud"
    # Meta does not tell that a client has blocked us, and knows no idempotency.
    cannot = frozenset({Feature.POLLS, Feature.START_LINK, Feature.BLOCK, Feature.REPEATS})

    @asynccontextmanager
    async def start(self) -> AsyncIterator[GraphMessenger]:
        """Serve the emulator and build the adapter."""
        with served(create_sandbox_app(time_scale=0)) as url:
            messenger = GraphMessenger(
                url, "whatsapp_business_account", "106540352242922", build, 131009
            )
            try:
                await messenger.open()
                yield messenger
            finally:
                await messenger.close()


DRIVER = WhatsAppDriver()
