"""A bot of the emulated Telegram and the adapter that serves it, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from insurance_chat.channels.ports import Account, AccountChanged, ChatAddress, Happening
from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served
from tests.support.telegram import BOT, TOKEN, TelegramMessenger


@dataclass
class Service:
    """What the rest of the service does with an adapter, in a few lines."""

    messenger: TelegramMessenger
    account: Account
    cursor: int = 0
    seen: set[str] = field(default_factory=set)

    async def news(self) -> list[Happening]:
        """Everything that has happened since the last time, once."""
        adapter, found = self.messenger.telegram, []
        updates, self.cursor = await adapter.poll(self.account, self.cursor)
        for update in sorted(updates, key=lambda one: one.order):
            if update.key in self.seen:
                continue
            self.seen.add(update.key)
            for happening in adapter.parse(self.account, update.body):
                found.append(happening)
                if isinstance(happening, AccountChanged):
                    options = dict(self.account.options) | dict(happening.options)
                    self.account = replace(self.account, options=options)
            await adapter.answered(self.account, update.body)
        return found

    async def one(self) -> Any:
        """The only thing that has happened."""
        found = await self.news()
        assert len(found) == 1, found
        return found[0]

    async def send(self, chat: str, part: Any, key: str = "k", **extra: Any) -> str:
        """Send a part."""
        return await self.messenger.telegram.send(self.account, ChatAddress(chat, extra), part, key)


@pytest.fixture(scope="module")
def sandbox() -> Any:
    """One emulator for the module."""
    with served(create_sandbox_app(time_scale=0)) as url:
        yield url


@pytest.fixture
async def service(sandbox: str) -> AsyncIterator[Service]:
    """A connected bot that is polled; every test begins with an empty Telegram."""
    made = TelegramMessenger(sandbox, "polling", poll_seconds=0)
    await made.reset()
    yield Service(made, await account_of(made))
    await made.close()


async def account_of(messenger: TelegramMessenger, hook_url: str = "") -> Account:
    """The account as the service keeps it after «Подключить»."""
    connected = await messenger.telegram.connect({"token": TOKEN})
    account = Account(
        1,
        "telegram",
        connected.external_id,
        connected.title,
        connected.secrets,
        connected.options,
        hook_url,
    )
    await messenger.telegram.begin(account)
    return account


def texts(happenings: Sequence[Happening]) -> list[str]:
    """Words of what has happened."""
    return [getattr(one, "text", "") for one in happenings]


__all__ = ["BOT", "Service", "account_of", "texts"]
