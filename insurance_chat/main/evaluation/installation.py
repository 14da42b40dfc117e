"""What an evaluation borrows from the running installation: keys of models, how it speaks, examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from insurance_chat.accounts.repository import fetch_first_tenant
from insurance_chat.conversations.quality import cases
from insurance_chat.conversations.quality.cases import CaseView
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.principal import Principal, Role
from insurance_chat.llm import profile, tokens
from insurance_chat.llm.profile import Profile
from insurance_chat.llm.repository import active_tokens_across_tenants
from insurance_chat.main.evaluation.world import World
from insurance_chat.main.settings import Settings
from insurance_chat.main.startup import database

MOST_CASES = 1_000
_COPIED = ("name", "provider", "base_url", "model_access", "priority", "domestic", "notes")


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Copies; nothing of the installation is changed but the use of its keys at their provider.

    Args:
        keys: values for `tokens.add`, without the key of the settings.
        speaks: how the assistant speaks; None takes the settings.
        examples: kept turns, oldest first.
    """

    keys: list[dict[str, Any]] = field(default_factory=list)
    speaks: Profile | None = None
    examples: list[CaseView] = field(default_factory=list)


def exists(settings: Settings) -> bool:
    """Whether there is a database to borrow from."""
    return bool(settings.core.database_url) or (settings.core.data_dir / "postgres").is_dir()


async def borrow(settings: Settings) -> Borrowed:
    """Read everything that an evaluation needs.

    Args:
        settings: of the installation; its embedded database is started for the moment if nobody runs it.
    """
    if not exists(settings):
        return Borrowed()
    with database(settings) as ready:
        core = ready.core
        cipher = Cipher([load_key(core.secret_key, core.data_dir)])
        db = Database(core.database_url, cipher, 1)
        await db.open()
        try:
            async with db.unit() as unit:
                return await _read(unit, ready)
        finally:
            await db.close()


async def _read(unit: Unit, settings: Settings) -> Borrowed:
    tenant_id = await fetch_first_tenant(unit)
    if tenant_id is None:
        return Borrowed()
    counted = await active_tokens_across_tenants(unit, moscow_today())
    mine = [one.token for one in counted if one.token.tenant_id in (None, tenant_id)]
    keys = [
        {name: getattr(key, name) for name in _COPIED} | {"token": unit.cipher.open(key.token)}
        for key in mine
        if key.source != "settings"
    ]
    admin = Principal(tenant_id, Role.ADMIN)
    page = await cases.list_cases(unit, admin, limit=MOST_CASES)
    speaks = await profile.load(unit, tenant_id, settings.llm)
    return Borrowed(keys, speaks, page.rows[::-1])


async def lend(world: World, borrowed: Borrowed) -> None:
    """Give keys and manner of speech to an evaluated service."""
    admin = Principal(world.tenant_id, Role.ADMIN)
    async with world.db.unit() as unit:
        for key in borrowed.keys:
            await tokens.add(unit, admin, key)
        if borrowed.speaks is not None:
            await profile.save(unit, admin, borrowed.speaks)
    await world.services.models.availability.refresh()
