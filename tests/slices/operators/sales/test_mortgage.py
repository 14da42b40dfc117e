"""The form of a mortgage: the agent fills, the client agrees, answers about health alone, confirms, pays."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from insurance_chat.conversations import privacy
from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.insurance import policies
from insurance_chat.main.evaluation.people_mortgage import HEALTHY
from insurance_chat.operators.commissions import overview
from insurance_chat.operators.sales.form import TOO_LATE, products
from insurance_chat.operators.sales.reading import CLIENT_ONLY, CONSENT_FIRST
from insurance_chat.operators.sales.views import SaleForm, Stage, Word
from tests.slices.operators.sales.conftest import EMAIL, PHONE, Sale

LOAN = {"mortgage_bank": "Сбер", "mortgage_balance": "2 350 000", "mortgage_uplift": "без надбавки"}
FLAT = {"object_kind": "квартира", "build_year": "1996", "wooden_floors": "нет", "gas": "нет"}
BORROWER = {
    "policyholder_birth_date": "12.05.1985",
    "borrower_gender": "мужчина",
    "dangerous": "нет",
}
PAPERS = {
    "agreement_number": "12-345/2021",
    "agreement_date": "02.04.2021",
    "object_address": "г. Москва, ул. Ленина, д. 1, кв. 2",
    "object_area": "54,2",
    "policyholder_full_name": "Иванов Иван Иванович",
    "policyholder_passport": "4510 123456",
    "policyholder_address": "г. Москва, ул. Ленина, д. 1, кв. 2",
}
ANSWERS = HEALTHY | {"heightCm": "203", "weightKg": "87,31"}


def last() -> dict[str, str]:
    """When the policy begins and how to reach the client."""
    start = format_date(moscow_today() + timedelta(days=5))
    return {"start_date": start, "phone": PHONE, "email": EMAIL}


def word(form: SaleForm, slot: str) -> Word:
    return next(one.word for one in form.decisions if one.slot == slot)


async def begun(sale: Sale) -> SaleForm:
    """The agent has chosen the product, the client has agreed."""
    assert await sale.fill({}, flow="mortgage") == {}
    await sale.client("согласен")
    return await sale.read()


async def filled(sale: Sale) -> SaleForm:
    """Everything that the agent can fill of a sale with property and life."""
    await begun(sale)
    steps = ({"mortgage_risks": "имущество и жизнь"}, LOAN, FLAT, BORROWER, PAPERS, last())
    for words in steps:
        assert await sale.fill(words) == {}
    return await sale.read()


async def answered(sale: Sale) -> SaleForm:
    """The client agrees to the questions about health and answers them on their page."""
    await filled(sale)
    await sale.client("согласен")
    await sale.world.answer_health(sale.talk, ANSWERS)
    return await sale.read()


async def issued(sale: Sale) -> SaleForm:
    """The agent proposes, the client confirms and pays."""
    form = await answered(sale)
    chosen = next(one for one in form.offers if one.price is not None)
    assert await sale.fill({"offer": chosen.id}) == {}
    await sale.world.fresh(sale.talk)
    await sale.client("подтверждаю")
    await sale.world.pay(sale.talk)
    return await sale.read()


async def test_an_agent_sells_a_mortgage_policy_and_the_commission_is_theirs(sale: Sale) -> None:
    form = await answered(sale)
    assert (form.flow, form.stage) == ("mortgage", Stage.CHOOSING)
    chosen = next(one for one in form.offers if one.price is not None)
    assert "жизнь и здоровье" in chosen.details
    assert await sale.fill({"offer": chosen.id}) == {}
    form = await sale.read()
    assert (form.stage, word(form, "confirm")) == (Stage.CONFIRMING, Word.ASKED)
    assert form.price == chosen.price
    told = await sale.world.fresh(sale.talk)
    kinds = [file["kind"] for reply in told for file in reply.metadata.get("files", [])]
    assert kinds == ["key_information"]  # before the client confirms and long before they pay

    assert await sale.fill({"confirm": "да"}) == {"confirm": CLIENT_ONLY}
    await sale.client("подтверждаю")
    assert (await sale.read()).stage is Stage.PAYING
    await sale.world.pay(sale.talk)
    form = await sale.read()
    assert form.stage is Stage.ISSUED
    assert form.flow == "mortgage"
    assert form.policy is not None
    assert form.policy.company == chosen.company
    assert await sale.fill({"mortgage_balance": "1 000 000"}) == {"mortgage_balance": TOO_LATE}
    (at_insurer,) = await sale.world.policies_at_insurer()
    assert (at_insurer["product"], at_insurer["number"]) == ("mortgage", form.policy.number)
    assert Decimal(at_insurer["price"]) == chosen.price

    async with sale.world.db.unit() as unit:
        policy = await policies.find(unit, sale.agent, form.policy.id)
        page = await overview.list_entries(unit, sale.agent, overview.wanted(sale.agent), limit=10)
    assert (policy.product, policy.operator_id) == ("mortgage", sale.agent.user_id)
    assert [one.policy_id for one in page.rows] == [form.policy.id]


async def test_health_is_neither_seen_nor_told_by_the_agent(sale: Sale) -> None:
    form = await filled(sale)
    assert word(form, "health_consent") is Word.ASKED
    for slot in ("health_consent", "health_ref", "health_asked", *ANSWERS):
        assert await sale.fill({slot: "да"}) == {slot: CLIENT_ONLY}
    assert word(await sale.read(), "health_consent") is Word.ASKED

    told = (await sale.client("согласен"))[-1]
    assert "/anketa/" in told.text
    form = await sale.read()
    assert (form.stage, form.needed) == (Stage.ANSWERING, ())
    assert "ссылка видна только клиенту" in form.said
    assert "/anketa/" not in repr(form)
    assert "/anketa/" not in str(privacy.for_agent({"text": told.text}))

    await sale.world.answer_health(sale.talk, ANSWERS)
    form = await sale.read()
    assert form.stage is Stage.CHOOSING
    assert not {"203", "87,31", "87.31"} & set(re.findall(r"[\d.,]+", repr(form.fields)))
    assert not any("health" in slot for slot in form.fields)


async def test_before_the_consent_nothing_of_a_mortgage_is_stored(sale: Sale) -> None:
    assert await sale.fill(LOAN, flow="mortgage") == dict.fromkeys(LOAN, CONSENT_FIRST)
    assert await sale.slots() == {}
    assert await sale.fill({}, flow="mortgage") == {}
    assert (await sale.read()).stage is Stage.CONSENT
    assert await sale.fill(LOAN) == dict.fromkeys(LOAN, CONSENT_FIRST)
    assert "mortgage_bank" not in await sale.slots()


async def test_a_fact_stands_once_in_the_form_and_only_when_its_risk_is_chosen(sale: Sale) -> None:
    form = await begun(sale)
    slots = [field.slot for section in form.sections for field in section.fields]
    assert len(slots) == len(set(slots))
    titles = [section.title for section in form.sections]
    assert len(titles) == len(set(titles))
    assert form.title not in titles
    life = {"borrower_gender", "dangerous"}
    house = {"build_year", "wooden_floors", "gas"}
    place = {"object_kind", "object_address", "object_area"}
    for risks, wanted in (
        ("титул", place | {"ownership_registered"}),
        ("только имущество", place | house),
        ("только жизнь", life),
        ("имущество, жизнь и титул", place | house | life | {"ownership_registered"}),
    ):
        assert await sale.fill({"mortgage_risks": risks}) == {}
        shown = {slot for slot, field in (await sale.read()).fields.items() if field.shown}
        assert shown & (place | house | life | {"ownership_registered"}) == wanted, risks
        assert "policyholder_birth_date" in shown


async def test_sums_stand_as_people_write_them_and_can_be_sent_as_they_stand(sale: Sale) -> None:
    form = await filled(sale)
    kept = await sale.slots()
    shown = {slot: form.fields[slot].value for slot in ("mortgage_balance", "object_area")}
    assert {slot: " ".join(value.split()) for slot, value in shown.items()} == {
        "mortgage_balance": "2 350 000 ₽",
        "object_area": "54,2 м²",
    }
    assert await sale.fill(shown) == {}
    again = await sale.slots()
    assert [again[slot] for slot in shown] == [kept[slot] for slot in shown] == ["2350000", "54.2"]


async def test_without_the_questions_about_health_the_rest_is_sold(sale: Sale) -> None:
    await filled(sale)
    await sale.client("не согласен")
    form = await sale.read()
    assert word(form, "health_consent") is Word.NO
    assert word(form, "drop_doubtful") is Word.ASKED
    assert await sale.fill({"drop_doubtful": "да"}) == {"drop_doubtful": CLIENT_ONLY}
    await sale.client("да")
    form = await sale.read()
    assert form.stage is Stage.CHOOSING
    assert form.fields["mortgage_risks"].value == "имущество"


async def test_after_a_mortgage_the_form_is_open_for_either_product(sale: Sale) -> None:
    await issued(sale)
    for words in ("нет", "нет"):
        await sale.client(words)
    form = await sale.read()
    assert (form.flow, form.stage, form.started) == ("mortgage", Stage.ISSUED, False)
    for flow in ("osago", "mortgage"):
        assert await sale.fill({}, flow=flow) == {}
        form = await sale.read()
        assert (form.flow, form.open, form.policy) == (flow, True, None)
        if flow == "osago":
            assert not form.fields["same_car"].shown  # what was insured before is no car
            assert form.fields["start_date"].value == ""
            await sale.client("отменить оформление")


def test_every_product_of_the_house_can_be_chosen() -> None:
    assert products() == {"osago": "ОСАГО", "mortgage": "Ипотечное страхование"}
