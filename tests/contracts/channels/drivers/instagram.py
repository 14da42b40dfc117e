"""Drives Instagram through its emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from insurance_chat.channels.instagram.adapter import Instagram
from insurance_chat.channels.instagram.settings import InstagramSettings
from insurance_chat.channels.ports import ChannelAdapter, Connected, Pace, Secrets
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.channels.driver import Feature
from tests.support.graph_driver import GraphMessenger
from tests.support.sandbox_server import served


class Watched(Instagram):
    """The adapter; the driver reads from it the word that our pages show to the administrator."""

    pace = Pace(1000, 1000)
    word = ""

    async def connect(self, given: Secrets) -> Connected:
        """As ever."""
        made = await super().connect(given)
        self.word = made.secrets["verify_token"]
        return made


class InstagramDriver:
    """Starts the sandbox with the emulated Graph API."""

    code = "instagram"
    # Instagram has no cards of contacts and no places, tells no names of documents, plays no Ogg,
    # takes files only by a public address, tells nothing of a block, and knows no idempotency.
    cannot = frozenset(
        {
            Feature.POLLS,
            Feature.CONTACT,
            Feature.LOCATION,
            Feature.DOCUMENT,
            Feature.VOICE_OUT,
            Feature.FILES_OUT,
            Feature.BLOCK,
            Feature.REPEATS,
        }
    )

    @asynccontextmanager
    async def start(self) -> AsyncIterator[GraphMessenger]:
        """Serve the emulator and build the adapter."""
        with served(create_sandbox_app(time_scale=0)) as url:
            built: list[Watched] = []

            def build(api: str, http: httpx.AsyncClient) -> ChannelAdapter:
                built.append(Watched(InstagramSettings(instagram_api_url=api), http))
                return built[0]

            messenger = GraphMessenger(
                url, "instagram", "17841400008460056", build, 100, lambda: built[0].word
            )
            try:
                await messenger.open()
                yield messenger
            finally:
                await messenger.close()


DRIVER = InstagramDriver()
