"""The form of a sale: filled from the dialogue, checked as the client's own words are."""

from __future__ import annotations

from decimal import Decimal

import pytest

from insurance_chat.insurance import policies
from insurance_chat.operators.commissions import overview
from insurance_chat.operators.sales.form import TOO_LATE
from insurance_chat.operators.sales.reading import CONSENT_FIRST
from insurance_chat.operators.sales.views import Stage, Word
from tests.slices.operators.sales.conftest import DRIVER, EMAIL, OWNER, PLATE, Sale, terms

pytestmark = pytest.mark.asyncio(loop_scope="session")


def word(form: object, slot: str) -> Word:
    return next(one.word for one in form.decisions if one.slot == slot)  # type: ignore[attr-defined]


async def test_an_agent_sells_from_the_first_question_to_the_policy(sale: Sale) -> None:
    assert (await sale.read()).stage is Stage.NOT_STARTED
    form = await sale.reach_the_offers()
    assert form.stage is Stage.CHOOSING
    companies = {offer.company for offer in form.offers}
    assert len(companies) >= 3  # of the whole service: this agent works with none of them
    chosen = next(offer for offer in form.offers if offer.price is not None)

    assert await sale.fill({"offer": chosen.id}) == {}
    form = await sale.read()
    assert form.stage is Stage.CONFIRMING
    assert form.price is not None
    assert word(form, "confirm") is Word.ASKED
    await sale.world.fresh(sale.talk)
    await sale.client("подтверждаю")
    form = await sale.read()
    assert (form.stage, word(form, "confirm")) == (Stage.PAYING, Word.YES)

    await sale.world.pay(sale.talk)
    form = await sale.read()
    assert form.stage is Stage.ISSUED
    assert form.policy is not None
    assert form.policy.company == chosen.company
    assert not form.open
    assert await sale.fill({"plate": "В123ВС77"}) == {"plate": TOO_LATE}
    assert (await sale.slots())["plate"] == PLATE
    assert await sale.world.rows(
        "select 1 from conversations where id = %s and state = 'with_agent'",
        sale.talk.conversation_id,
    )
    async with sale.world.db.unit() as unit:
        policy = await policies.find(unit, sale.agent, form.policy.id)
        assert policy.operator_id == sale.agent.user_id
        page = await overview.list_entries(unit, sale.agent, overview.wanted(sale.agent), limit=10)
    assert [one.policy_id for one in page.rows] == [form.policy.id]


async def test_reminders_of_a_policy_sold_in_the_form_go_to_the_agent_too(sale: Sale) -> None:
    form = await sale.reach_the_offers()
    await sale.fill({"offer": next(one.id for one in form.offers if one.price)})
    await sale.world.fresh(sale.talk)
    await sale.client("подтверждаю")
    await sale.world.pay(sale.talk)
    assert word(await sale.read(), "send_email") is Word.ASKED
    await sale.client("нет")
    await sale.client("да")
    rows = await sale.world.rows(
        "select recipients from reminders where policy_id in"
        " (select id from policies where conversation_id = %s)",
        sale.talk.conversation_id,
    )
    assert rows
    assert all("agent" in recipients for (recipients,) in rows)


async def test_before_the_consent_nothing_is_stored(sale: Sale) -> None:
    for words in ({"plate": PLATE}, {"owner_full_name": OWNER["owner_full_name"]}):
        assert await sale.fill(words) == dict.fromkeys(words, CONSENT_FIRST)
    assert await sale.slots() == {}
    await sale.fill({})
    form = await sale.read()
    assert (form.stage, word(form, "consent"), form.agreed) == (Stage.CONSENT, Word.ASKED, False)
    assert await sale.fill({"plate": PLATE}) == {"plate": CONSENT_FIRST}
    assert "plate" not in await sale.slots()
    await sale.client("согласна")
    form = await sale.read()
    assert (form.stage, word(form, "consent"), form.agreed) == (Stage.FILLING, Word.YES, True)
    assert await sale.fill({"plate": PLATE}) == {}


async def test_after_a_refusal_the_form_is_closed_again(sale: Sale) -> None:
    await sale.fill({})
    await sale.client("не согласен")
    form = await sale.read()
    assert (form.stage, form.agreed, form.started) == (Stage.NOT_STARTED, False, False)
    assert "без согласия" in form.said
    assert await sale.fill({"plate": PLATE}) == {"plate": CONSENT_FIRST}


async def test_a_question_from_before_the_agent_is_asked_again(sale: Sale) -> None:
    world = sale.world
    talk = await world.begin()
    await world.say(talk, "хочу осаго")
    await world.say(talk, "позовите агента")
    name = (await world.rows("select name from users where id = %s", sale.agent.user_id))[0][0]
    await world.claim(talk, name)
    other = Sale(world, talk)
    form = await other.read()
    assert (form.started, word(form, "consent")) == (True, Word.DUE)
    await world.fresh(talk)
    await other.fill({})
    (asked,) = await world.fresh(talk)
    assert "согласие" in asked.text
    assert [one["value"] for one in asked.metadata["quickReplies"]][:1] == ["согласен"]
    assert word(await other.read(), "consent") is Word.ASKED


async def test_known_facts_are_shown_as_people_write_them_and_contacts_are_hidden(
    sale: Sale,
) -> None:
    form = await sale.reach_the_offers()
    shown = {slot: field.value for slot, field in form.fields.items()}
    assert shown["plate"] == PLATE
    assert shown["owner_full_name"] == "Иванов Иван Иванович"
    assert shown["owner_birth_date"] == "12.05.1985"
    assert shown["policyholder_is_owner"] == "да"
    assert shown["period_months"] == "12"
    assert shown["power_hp"].isdigit()
    assert shown["phone"] == "+7 ••• •••-••-67"
    assert shown["email"] == "i•••@example.ru"
    for slot in ("owner_passport", "vehicle_document", "phone", "email"):
        assert form.fields[slot].hidden
    everything = repr(form)
    for secret in ("4510123456", "4510 123456", "9912345678", "9001234567", EMAIL):
        assert secret not in everything


async def test_what_cannot_be_read_is_refused_in_russian_and_changes_nothing(sale: Sale) -> None:
    await sale.agree()
    before = await sale.slots()
    problems = await sale.fill({"plate": PLATE, "owner_passport": "45 10 1234", "email": "почта"})
    assert set(problems) == {"owner_passport", "email"}
    assert "10 цифр" in problems["owner_passport"]
    assert await sale.slots() == before


async def test_what_a_step_of_the_flow_refuses_is_told_at_the_field(sale: Sale) -> None:
    await sale.agree()
    assert await sale.fill({"plate": PLATE}) == {}
    assert await sale.fill(OWNER | {"drivers_unlimited": "да"}) == {}
    problems = await sale.fill(terms(days=0))
    assert set(problems) == {"start_date"}
    assert "Ближайшая дата" in problems["start_date"]
    form = await sale.read()
    assert form.fields["start_date"].value == ""
    assert form.fields["phone"].value


async def test_several_drivers_are_listed_one_after_another(sale: Sale) -> None:
    await sale.agree()
    await sale.fill({"plate": PLATE})
    await sale.fill(OWNER)
    assert not (await sale.read()).fields["driver_license"].shown
    await sale.fill({"drivers_unlimited": "нет"})
    form = await sale.read()
    assert form.fields["driver_license"].shown
    assert form.fields["driver_is_owner"].shown
    assert await sale.fill({"driver_is_owner": "да", **DRIVER}) == {}
    form = await sale.read()
    (first,) = form.drivers
    assert (first.name, first.born, first.since) == (
        "Иванов Иван Иванович",
        "12.05.1985",
        "01.06.2005",
    )
    assert "345679" not in first.license
    assert form.more_drivers
    assert form.drivers_open
    assert not form.fields["driver_license"].shown

    assert await sale.fill({"add_driver": "да"}) == {}
    form = await sale.read()
    assert form.fields["driver_full_name"].shown
    assert form.fields["driver_full_name"].value == ""
    second = {
        "driver_full_name": "Иванова Мария Петровна",
        "driver_birth_date": "03.04.1987",
        "driver_license": "9915 123456",
        "driver_experience_start": "10.10.2010",
    }
    assert await sale.fill(second) == {}
    assert await sale.fill({"add_driver": "нет"}) == {}
    form = await sale.read()
    assert [one.name for one in form.drivers] == ["Иванов Иван Иванович", "Иванова Мария Петровна"]
    assert not form.drivers_open
    assert form.more_drivers
    assert await sale.fill(terms()) == {}
    assert (await sale.read()).stage is Stage.CHOOSING


async def test_a_car_without_a_plate_and_a_policyholder_who_is_not_the_owner(sale: Sale) -> None:
    await sale.agree()
    assert await sale.fill({"no_plate": "да"}) == {}
    form = await sale.read()
    assert not form.fields["plate"].shown
    assert form.fields["no_plate"].value == "да"
    assert form.fields["vin"].shown
    assert await sale.fill({"policyholder_is_owner": "нет"}) == {}
    form = await sale.read()
    assert form.fields["policyholder_passport"].shown
    assert not form.fields["region"].shown


async def test_offers_are_in_roubles_as_the_insurers_gave_them(sale: Sale) -> None:
    form = await sale.reach_the_offers()
    stored = {card["id"]: card for card in (await sale.slots())["offers"]}  # type: ignore[attr-defined]
    for offer in form.offers:
        price = stored[offer.id]["price"]
        assert offer.price == (Decimal(price) if price else None)
        assert offer.price is not None or offer.note


async def test_a_second_policy_begins_with_a_question_that_the_agent_answers(sale: Sale) -> None:
    form = await sale.reach_the_offers()
    await sale.fill({"offer": next(one.id for one in form.offers if one.price)})
    await sale.world.fresh(sale.talk)
    for words in ("подтверждаю", "нет", "нет"):
        await sale.client(words)
        if words == "подтверждаю":
            await sale.world.pay(sale.talk)
    assert not (await sale.read()).started
    assert await sale.fill({}) == {}
    form = await sale.read()
    assert (form.stage, form.open, form.policy) == (Stage.FILLING, True, None)
    assert form.fields["same_car"].shown
    assert await sale.fill({"same_car": "нет"}) == {}
    form = await sale.read()
    assert form.fields["plate"].value == ""
    assert form.fields["owner_full_name"].value == "Иванов Иван Иванович"
