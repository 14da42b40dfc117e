"""Asks a messenger how an account is, and keeps the answer where the administrator sees it."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from insurance_chat.channels import accounts_repository as accounts
from insurance_chat.channels.ports import Account, ChannelAdapter, ChannelError, Failure, Probe
from insurance_chat.channels.types import State
from insurance_chat.core.db.unit import Database

log = structlog.get_logger()
SILENT = "Мессенджер не отвечает. Проверьте интернет; сообщения не потеряются."


class Health:
    """Probes accounts.

    Args:
        db: where accounts are.
        adapters: messengers by code.
        base_url: our public address.
    """

    def __init__(self, db: Database, adapters: Mapping[str, ChannelAdapter], base_url: str) -> None:
        self._db = db
        self._adapters = adapters
        self._base_url = base_url

    async def probe(self, connection_id: int) -> Probe | None:
        """Probe an account; one that works again becomes active, one that lost its rights stops.

        A messenger that does not answer changes nothing: replies are tried again by themselves.
        """
        async with self._db.pool.connection() as connection:
            row = await accounts.fetch_across_tenants(connection, connection_id)
        adapter = self._adapters.get(row["kind"]) if row is not None else None
        if row is None or adapter is None:
            return None
        found = accounts.opened(row, self._db.cipher, self._base_url, adapter.channel)
        probe, sure = await _ask(adapter, found.account)
        async with self._db.pool.connection() as connection:
            await accounts.note_probe(
                connection, self._db.cipher, connection_id, probe, row["secrets"]
            )
            if sure and not probe.ok and found.state is State.ACTIVE:
                await accounts.change_account(
                    connection, connection_id, {}, State.FAILED, probe.words
                )
            elif probe.ok and found.state in (State.FAILED, State.WAITING):
                await accounts.change_account(connection, connection_id, {}, State.ACTIVE, "")
        return probe


async def _ask(adapter: ChannelAdapter, account: Account) -> tuple[Probe, bool]:
    """The answer, and whether it is the messenger's own word."""
    try:
        return await adapter.probe(account), True
    except ChannelError as error:
        return Probe(ok=False, words=error.words), error.failure is Failure.ACCOUNT
    except Exception as failure:
        log.warning("channel_probe_broken", kind=adapter.code, error=type(failure).__name__)
        return Probe(ok=False, words=SILENT), False
