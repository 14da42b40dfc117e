"""What the administrator does with messengers: connect, pause, repair, remove."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import structlog

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.channels import outbox_repository as outbox
from insurance_chat.channels.accounts_repository import HOOK, fetch_across_tenants, opened
from insurance_chat.channels.health import Health
from insurance_chat.channels.models import Connection
from insurance_chat.channels.ports import Account, ChannelAdapter, ChannelError, Connected, Probe
from insurance_chat.channels.repository import ConnectionRepository, fetch_account_across_tenants
from insurance_chat.channels.types import ACCOUNTS, State
from insurance_chat.channels.views import (
    ConnectionView,
    KindView,
    connection_view,
    kind_view,
    missing,
)
from insurance_chat.core.crypto import hash_token, new_token
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, unavailable
from insurance_chat.core.principal import Principal

log = structlog.get_logger()
LONGEST_TITLE = 100
LONGEST_VALUE = 4000


class ChannelDesk:
    """Works with the messenger accounts of a tenant. Messengers are asked with no transaction open.

    Args:
        db: where accounts are.
        adapters: messengers by code.
        base_url: our public address without a trailing slash.
        health: asks accounts how they are.
    """

    def __init__(
        self,
        db: Database,
        adapters: Mapping[str, ChannelAdapter],
        base_url: str,
        health: Health,
    ) -> None:
        self.db = db
        self._adapters = adapters
        self._base_url = base_url
        self._health = health

    def kinds(self) -> list[KindView]:
        """Messengers that can be connected, with the fields of their forms."""
        return [kind_view(adapter) for adapter in self._adapters.values()]

    async def accounts(self, principal: Principal) -> list[ConnectionView]:
        """Connected accounts with their state in plain words.

        Raises:
            ServiceError: `forbidden`.
        """
        access.require(principal, Permission.MANAGE_SETTINGS)
        async with self.db.unit() as unit:
            rows = await ConnectionRepository(unit, principal.tenant_id).all()
            counted = await outbox.counts(await unit.driver_connection(), principal.tenant_id)
            return [self._view(unit, row, counted.get(row.id, (0, 0))) for row in rows]

    async def get(self, principal: Principal, connection: UUID) -> ConnectionView:
        """One connected account.

        Raises:
            ServiceError: `forbidden`, `connection_not_found`.
        """
        access.require(principal, Permission.MANAGE_SETTINGS)
        async with self.db.unit() as unit:
            row = await self._row(unit, principal, connection)
            counted = await outbox.counts(await unit.driver_connection(), principal.tenant_id)
            return self._view(unit, row, counted.get(row.id, (0, 0)))

    async def connect(
        self, principal: Principal, kind: str, values: Mapping[str, str], title: str = ""
    ) -> ConnectionView:
        """Try the values out at the messenger and begin to work with the account.

        Who connects it is its owner: words that are written by hand in the account are theirs.

        Args:
            values: of the form, by `Field.name`.
            title: how to call it; empty takes the messenger's own name.

        Raises:
            ServiceError: `forbidden`, `kind_unknown`, `value_missing` with `field`,
                `account_connected` when it is connected already, `messenger_refused`, and what
                `ChannelAdapter.connect` raises.
        """
        access.require(principal, Permission.MANAGE_SETTINGS)
        adapter = self._adapter(kind)
        tried = await adapter.connect(_checked(adapter, values))
        address = new_token()
        async with self.db.unit() as unit:
            await _refuse_connected(unit, kind, tried.external_id)
            row = await ConnectionRepository(unit, principal.tenant_id).add(
                Connection(
                    kind=kind,
                    external_id=tried.external_id,
                    title=_title(title or tried.title),
                    hook_hash=hash_token(address),
                    secrets=unit.cipher.seal_json({**tried.secrets, HOOK: address}),
                    options=dict(tried.options),
                    wants=list(tried.wants),
                    owner_id=principal.user_id,
                    state=_state(tried).value,
                )
            )
            what = f"connection:{row.public_id}"
            await audit.record(unit, principal, "channel.connected", what, {"kind": kind})
            await unit.notify(ACCOUNTS, str(row.id))
            account, view = self._account(unit, row), self._view(unit, row, (0, 0))
        await self._begin(principal, adapter, account, view.id)
        return await self.get(principal, view.id)

    async def reconnect(
        self, principal: Principal, connection: UUID, values: Mapping[str, str]
    ) -> ConnectionView:
        """Give an account new credentials; its chats and its address stay.

        Raises:
            ServiceError: as for `connect`; `account_other` when the values are of another account.
        """
        access.require(principal, Permission.MANAGE_SETTINGS)
        async with self.db.unit() as unit:
            kind = (await self._row(unit, principal, connection)).kind
        adapter = self._adapter(kind)
        tried = await adapter.connect(_checked(adapter, values))
        async with self.db.unit() as unit:
            row = await self._row(unit, principal, connection, lock=True)
            if row.external_id != tried.external_id:
                raise invalid(
                    "account_other",
                    "Это данные другого аккаунта. Подключите его отдельно: чаты клиентов остаются за "
                    "прежним.",
                )
            address = unit.cipher.open_json(row.secrets)[HOOK]
            row.secrets = unit.cipher.seal_json({**tried.secrets, HOOK: address})
            row.options = {**row.options, **tried.options}
            row.wants, row.state = list(tried.wants), _state(tried).value
            row.error = row.error_at = None
            await self._changed(unit, principal, row, "channel.reconnected")
            account = self._account(unit, row)
        await self._begin(principal, adapter, account, connection)
        return await self.get(principal, connection)

    async def rename(self, principal: Principal, connection: UUID, title: str) -> ConnectionView:
        """Call an account otherwise.

        Raises:
            ServiceError: `forbidden`, `connection_not_found`, `title_wrong`.
        """
        access.require(principal, Permission.MANAGE_SETTINGS)
        async with self.db.unit() as unit:
            row = await self._row(unit, principal, connection, lock=True)
            row.title = _title(title)
            await self._changed(unit, principal, row, "channel.renamed")
        return await self.get(principal, connection)

    async def pause(self, principal: Principal, connection: UUID) -> ConnectionView:
        """Stop reading and sending; what comes is kept and read after `resume`.

        Raises:
            ServiceError: `forbidden`, `connection_not_found`.
        """
        return await self._set_state(principal, connection, State.PAUSED, "channel.paused")

    async def resume(self, principal: Principal, connection: UUID) -> ConnectionView:
        """Go on after `pause`, or try again after a failure.

        Raises:
            ServiceError: `forbidden`, `connection_not_found`.
        """
        return await self._set_state(principal, connection, State.ACTIVE, "channel.resumed")

    async def remove(self, principal: Principal, connection: UUID) -> None:
        """Take an account off: its address closes at once, its secrets are wiped, chats stay.

        Raises:
            ServiceError: `forbidden`, `connection_not_found`.
        """
        access.require(principal, Permission.MANAGE_SETTINGS)
        async with self.db.unit() as unit:
            row = await self._row(unit, principal, connection, lock=True)
            account, kind = self._account(unit, row), row.kind
            row.state = State.REMOVED.value
            row.secrets = unit.cipher.seal_json({HOOK: ""})
            row.hook_hash = hash_token(new_token())
            await self._changed(unit, principal, row, "channel.removed")
        adapter = self._adapters.get(kind)
        if adapter is None:
            return
        try:
            await adapter.end(account)
        except ChannelError as refusal:
            log.info("channel_not_ended", kind=kind, failure=refusal.failure.value)

    async def probe(self, principal: Principal, connection: UUID) -> Probe:
        """Ask the messenger now how the account is.

        Raises:
            ServiceError: `forbidden`, `connection_not_found`.
        """
        access.require(principal, Permission.MANAGE_SETTINGS)
        async with self.db.unit() as unit:
            row = await self._row(unit, principal, connection)
        probe = await self._health.probe(row.id)
        if probe is None:
            raise missing()
        return probe

    async def opened(
        self, principal: Principal, connection: UUID
    ) -> tuple[ChannelAdapter, Account]:
        """An account with its messenger, for what only some messengers can do.

        Raises:
            ServiceError: `forbidden`, `connection_not_found`, `kind_unknown`.
        """
        access.require(principal, Permission.MANAGE_SETTINGS)
        async with self.db.unit() as unit:
            row = await self._row(unit, principal, connection)
            return self._adapter(row.kind), self._account(unit, row)

    async def by_number(self, connection_id: int) -> tuple[ChannelAdapter, Account] | None:
        """An account by its inner key, for who may see one of its chats; None when it is gone."""
        async with self.db.pool.connection() as raw:
            row = await fetch_across_tenants(raw, connection_id)
        adapter = self._adapters.get(row["kind"]) if row is not None else None
        if row is None or adapter is None or row["state"] == State.REMOVED.value:
            return None
        return adapter, opened(row, self.db.cipher, self._base_url, adapter.channel).account

    async def _begin(
        self, principal: Principal, adapter: ChannelAdapter, account: Account, connection: UUID
    ) -> None:
        """Set the webhook; a messenger that refuses leaves the account failed, with its words."""
        try:
            await adapter.begin(account)
        except ChannelError as refusal:
            async with self.db.unit() as unit:
                row = await self._row(unit, principal, connection, lock=True)
                row.state, row.error = State.FAILED.value, refusal.words[:500]
                await unit.notify(ACCOUNTS, str(row.id))
            raise unavailable("messenger_refused", refusal.words) from refusal

    async def _set_state(
        self, principal: Principal, connection: UUID, state: State, action: str
    ) -> ConnectionView:
        access.require(principal, Permission.MANAGE_SETTINGS)
        async with self.db.unit() as unit:
            row = await self._row(unit, principal, connection, lock=True)
            row.state, row.error, row.error_at = state.value, None, None
            await self._changed(unit, principal, row, action)
        return await self.get(principal, connection)

    async def _changed(
        self, unit: Unit, principal: Principal, row: Connection, action: str
    ) -> None:
        await audit.record(unit, principal, action, f"connection:{row.public_id}")
        await unit.session.flush()
        await unit.notify(ACCOUNTS, str(row.id))

    async def _row(
        self, unit: Unit, principal: Principal, connection: UUID, *, lock: bool = False
    ) -> Connection:
        repository = ConnectionRepository(unit, principal.tenant_id)
        row = await repository.by_public_id(connection, lock=lock)
        if row is None:
            raise missing()
        return row

    def _adapter(self, kind: str) -> ChannelAdapter:
        adapter = self._adapters.get(kind)
        if adapter is None:
            raise invalid("kind_unknown", "Такого мессенджера нет.")
        return adapter

    def _account(self, unit: Unit, row: Connection) -> Account:
        secrets = dict(unit.cipher.open_json(row.secrets))
        adapter = self._adapters.get(row.kind)
        return Account(
            row.id,
            adapter.channel if adapter is not None else row.kind,
            row.external_id,
            row.title,
            {name: value for name, value in secrets.items() if name != HOOK},
            dict(row.options),
            f"{self._base_url}/hooks/{row.kind}/{secrets[HOOK]}",
        )

    def _view(self, unit: Unit, row: Connection, counts: tuple[int, int]) -> ConnectionView:
        account = self._account(unit, row)
        return connection_view(row, self._adapters.get(row.kind), account.hook_url, counts)


def _checked(adapter: ChannelAdapter, values: Mapping[str, str]) -> dict[str, str]:
    given = {field.name: str(values.get(field.name, "")).strip() for field in adapter.fields}
    for field in adapter.fields:
        if field.required and not given[field.name]:
            raise invalid("value_missing", f"Заполните поле «{field.title}».", field=field.name)
        if len(given[field.name]) > LONGEST_VALUE or "\x00" in given[field.name]:
            raise invalid("value_wrong", f"Проверьте поле «{field.title}».", field=field.name)
    return given


async def _refuse_connected(unit: Unit, kind: str, external_id: str) -> None:
    if await fetch_account_across_tenants(unit, kind, external_id) is not None:
        raise ServiceError(
            "account_connected",
            Kind.CONFLICT,
            "Этот аккаунт уже подключён. Чтобы сменить токен, откройте его и нажмите «Обновить данные».",
        )


def _title(title: str) -> str:
    clean = " ".join(title.split())
    if not clean or len(clean) > LONGEST_TITLE:
        raise invalid("title_wrong", f"Название: от 1 до {LONGEST_TITLE} символов.")
    return clean


def _state(tried: Connected) -> State:
    return State.WAITING if tried.waiting else State.ACTIVE
