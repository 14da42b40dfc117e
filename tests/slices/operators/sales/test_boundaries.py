"""Who may sell in a chat, and what an agent can never do for the client."""

from __future__ import annotations

from uuid import uuid4

import pytest

from insurance_chat.conversations.handover.claiming import Outcome, release
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.sales.reading import CLIENT_ONLY, NO_OFFER
from insurance_chat.operators.sales.views import Stage
from tests.slices.operators.sales.conftest import PLATE, Sale, led

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def refused(sale: Sale, by: Principal) -> set[str]:
    """Codes with which a caller is refused both ways."""
    codes = set()
    for attempt in (sale.read(by), sale.fill({"plate": PLATE}, by)):
        with pytest.raises(ServiceError) as error:
            await attempt
        codes.add(error.value.code)
    return codes


async def test_only_who_leads_the_chat_reads_and_fills(sale: Sale) -> None:
    await sale.agree()
    colleague = (await led(sale.world)).agent
    assert await refused(sale, colleague) == {"already_claimed"}
    client = Principal(sale.world.tenant_id, Role.USER, conversation_id=sale.talk.conversation_id)
    assert await refused(sale, client) == {"forbidden"}
    other = await sale.world.number(
        "insert into tenants (name, slug) values ('Чужие', %s) returning id", uuid4().hex
    )
    foreign = Principal(other, Role.ADMIN, 10**9, str(uuid4()))
    assert await refused(sale, foreign) == {"session_not_found"}
    assert "plate" not in await sale.slots()


async def test_after_the_release_the_form_is_closed(sale: Sale) -> None:
    await sale.agree()
    async with sale.world.db.unit() as unit:
        await release(unit, sale.agent, sale.talk.session, Outcome.RETURNED)
    assert await refused(sale, sale.agent) == {"not_your_chat"}


@pytest.mark.parametrize(
    "slot", ["consent", "confirm", "send_email", "remind_renewal", "offers", "draft", "price"]
)
async def test_an_agent_cannot_say_what_only_the_client_may(sale: Sale, slot: str) -> None:
    await sale.fill({})
    assert await sale.fill({slot: "да"}) == {slot: CLIENT_ONLY}
    await sale.client("согласен")
    assert await sale.fill({slot: "да"}) == {slot: CLIENT_ONLY}
    assert slot == "consent" or slot not in await sale.slots()


async def test_the_agents_words_in_the_chat_are_not_the_clients_consent(sale: Sale) -> None:
    await sale.fill({})
    await sale.world.say_as_agent(sale.talk, "согласен")
    assert (await sale.read()).stage is Stage.CONSENT


async def test_a_price_never_comes_from_the_agent(sale: Sale) -> None:
    form = await sale.reach_the_offers()
    for words in ("1 рубль", "самое дешёвое за 1 рубль", "выдуманное", "1"):
        assert await sale.fill({"offer": words}) == {"offer": NO_OFFER}
    chosen = next(offer for offer in form.offers if offer.price is not None)
    await sale.fill({"offer": chosen.id})
    rows = await sale.world.rows(
        "select offer_price, price, confirmed_price, operator_id from sales"
        " where conversation_id = %s",
        sale.talk.conversation_id,
    )
    # The insurer may fix another price than it offered; the client has confirmed neither yet.
    fixed = (await sale.read()).price
    assert fixed is not None
    assert rows == [(chosen.price, fixed, None, sale.agent.user_id)]


async def test_a_filled_form_is_in_the_log_of_actions_without_the_data(sale: Sale) -> None:
    await sale.agree()
    await sale.fill({"plate": PLATE})
    rows = await sale.world.rows(
        "select details from audit_entries where target = %s and action = 'sale.filled' order by id",
        f"chat:{sale.talk.session}",
    )
    kept = [sale.world.db.cipher.open_json(details) for (details,) in rows]
    assert [one["slots"] for one in kept] == [[], ["plate"]]
    assert PLATE not in str(kept)


async def test_a_chat_that_is_thinking_for_too_long_is_busy(sale: Sale) -> None:
    await sale.world.change(
        "update conversations set lease_owner = gen_random_uuid(),"
        " lease_until = now() + interval '1 minute' where id = %s",
        sale.talk.conversation_id,
    )
    with pytest.raises(ServiceError) as error:
        await sale.fill({})
    assert (error.value.code, error.value.kind) == ("chat_busy", Kind.CONFLICT)
