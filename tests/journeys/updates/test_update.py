"""An insurer changes a page: the administrator is told, looks, accepts, and the client hears the new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from insurance_chat.accounts import auth
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.sources import deciding, service
from insurance_chat.knowledge.sources.service import SourceOptions, UpdateView
from insurance_chat.knowledge.sources.settings import SourceSettings
from insurance_chat.main.settings import Settings
from insurance_chat.sandbox.app import create_sandbox_app
from insurance_chat.sandbox.site import SiteState, page_of
from tests.support.sandbox_server import served
from tests.support.world import World, open_world

QUESTION = "Есть ли бесплатная парковка у офиса Югории?"
PATH = "/parking/"


class Journey:
    """The service, its administrator and the insurer's site."""

    def __init__(self, world: World, admin: Principal, site: SiteState, url: str) -> None:
        self.world, self.admin, self.site, self.url = world, admin, site, url

    def publish(self, days: int) -> None:
        """The insurer writes its page."""
        text = (
            "<p>Офис открыт каждый день.</p><h2>Парковка</h2>"
            f"<p>Срок бесплатной парковки у офиса Югории составляет {days} дней.</p>"
        )
        self.site.write(PATH, page_of("Парковка у офиса", text), noisy=True)

    async def answer(self) -> str:
        """What a new client is told."""
        talk = await self.world.begin()
        return " ".join(reply.text for reply in await self.world.say(talk, QUESTION))

    async def waiting(self) -> list[UpdateView]:
        """What waits for a decision."""
        async with self.world.db.unit() as unit:
            rows, _ = await service.list_updates(unit, self.admin, statuses=("new",))
        return rows

    async def decide(self, update: UpdateView, decision: str) -> None:
        """Press a button; the jobs do the rest."""
        async with self.world.db.unit() as unit:
            await deciding.decide(unit, self.admin, update.id, decision)
        await self.world.settle()
        await self.world.services.knowledge.refresh()

    async def letters(self) -> list[str]:
        """Letters to the administrator, oldest first."""
        answer = await self.world.control.get("/mail/api/messages?to=boss@example.ru")
        return [letter["text"] for letter in answer.json()["messages"]]


@pytest.fixture
async def journey(database_url: str, tmp_path: Path) -> AsyncIterator[Journey]:
    """A service whose administrator's log-in is an address."""
    app = create_sandbox_app(time_scale=0)
    base = Settings(
        knowledge=KnowledgeSettings(fetch_hosts="127.0.0.1"),
        sources=SourceSettings(pause_seconds=0),
    )
    with served(app) as url:
        async with open_world(database_url, tmp_path, app, url, base=base) as world:
            async with world.db.unit() as unit:
                user = await StaffRepository(unit, world.tenant_id).add(
                    login="boss@example.ru",
                    name="Ольга",
                    role="admin",
                    password_hash=uuid4().hex,
                    companies=[],
                    approved_at=utcnow(),
                )
                assert user is not None
                admin = auth.principal(user)
            yield Journey(world, admin, app.state.sandbox.site, f"{url}/site")


async def test_a_changed_page_becomes_a_new_answer_when_a_person_accepts_it(
    journey: Journey,
) -> None:
    journey.publish(14)
    async with journey.world.db.unit() as unit:
        options = SourceOptions("page", journey.url + PATH, company_code="ugoria")
        source = await service.add(unit, journey.admin, options)
    await journey.world.settle()
    (found,) = await journey.waiting()
    assert "14 дней" not in await journey.answer()
    await journey.decide(found, "add")
    assert "14 дней" in await journey.answer()

    journey.publish(25)
    async with journey.world.db.unit() as unit:
        await service.look_now(unit, journey.admin, source.id)
    await journey.world.settle()

    (update,) = await journey.waiting()
    assert "было 14 дней, стало 25 дней" in update.summary
    letters = await journey.letters()
    assert len(letters) == 2
    assert "было 14 дней, стало 25 дней" in letters[1]
    assert "/staff/admin/updates" in letters[1]
    still = await journey.answer()
    assert ("14 дней" in still, "25 дней" in still) == (True, False)

    await journey.decide(update, "change")

    after = await journey.answer()
    assert ("14 дней" in after, "25 дней" in after) == (False, True)
    async with journey.world.db.unit() as unit:
        view = await service.read_update(unit, journey.admin, update.id)
    assert (view.status, view.decided_by) == ("imported", "Ольга")
