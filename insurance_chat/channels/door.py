"""What comes in at the webhook addresses: told from forgeries, cut, stored; nothing is read here."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from insurance_chat.channels.accounts_repository import (
    fetch_by_hook_across_tenants,
    fetch_of_kinds_across_tenants,
    opened,
)
from insurance_chat.channels.ports import ChannelAdapter, HookRequest
from insurance_chat.channels.types import ACCOUNTS, Connected
from insurance_chat.channels.updates_repository import store_updates
from insurance_chat.core.crypto import hash_token
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError, not_found

log = structlog.get_logger()
KNOWN_SECONDS = 60.0
MOST_KNOWN = 1000
LONGEST_ADDRESS = 200


class Door:
    """Takes calls of messengers.

    Args:
        db: where updates are kept.
        adapters: messengers by code.
        base_url: our public address without a trailing slash.
        listener: tells when an account was changed, so that its secrets are read again.
    """

    def __init__(
        self,
        db: Database,
        adapters: Mapping[str, ChannelAdapter],
        base_url: str,
        listener: Listener,
    ) -> None:
        self._db = db
        self._adapters = adapters
        self._base_url = base_url
        self._known: OrderedDict[tuple[str, str], tuple[float, Connected]] = OrderedDict()
        self._shared: dict[str, tuple[float, list[Connected]]] = {}
        listener.on(ACCOUNTS, lambda _payload: self.forget())
        listener.on_reconnect(self.forget)

    def forget(self) -> None:
        """Accounts may have changed: look at the table again."""
        self._known.clear()
        self._shared.clear()

    async def receive(self, kind: str, address: str, request: HookRequest) -> int:
        """Keep what a call brings; a repeat changes nothing.

        Args:
            kind: code of the messenger.
            address: the unguessable part.

        Returns:
            How many updates were new.

        Raises:
            ServiceError: `hook_not_found`, `signature_wrong`, `body_invalid`.
        """
        found = await self._find(kind, address)
        return await self._take(found, request)

    async def challenge(self, kind: str, address: str, request: HookRequest) -> str:
        """The answer to a messenger that checks the address before it uses it.

        Raises:
            ServiceError: `hook_not_found`, `signature_wrong`.
        """
        found = await self._find(kind, address)
        answer = self._adapters[kind].challenge(found.account, request)
        if answer is None:
            raise _forged()
        return answer

    async def receive_shared(self, channel: str, request: HookRequest) -> int:
        """Keep what comes to the address that all accounts of a messenger share.

        The account is told by its own secret: the first that the call verifies for. A call that
        names accounts (`phone_number_id`) goes to those.

        Raises:
            ServiceError: `signature_wrong`, `body_invalid`.
        """
        named = _named(request.body)
        accounts = await self._of_channel(channel, named)
        trusted = [one for one in accounts if self._adapters[one.kind].verify(one.account, request)]
        if not trusted:
            raise _forged()
        chosen = trusted if named else trusted[:1]
        return sum([await self._store(one, request) for one in chosen])

    async def challenge_shared(self, channel: str, request: HookRequest) -> str:
        """The answer to a check of the shared address.

        Raises:
            ServiceError: `signature_wrong`.
        """
        for one in await self._of_channel(channel, ()):
            answer = self._adapters[one.kind].challenge(one.account, request)
            if answer is not None:
                return answer
        raise _forged()

    async def _of_channel(self, channel: str, named: Sequence[str]) -> list[Connected]:
        until, accounts = self._shared.get(channel, (0.0, []))
        if until < time.monotonic():
            kinds = [code for code, one in self._adapters.items() if one.channel == channel]
            async with self._db.pool.connection() as connection:
                rows = await fetch_of_kinds_across_tenants(connection, kinds)
            cipher = self._db.cipher
            accounts = [opened(row, cipher, self._base_url, channel) for row in rows]
            self._shared[channel] = (time.monotonic() + KNOWN_SECONDS, accounts)
        return [one for one in accounts if not named or one.account.external_id in named]

    async def _find(self, kind: str, address: str) -> Connected:
        key = (kind, address)
        known = self._known.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        adapter = self._adapters.get(kind)
        if adapter is None or not address or len(address) > LONGEST_ADDRESS:
            raise _unknown()
        async with self._db.pool.connection() as connection:
            row = await fetch_by_hook_across_tenants(connection, kind, hash_token(address))
        if row is None:
            raise _unknown()
        found = opened(row, self._db.cipher, self._base_url, adapter.channel)
        self._known[key] = (time.monotonic() + KNOWN_SECONDS, found)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return found

    async def _take(self, found: Connected, request: HookRequest) -> int:
        if not self._adapters[found.kind].verify(found.account, request):
            log.warning("webhook_forged", kind=found.kind, connection=found.id)
            raise _forged()
        return await self._store(found, request)

    async def _store(self, found: Connected, request: HookRequest) -> int:
        try:
            updates = self._adapters[found.kind].split(found.account, request.body)
        except ValueError as wrong:
            log.warning("webhook_unreadable", kind=found.kind, connection=found.id)
            raise ServiceError(
                "body_invalid", Kind.INVALID, "Не удалось прочитать тело запроса."
            ) from wrong
        if not updates:
            return 0
        async with self._db.pool.connection() as connection:
            return await store_updates(
                connection, self._db.cipher, found.tenant_id, found.id, updates
            )


def _named(body: bytes) -> list[str]:
    """Ids of WhatsApp numbers that a call is about, wherever they stand in it."""
    try:
        return sorted(set(_numbers(json.loads(body))))
    except (ValueError, RecursionError):
        return []


def _numbers(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = value.get("phone_number_id")
        found = [str(own)] if isinstance(own, str | int) else []
        return found + [one for inner in value.values() for one in _numbers(inner)]
    if isinstance(value, list):
        return [one for inner in value for one in _numbers(inner)]
    return []


def _unknown() -> ServiceError:
    return not_found("hook_not_found", "Такого адреса нет.")


def _forged() -> ServiceError:
    return ServiceError("signature_wrong", Kind.FORBIDDEN, "Подпись не подходит.")
