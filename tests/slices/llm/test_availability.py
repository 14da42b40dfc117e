"""Who has a key is known without a query, and a change is known at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from insurance_chat.core.db.listen import Listener
from insurance_chat.llm import profile, tokens
from insurance_chat.llm.availability import Availability
from insurance_chat.llm.profile import Profile
from tests.slices.llm.conftest import NOON, Clock, Desk

PATIENCE = 10


class Watched(Availability):
    """Tells when it has looked at the tables."""

    looked: asyncio.Event

    @override
    async def refresh(self) -> None:
        await super().refresh()
        self.looked.set()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def availability(desk: Desk, clock: Clock) -> Availability:
    found = Availability(desk.db, desk.settings, clock)
    await found.refresh()
    return found


async def test_nobody_has_a_model_before_a_key_is_added(
    desk: Desk, availability: Availability
) -> None:
    assert not availability.usable(desk.tenant_id)
    await desk.key("sk-first-0001")
    assert not availability.usable(desk.tenant_id)  # from memory
    await availability.refresh()
    assert availability.usable(desk.tenant_id)
    assert not availability.usable(desk.tenant_id + 1)


async def test_a_key_of_the_installation_is_everybodys(
    desk: Desk, availability: Availability
) -> None:
    await desk.key("sk-first-0001")
    await desk.rows("update ai_tokens set tenant_id = null")
    await availability.refresh()
    assert availability.usable(desk.tenant_id + 1)


@pytest.mark.parametrize(
    "change",
    [
        "is_active = false",
        "cooldown_until = '2026-11-21 09:05+00'",
        "daily_limit = 0",
        "monthly_limit = 0",
        "model_access = '{}'",
    ],
)
async def test_a_key_that_cannot_be_used_is_none(
    change: str, desk: Desk, availability: Availability
) -> None:
    await desk.key("sk-first-0001")
    await desk.rows(f"update ai_tokens set {change}")
    await availability.refresh()
    assert not availability.usable(desk.tenant_id)


async def test_a_rested_key_works_again_without_a_look_at_the_table(
    desk: Desk, availability: Availability, clock: Clock
) -> None:
    await desk.key("sk-first-0001")
    await desk.rows("update ai_tokens set cooldown_until = '2026-11-21 09:05+00'")
    await availability.refresh()
    clock.now = NOON + timedelta(minutes=6)
    assert availability.usable(desk.tenant_id)


async def test_a_key_without_the_assistants_model_is_none(
    desk: Desk, availability: Availability
) -> None:
    await desk.key("sk-first-0001")
    async with desk.db.unit() as unit:
        await profile.save(unit, desk.admin, replace(Profile(), model="another-model"))
    await availability.refresh()
    assert availability.profile(desk.tenant_id).model == "another-model"
    assert not availability.usable(desk.tenant_id)


async def test_a_tenant_without_a_profile_speaks_as_the_settings_say(
    desk: Desk, availability: Availability
) -> None:
    assert availability.profile(desk.tenant_id) == profile.default(desk.settings)


class TestFollowing:
    """Changes that other processes make."""

    @pytest.fixture
    async def following(self, desk: Desk, database_url: str) -> AsyncIterator[Watched]:
        listener = Listener(database_url)
        found = Watched(desk.db, desk.settings)
        found.looked = asyncio.Event()
        await found.start(listener)
        await listener.start()
        yield found
        await found.stop()
        await listener.stop()

    async def test_a_new_key_and_a_removed_one_are_known_at_once(
        self, desk: Desk, following: Watched
    ) -> None:
        token_id = await desk.key("sk-first-0001")
        await self._until(following, desk.tenant_id, usable=True)
        async with desk.db.unit() as unit:
            await tokens.remove(unit, desk.admin, token_id)
        await self._until(following, desk.tenant_id, usable=False)

    @staticmethod
    async def _until(found: Watched, tenant_id: int, *, usable: bool) -> None:
        async with asyncio.timeout(PATIENCE):
            while found.usable(tenant_id) is not usable:
                found.looked.clear()
                await found.looked.wait()
