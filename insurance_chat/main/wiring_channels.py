"""Puts the messengers together; the one place that names their adapters."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from insurance_chat.api.links import Links
from insurance_chat.channels.delivery import LADDER, Courier
from insurance_chat.channels.door import Door
from insurance_chat.channels.health import Health
from insurance_chat.channels.inbound import Reader
from insurance_chat.channels.instagram.adapter import Instagram
from insurance_chat.channels.keeper import Keeper, Rhythm
from insurance_chat.channels.media import Fetcher
from insurance_chat.channels.ports import ChannelAdapter
from insurance_chat.channels.service import ChannelDesk
from insurance_chat.channels.staff import StaffDesk
from insurance_chat.channels.talking import Talking
from insurance_chat.channels.telegram.adapter import TelegramAdapter
from insurance_chat.channels.whatsapp_cloud.adapter import WhatsAppCloud
from insurance_chat.channels.whatsapp_gateway.adapter import WhatsAppGateway
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.main.settings import Settings
from insurance_chat.operators.invitations import arrival

_HERE = ("localhost", "127.", "0.0.0.0", "[::1]")  # noqa: S104 - compared, not listened on


def adapters(settings: Settings, http: httpx.AsyncClient) -> dict[str, ChannelAdapter]:
    """Messengers by code. Another messenger is one more line."""
    known: list[ChannelAdapter] = [
        TelegramAdapter(settings.telegram, http),
        WhatsAppCloud(settings.whatsapp, http),
        WhatsAppGateway(http),
        Instagram(settings.instagram, http),
    ]
    return {adapter.code: adapter for adapter in known}


class ChannelLinks(Links):
    """Links for messengers, which know nothing of the address under which a caller sees us."""

    def __init__(self, files: FileStore, db: Database, settings: Settings) -> None:
        base = settings.core.base_url
        super().__init__(files, db.cipher, base, settings.api.file_link_hours * 3600)
        self._reachable = not urlsplit(base).netloc.startswith(_HERE)

    @property
    def reachable(self) -> bool:
        """Whether others than this computer can open them."""
        return self._reachable


class Messengers:
    """All parts of messengers of one process.

    Args:
        settings: of the whole product.
        known: messengers by code.
        db, files, hub, listener, turns: parts of the process.
        staff: members of staff who work from messengers.
    """

    def __init__(
        self,
        settings: Settings,
        known: Mapping[str, ChannelAdapter],
        db: Database,
        files: FileStore,
        hub: FeedHub,
        listener: Listener,
        turns: TurnRunner,
        *,
        rhythm: Rhythm | None = None,
        ladder: tuple[float, ...] = LADDER,
        staff: StaffDesk | None = None,
    ) -> None:
        base, own = settings.core.base_url, settings.channels
        self.adapters = known
        self.health = Health(db, known, base)
        self.door = Door(db, known, base, listener)
        self.desk = ChannelDesk(db, known, base, self.health)
        self.talking = Talking(db, hub, arrival.accept)
        self.media = Fetcher(db, known, files, own.channel_file_megabytes, settings.knowledge.clamd)
        reader = Reader(db, self.talking, turns, own, staff)
        courier = Courier(db, files, ChannelLinks(files, db, settings), ladder)
        self.keeper = Keeper(
            db, known, listener, reader, courier, own, base, rhythm=rhythm, staff=staff
        )
