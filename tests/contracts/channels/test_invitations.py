"""Clients come into a messenger by the invitation of an agent."""

from __future__ import annotations

import pytest

from insurance_chat.operators.invitations import service as invitations
from tests.contracts.channels.driver import Client, Feature
from tests.contracts.channels.world import World, add_staff

pytestmark = pytest.mark.needs(Feature.START_LINK)


async def _invited(world: World, name: str) -> str:
    """What the link of a new agent brings into the messenger."""
    async with world.parts.db.unit() as unit:
        agent = await add_staff(unit, world.admin.tenant_id, name, "agent")
        made = await invitations.create(
            unit, world.admin, agent.public_id, label="с визитки", only_own_companies=False
        )
    return made.path.removeprefix("/i/")


async def _agent(world: World) -> list[tuple[str, int]]:
    """Whose client wrote last, and how often that agent's link was used."""
    conversation_id, _ = await world.conversation()
    rows = await world.rows(
        "select u.name, i.used_count from conversations c join contacts k on k.id = c.contact_id"
        " join users u on u.id = k.operator_id join invitations i on i.operator_id = u.id"
        " where c.id = %s",
        conversation_id,
    )
    return [(row[0], row[1]) for row in rows]


async def _fence(world: World, client: Client) -> list[str]:
    """Everything that is shown up to the answer to something said now."""
    await client.say("что дальше?")

    async def answered() -> list[str] | None:
        texts = [one.text for one in await client.shown()]
        return texts if any("что дальше?" in text for text in texts) else None

    found: list[str] = await world.until(answered)
    return found


async def test_who_comes_by_the_link_of_an_agent_is_that_agents_client(world: World) -> None:
    client = await world.client()
    await client.start(await _invited(world, "Пётр Приглашающий"))
    greeting = (await world.shown(client))[0]
    assert "страховой агент Пётр Приглашающий" in greeting.text
    offered = greeting.buttons or greeting.text
    assert "Оформить ОСАГО" in offered
    assert await _agent(world) == [("Пётр Приглашающий", 1)]


async def test_a_link_that_is_followed_twice_greets_once(world: World) -> None:
    client = await world.client()
    token = await _invited(world, "Ольга Дважды")
    await client.start(token)
    await world.shown(client)
    await client.start(token)
    texts = await _fence(world, client)
    assert len([text for text in texts if "пригласил" in text]) == 1
    assert not [text for text in texts if "не действует" in text]
    assert await _agent(world) == [("Ольга Дважды", 1)]


async def test_a_client_stays_with_the_first_agent(world: World) -> None:
    client = await world.client()
    await client.start(await _invited(world, "Анна Первая"))
    await world.shown(client)
    await client.start(await _invited(world, "Борис Второй"))
    texts = await _fence(world, client)
    assert [text for text in texts if "уже работает страховой агент Анна Первая" in text]
    assert await _agent(world) == [("Анна Первая", 1)]


@pytest.mark.needs(Feature.START_LINK)
async def test_an_invitation_that_does_not_work_is_explained(world: World) -> None:
    client = await world.client()
    await client.start("i" * 30)
    text = (await world.texts(client))[0]
    assert "не действует" in text
    assert "помогу" in text
