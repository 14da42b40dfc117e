"""The insurer itself first, then the aggregator, then an honest «not online yet»."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.insurance.providers.choice import DirectFirst, is_direct
from insurance_chat.insurance.providers.ports import OfferStatus, SaleStatus
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.insurers.cases import key, offers, osago_request, paid_draft
from tests.contracts.insurers.conftest import make_polis_online
from tests.support.sandbox_server import served


@pytest.fixture
async def choice(world: Any) -> Any:
    """The aggregator, and РЕСО connected directly at an address of its own."""
    with served(create_sandbox_app(time_scale=0)) as url:
        async with (
            httpx.AsyncClient(trust_env=False) as http,
            httpx.AsyncClient(base_url=url, trust_env=False) as insurer,
        ):
            yield DirectFirst(world.provider, {"reso": make_polis_online(url, http, [])}), insurer


async def test_an_offer_of_a_connected_insurer_comes_from_the_insurer(choice: Any) -> None:
    provider, _ = choice
    found = list((await offers(provider)).values())
    companies = [offer.company_code for offer in found]
    assert len(companies) == len(set(companies))
    assert {o.company_code for o in found if is_direct(o.offer_id)} == {"reso"}
    assert len(found) > 5


async def test_a_direct_offer_is_sold_by_the_insurer_to_the_end(choice: Any, world: Any) -> None:
    provider, insurer = choice
    found = list((await offers(provider)).values())
    offer = next(o for o in found if is_direct(o.offer_id) and o.status is OfferStatus.READY)
    draft = await provider.create_draft(offer.offer_id, key())
    waiting = await provider.request_payment(draft.draft_id, "https://chat.example/back", key())
    assert waiting.payment_url is not None
    await insurer.post(waiting.payment_url, data={"action": "pay"})
    issued = await provider.issue(draft.draft_id, key())
    assert issued.status is SaleStatus.ISSUED
    assert issued.draft_id == draft.draft_id
    assert (await provider.policy_pdf(draft.draft_id)).startswith(b"%PDF")
    sold = (await insurer.get("/control/policies")).json()["policies"]
    assert len(sold) == 1
    assert await world.policies() == []


async def test_a_silent_insurer_leaves_its_company_to_the_aggregator(
    choice: Any, world: Any
) -> None:
    provider, insurer = choice
    fault = {"operation": "create_quote", "kind": "status", "status": 503, "times": 50}
    assert (await insurer.post("/control/faults", json=fault)).status_code == 201
    found = list((await offers(provider)).values())
    assert "reso" in {offer.company_code for offer in found}
    assert not [offer for offer in found if is_direct(offer.offer_id)]
    assert world.provider is not None


async def test_a_draft_of_either_is_found_by_its_key(choice: Any) -> None:
    provider, _ = choice
    found = list((await offers(provider)).values())
    for direct in (True, False):
        offer = next(
            o for o in found if is_direct(o.offer_id) is direct and o.status is OfferStatus.READY
        )
        intent = key()
        draft = await provider.create_draft(offer.offer_id, intent)
        again = await provider.find(intent)
        assert again is not None
        assert again.draft_id == draft.draft_id


async def test_without_anybody_nothing_is_sold_online() -> None:
    nobody = DirectFirst(None, {})
    assert not nobody.available
    with pytest.raises(ServiceError, match="product_not_online"):
        await nobody.request_quotes(osago_request(), key())


async def test_the_aggregator_alone_sells_as_before(world: Any) -> None:
    provider = DirectFirst(world.provider)
    draft = await provider.status(await paid_draft(provider))
    assert draft.status is SaleStatus.PAID
