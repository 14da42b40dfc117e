"""A client, the agent who leads the chat, and the form between them; the whole service behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.core.principal import Principal
from insurance_chat.operators.sales import form
from insurance_chat.operators.sales.views import SaleForm
from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served
from tests.support.world import Reply, Talk, World, open_world

PLATE = "А123ВС77"
OWNER = {
    "vehicle_document": "стс 9912 345678",
    "owner_full_name": "Иванов Иван Иванович",
    "owner_birth_date": "12.05.1985",
    "owner_passport": "4510 123456",
    "owner_address": "г. Москва, ул. Ленина, д. 1, кв. 2",
    "policyholder_is_owner": "да",
}
DRIVER = {"driver_license": "9912 345679", "driver_experience_start": "01.06.2005"}
PHONE = "8 900 123-45-67"
EMAIL = "ivan@example.ru"


def terms(days: int = 20) -> dict[str, str]:
    """When the policy begins, for how long, how to reach the client."""
    start = format_date(moscow_today() + timedelta(days=days))
    return {"start_date": start, "period_months": "12", "phone": PHONE, "email": EMAIL}


@dataclass
class Sale:
    """One sale through the form."""

    world: World
    talk: Talk

    @property
    def agent(self) -> Principal:
        assert self.talk.agent is not None
        return self.talk.agent

    async def fill(
        self, words: dict[str, str], by: Principal | None = None, flow: str | None = None
    ) -> dict[str, str]:
        """What the agent has typed; returns what is wrong with it."""
        problems = await form.fill(
            self.world.services, by or self.agent, self.talk.session, words, flow
        )
        await self.world.settle()
        return problems

    async def read(self, by: Principal | None = None, session: UUID | None = None) -> SaleForm:
        """The form as an agent sees it now."""
        async with self.world.db.unit() as unit:
            return await form.read(
                unit, self.world.services.catalog, by or self.agent, session or self.talk.session
            )

    async def client(self, text: str) -> list[Reply]:
        """The client writes."""
        return await self.world.say(self.talk, text)

    async def slots(self) -> dict[str, object]:
        """The facts that are stored."""
        found: dict[str, object] = (await self.world.dialogue(self.talk)).get("slots", {})
        return found

    async def agree(self) -> None:
        """The client is asked for consent and gives it."""
        assert await self.fill({}) == {}
        await self.client("согласен")

    async def reach_the_offers(self) -> SaleForm:
        """Everything that the insurers want to know."""
        await self.agree()
        for words in ({"plate": PLATE}, OWNER, {"drivers_unlimited": "да"}, terms()):
            assert await self.fill(words) == {}
        return await self.read()


@pytest.fixture(scope="module")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The service, talking to a sandbox that answers at once."""
    sandbox = create_sandbox_app(time_scale=0)
    folder = tmp_path_factory.mktemp("world")
    with served(sandbox) as url:
        async with open_world(database_url, folder, sandbox, url) as opened:
            yield opened


async def led(world: World) -> Sale:
    """A chat that a new agent leads."""
    name = f"Анна {uuid4().hex[:8]}"
    await world.hire(name, "available")
    talk = await world.begin()
    await world.say(talk, "позовите агента")
    await world.claim(talk, name)
    return Sale(world, talk)


@pytest.fixture
async def sale(world: World) -> Sale:
    """A chat that an agent leads; nothing is sold yet."""
    await world.reset()
    return await led(world)
