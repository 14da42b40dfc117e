"""Every insurer adapter sells a policy, once."""

from __future__ import annotations

import asyncio
import io
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pypdf
import pytest

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.providers.ports import OfferStatus, PolicyProvider, SaleStatus
from tests.contracts.insurers.cases import (
    YOUNG_DRIVER,
    Line,
    key,
    offers,
    osago_request,
    paid_draft,
    ready_offer,
    tomorrow,
)


async def test_a_client_gets_from_a_quote_to_the_document(world: Any, line: Line) -> None:
    provider: PolicyProvider = line.of(world.provider)
    offer = await ready_offer(provider, request=line.request)
    draft = await provider.create_draft(offer.offer_id, key())
    assert (draft.status, draft.price) == (SaleStatus.DRAFT, offer.price)

    waiting = await provider.request_payment(draft.draft_id, "https://chat.example/back?a=1", key())
    assert waiting.status is SaleStatus.AWAITING_PAYMENT
    assert waiting.payment_url
    assert waiting.payment_expires_at
    shown = await world.control.get(waiting.payment_url)
    assert "ПЕСОЧНИЦА" in shown.text
    back = await world.control.post(waiting.payment_url, data={"action": "pay"})
    query = parse_qs(urlsplit(back.headers["location"]).query)
    assert query["a"] == ["1"]

    token = query["paymentToken"][0]
    paid = await provider.confirm_payment(draft.draft_id, token, key())
    assert paid.status is SaleStatus.PAID
    assert paid.paid_at

    issued = await provider.issue(draft.draft_id, key())
    assert issued.status is SaleStatus.ISSUED
    assert issued.policy_number
    assert issued.policy_number.startswith(line.series)
    assert issued.start_date == line.request().start_date

    pdf = pypdf.PdfReader(io.BytesIO(await provider.policy_pdf(draft.draft_id)))
    text = pdf.pages[0].extract_text()
    assert issued.policy_number in text
    assert "Тестов Пётр Ильич" in text
    assert [policy["number"] for policy in await world.policies()] == [issued.policy_number]


async def test_fifteen_companies_answer_and_the_price_is_the_product(world: Any) -> None:
    found = await offers(world.provider)
    assert len(found) == 15
    for offer in found.values():
        if offer.status is OfferStatus.READY:
            product = Decimal(1)
            for part in offer.coefficients:
                product *= part.value
            assert offer.price == round(product, 2)
    assert [part.code for part in found["reso"].coefficients] == [
        "ТБ", "КТ", "КБМ", "КВС", "КО", "КМ", "КС",
    ]  # fmt: skip


@pytest.mark.parametrize("key_of_place", ["moskva", "orel", "krasnodarskiy-kray", "zlatoust"])
async def test_any_territory_of_our_table_can_be_quoted(world: Any, key_of_place: str) -> None:
    found = await offers(world.provider, region=key_of_place)
    assert found["reso"].status is OfferStatus.READY


async def test_every_step_repeated_under_its_key_returns_the_first_result(
    world: Any, line: Line
) -> None:
    provider = line.of(world.provider)
    keys = [key() for _ in range(5)]
    request_ids = {await provider.request_quotes(line.request(), keys[0]) for _ in range(2)}
    assert len(request_ids) == 1
    quotes = await provider.quotes(request_ids.pop())
    offer = next(offer for offer in quotes.offers if offer.company_code == "reso")
    drafts = [await provider.create_draft(offer.offer_id, keys[1]) for _ in range(2)]
    assert drafts[0] == drafts[1]
    draft_id = drafts[0].draft_id
    links = [await provider.request_payment(draft_id, "https://c.example", keys[2]) for _ in "ab"]
    assert links[0] == links[1]
    paid = [await provider.confirm_payment(draft_id, "test_1", keys[3]) for _ in "ab"]
    assert paid[0] == paid[1]
    issued = [await provider.issue(draft_id, keys[4]) for _ in "ab"]
    assert issued[0] == issued[1]
    assert len(await world.policies()) == 1


async def test_one_key_with_other_data_is_a_conflict(world: Any, line: Line) -> None:
    provider = line.of(world.provider)
    same = key()
    await provider.request_quotes(line.request(), same)
    with pytest.raises(ServiceError) as caught:
        await provider.request_quotes(line.request(start_date=tomorrow()), same)
    assert caught.value.kind is Kind.CONFLICT
    assert caught.value.data["reason"] == "idempotency_mismatch"


async def test_paying_twice_and_issuing_at_once_sells_one_policy(world: Any, line: Line) -> None:
    provider = line.of(world.provider)
    draft = await provider.create_draft(
        (await ready_offer(provider, request=line.request)).offer_id, key()
    )
    waiting = await provider.request_payment(draft.draft_id, "https://chat.example/back", key())
    tokens = set()
    for _ in range(2):
        back = await world.control.post(waiting.payment_url, data={"action": "pay"})
        tokens.add(parse_qs(urlsplit(back.headers["location"]).query)["paymentToken"][0])
    assert len(tokens) == 1
    for _ in range(2):
        await provider.confirm_payment(draft.draft_id, next(iter(tokens)), key())
    issued = await asyncio.gather(*(provider.issue(draft.draft_id, key()) for _ in range(5)))
    assert len({one.policy_number for one in issued}) == 1
    assert len(await world.policies()) == 1


async def test_a_foreign_payment_token_does_not_fit(world: Any, line: Line) -> None:
    provider = line.of(world.provider)
    draft = await provider.create_draft(
        (await ready_offer(provider, request=line.request)).offer_id, key()
    )
    with pytest.raises(ServiceError) as caught:
        await provider.confirm_payment(draft.draft_id, "pay_of_somebody_else", key())
    assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "payment_not_found")


async def test_an_unpaid_draft_is_not_issued_and_can_be_cancelled(world: Any, line: Line) -> None:
    provider = line.of(world.provider)
    draft = await provider.create_draft(
        (await ready_offer(provider, request=line.request)).offer_id, key()
    )
    with pytest.raises(ServiceError) as caught:
        await provider.issue(draft.draft_id, key())
    assert caught.value.data["reason"] == "not_paid"
    assert (await provider.cancel(draft.draft_id, key())).status is SaleStatus.CANCELLED
    with pytest.raises(ServiceError):
        await provider.confirm_payment(draft.draft_id, "test_late", key())
    assert await world.policies() == []


async def test_a_paid_draft_cannot_be_cancelled(world: Any, line: Line) -> None:
    provider = line.of(world.provider)
    draft_id = await paid_draft(provider, request=line.request)
    with pytest.raises(ServiceError) as caught:
        await provider.cancel(draft_id, key())
    assert caught.value.data["reason"] == "already_paid"


async def test_refusing_to_pay_leaves_the_draft_waiting(world: Any, line: Line) -> None:
    provider = line.of(world.provider)
    draft = await provider.create_draft(
        (await ready_offer(provider, request=line.request)).offer_id, key()
    )
    waiting = await provider.request_payment(draft.draft_id, "https://chat.example/back", key())
    back = await world.control.post(waiting.payment_url, data={"action": "refuse"})
    assert "paymentRefused=1" in back.headers["location"]
    assert (await provider.status(draft.draft_id)).status is SaleStatus.AWAITING_PAYMENT


async def test_t_insurance_is_three_per_cent_dearer_in_the_draft(world: Any) -> None:
    offer = await ready_offer(world.provider, "tinsurance")
    draft = await world.provider.create_draft(offer.offer_id, key())
    assert offer.price
    assert draft.price == round(offer.price * Decimal("1.03"), 2)


async def test_the_sandbox_can_change_the_price_of_any_company(world: Any) -> None:
    await world.behave(price_change_percent="10", price_change_company="reso")
    offer = await ready_offer(world.provider)
    draft = await world.provider.create_draft(offer.offer_id, key())
    assert offer.price
    assert draft.price == round(offer.price * Decimal("1.1"), 2)


async def test_a_company_that_declines_says_why(world: Any) -> None:
    await world.behave(decline_companies=["rgs"])
    found = await offers(world.provider, drivers=(YOUNG_DRIVER,))
    for company in ("rgs", "absolut"):
        assert found[company].status is OfferStatus.DECLINED
        assert found[company].decline_reason
        assert found[company].price is None
    with pytest.raises(ServiceError) as caught:
        await world.provider.create_draft(found["absolut"].offer_id, key())
    assert caught.value.data["reason"] == "offer_not_ready"


async def test_an_insurer_that_works_through_operations_is_polled(world: Any, line: Line) -> None:
    provider = line.of(world.provider)
    draft_id = await paid_draft(provider, "vsk", line.request)
    assert await world.count("operation") == 1
    await world.behave(time_scale=0.05)
    issued = await provider.issue(draft_id, key())
    assert (issued.status, issued.policy_number) == (SaleStatus.ISSUING, None)
    await asyncio.sleep(0.3)
    assert (await provider.status(draft_id)).status is SaleStatus.ISSUED


async def test_a_refused_request_names_the_fields_in_our_words(world: Any) -> None:
    wrong = osago_request(
        start_date=tomorrow().replace(year=2020),
        drivers=(YOUNG_DRIVER.model_copy(update={"license": "12"}),),
    )
    with pytest.raises(ServiceError) as caught:
        await world.provider.request_quotes(wrong, key())
    assert (caught.value.kind, caught.value.code) == (Kind.INVALID, "provider_rejected")
    fields = {item["name"]: item["message"] for item in caught.value.data["fields"]}
    assert fields["start_date"] == "Дата начала: не раньше завтрашнего дня"
    assert fields["drivers.0.license"].startswith("Водительское удостоверение водителя 1")


async def test_a_policy_can_start_tomorrow_but_not_today(world: Any, line: Line) -> None:
    provider = line.of(world.provider)
    await provider.request_quotes(line.request(start_date=tomorrow()), key())
    today = tomorrow().fromordinal(tomorrow().toordinal() - 1)
    with pytest.raises(ServiceError):
        await provider.request_quotes(line.request(start_date=today), key())
