"""The sale survives whatever happens between two of its steps, and sells once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import local_file_store
from insurance_chat.insurance import documents, quotes, sales
from insurance_chat.insurance.models import Sale
from insurance_chat.insurance.mortgage import health
from insurance_chat.insurance.mortgage.types import MortgageRequest
from insurance_chat.insurance.providers.polis_online.client import PolisOnline
from insurance_chat.insurance.providers.polis_online.masking import Exchange
from insurance_chat.insurance.providers.polis_online.resilience import Resilience
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.insurance.providers.ports import Offer, OfferStatus, PolicyRequest
from insurance_chat.insurance.quotes import QuoteDesk
from insurance_chat.insurance.repository import JobRepository
from insurance_chat.insurance.saga import Saga
from insurance_chat.insurance.settings import InsuranceSettings
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.insurers.cases import LINES, Line
from tests.support.sandbox_server import served

FAST = Resilience(attempts=2, first_wait=0.01, longest_wait=0.02, poll_every=0.01, poll_for=1)
SETTINGS = InsuranceSettings(quote_poll_seconds=0.02, quote_deadline_seconds=5)


@dataclass
class Shop:
    """A saga, the sandbox behind it and the database under it."""

    db: Database
    tenant_id: int
    saga: Saga
    desk: QuoteDesk
    control: httpx.AsyncClient
    line: Line

    @property
    def product(self) -> str:
        """What this shop sells."""
        return self.line.product

    async def request(self) -> PolicyRequest:
        """What is asked for; health answers are sealed apart, as in life."""
        request = self.line.request(start_date=moscow_today() + timedelta(days=5))
        if not isinstance(request, MortgageRequest) or request.health is None:
            return request
        async with self.db.unit() as unit:
            kept = await health.keep(
                unit,
                self.tenant_id,
                request.health,
                channel="api",
                contact_id=None,
                consent_version=health.HEALTH_CONSENT.version,
            )
        return request.model_copy(update={"health": None, "health_ref": kept})

    async def offers(self) -> list[Offer]:
        request = await self.request()
        async with self.db.unit() as unit:
            quote = await quotes.order(
                unit, self.tenant_id, request, "polis_online", key=uuid4().hex, conversation_id=None
            )
        await self.desk.run(quote.id)
        async with self.db.unit() as unit:
            done = await JobRepository(unit).fetch_quote_across_tenants(quote.id)
            assert done is not None
            return quotes.read_offers(unit, done)

    async def begin(self, company: str = "reso") -> Sale:
        offer = next(o for o in await self.offers() if o.company_code == company)
        assert offer.status is OfferStatus.READY
        payload = {
            "title": "Hyundai Solaris",
            "start_date": (moscow_today() + timedelta(days=5)).isoformat(),
            "email": "client@example.ru",
        }
        async with self.db.unit() as unit:
            return await sales.begin(
                unit,
                self.tenant_id,
                offer,
                "polis_online",
                payload,
                product=self.product,
                key=uuid4().hex,
            )

    async def advance(self, sale: Sale) -> Sale:
        found = await self.saga.advance(sale.id)
        assert found is not None
        return found

    async def confirm(self, sale: Sale) -> Sale:
        assert sale.price is not None
        async with self.db.unit() as unit:
            await documents.give_key_information(unit, sale, "web")
            await sales.confirm_price(unit, sale.id, sale.price)
        return await self.advance(sale)

    async def fault(self, operation: str, kind: str, **more: Any) -> None:
        fault = {"operation": operation, "kind": kind, **more}
        assert (await self.control.post("/control/faults", json=fault)).status_code == 201

    async def pay(self, sale: Sale) -> None:
        assert sale.payment_url is not None
        await self.control.post(sale.payment_url, data={"action": "pay"})

    async def sold(self) -> tuple[int, int]:
        """Policies at the insurer and policies here."""
        there = (await self.control.get("/control/policies")).json()["policies"]
        async with self.db.pool.connection() as connection:
            cursor = await connection.execute(
                "select count(*) from policies where tenant_id = %s", (self.tenant_id,)
            )
            row = await cursor.fetchone()
        assert row is not None
        return len(there), row[0]


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with served(create_sandbox_app(time_scale=0)) as url:
        yield url


@pytest.fixture
def product() -> str:
    """What is sold; `over_all_products` runs a test for each."""
    return "osago"


over_all_products = pytest.mark.parametrize("product", sorted(LINES))


@pytest.fixture
async def shop(db: Database, sandbox_url: str, tmp_path: Path, product: str) -> AsyncIterator[Shop]:
    async def record(_: Exchange) -> None:
        return

    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Тест', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        httpx.AsyncClient(base_url=sandbox_url, trust_env=False) as control,
    ):
        await control.post("/control/reset")
        settings = PolisOnlineSettings(timeout_seconds=10).for_sandbox(sandbox_url)
        provider = PolisOnline(settings, http, record, resilience=FAST)
        files = local_file_store(tmp_path, db.cipher)
        providers = {code: line.of(provider) for code, line in LINES.items()}
        saga = Saga(db, providers, files, SETTINGS, "http://127.0.0.1/back")
        desk = QuoteDesk(db, providers, SETTINGS)
        yield Shop(db, row[0], saga, desk, control, LINES[product])


@over_all_products
async def test_a_sale_goes_from_an_offer_to_one_policy(shop: Shop) -> None:
    sale = await shop.advance(await shop.begin())
    assert sale.state == "draft"
    sale = await shop.confirm(sale)
    assert sale.state == "awaiting_payment"
    await shop.pay(sale)
    sale = await shop.advance(sale)
    assert (sale.state, sale.settled) == ("issued", True)
    assert await shop.sold() == (1, 1)


@over_all_products
async def test_nothing_is_paid_before_the_client_agrees_to_the_price(shop: Shop) -> None:
    sale = await shop.advance(await shop.advance(await shop.begin()))
    assert sale.state == "draft"
    assert sale.payment_url is None


@over_all_products
async def test_a_changed_price_needs_the_clients_word_again(shop: Shop) -> None:
    sale = await shop.advance(await shop.begin("tinsurance"))
    assert sale.price is not None
    assert sale.price > sale.offer_price
    async with shop.db.unit() as unit:
        with pytest.raises(ServiceError, match="price_changed"):
            await sales.confirm_price(unit, sale.id, sale.offer_price)
    assert (await shop.confirm(sale)).state == "awaiting_payment"


@pytest.mark.parametrize(
    "operation", ["create_draft", "key_information", "payment_link", "issue", "policy_pdf"]
)
@over_all_products
async def test_a_provider_that_falls_silent_after_the_work_sells_once(
    shop: Shop, operation: str
) -> None:
    await shop.fault(operation, "cut_after_work", times=3)
    sale = await shop.begin()
    paid = False
    for _ in range(12):
        sale = await shop.advance(sale)
        if sale.state == "draft":
            sale = await shop.confirm(sale)
        if sale.state == "awaiting_payment" and not paid:
            await shop.pay(sale)
            paid = True
        if sale.settled:
            break
    assert (sale.state, sale.settled) == ("issued", True)
    assert await shop.sold() == (1, 1)


@over_all_products
async def test_a_sale_that_is_advanced_by_many_at_once_ends_in_one_policy(shop: Shop) -> None:
    sale = await shop.confirm(await shop.advance(await shop.begin()))
    await shop.pay(sale)
    await asyncio.gather(*(shop.advance(sale) for _ in range(8)))
    sale = await shop.advance(sale)
    assert sale.settled
    assert await shop.sold() == (1, 1)


@over_all_products
async def test_paying_twice_gives_one_policy(shop: Shop) -> None:
    sale = await shop.confirm(await shop.advance(await shop.begin()))
    await shop.pay(sale)
    await shop.pay(sale)
    await shop.advance(sale)
    await shop.advance(sale)
    assert await shop.sold() == (1, 1)


@over_all_products
async def test_a_process_that_dies_in_a_step_is_followed_by_another(shop: Shop) -> None:
    sale = await shop.begin()
    for operation in ("create_draft", "payment_link"):
        await shop.fault(operation, "hang_after_work", seconds=0.5, times=1)
        dying = asyncio.get_running_loop().create_task(shop.saga.advance(sale.id))
        await asyncio.sleep(0.2)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        sale = await shop.advance(sale)
        if sale.state == "draft":
            async with shop.db.unit() as unit:
                assert sale.price is not None
                await documents.give_key_information(unit, sale, "web")
                await sales.confirm_price(unit, sale.id, sale.price)
    sale = await shop.advance(sale)
    await shop.pay(sale)
    assert (await shop.advance(sale)).settled
    assert await shop.sold() == (1, 1)


@over_all_products
async def test_an_unpaid_sale_can_be_given_up_and_a_paid_one_cannot(shop: Shop) -> None:
    left = await shop.confirm(await shop.advance(await shop.begin()))
    await shop.saga.cancel(left.id)
    assert (await shop.advance(left)).state == "cancelled"
    kept = await shop.confirm(await shop.advance(await shop.begin()))
    await shop.pay(kept)
    await shop.saga.cancel(kept.id)
    assert (await shop.advance(kept)).state == "issued"


@over_all_products
async def test_a_wrong_payment_token_is_no_payment(shop: Shop) -> None:
    sale = await shop.confirm(await shop.advance(await shop.begin()))
    async with shop.db.unit() as unit:
        await sales.give_payment_token(unit, sale.id, "made-up")
    sale = await shop.advance(sale)
    assert (sale.state, sale.failure) == ("awaiting_payment", "payment_not_found")
    assert await shop.sold() == (0, 0)


@over_all_products
async def test_money_without_a_policy_calls_a_human_once(shop: Shop) -> None:
    sale = await shop.confirm(await shop.advance(await shop.begin()))
    await shop.pay(sale)
    await shop.fault("issue", "status", status=503, times=None)
    sale = await shop.advance(sale)
    assert sale.state == "paid"
    async with shop.db.pool.connection() as connection:
        await connection.execute(
            "update sales set paid_at = now() - interval '1 hour' where id = %s", (sale.id,)
        )
    for _ in range(3):
        await shop.advance(sale)
    async with shop.db.pool.connection() as connection:
        cursor = await connection.execute(
            "select count(*) from incidents where tenant_id = %s and type = 'paid_not_issued'",
            (shop.tenant_id,),
        )
        assert await cursor.fetchone() == (1,)


@pytest.mark.parametrize("product", ["mortgage"])
async def test_a_voluntary_insurance_is_not_paid_for_before_its_document(
    shop: Shop,
) -> None:
    sale = await shop.advance(await shop.begin())
    assert sale.price is not None
    async with shop.db.unit() as unit:
        with pytest.raises(ServiceError, match="key_information_not_given"):
            await sales.confirm_price(unit, sale.id, sale.price)
    async with shop.db.unit() as unit:
        card = await documents.give_key_information(unit, sale, "web")
        kept = await documents.key_information(unit, sale)
    assert card is not None
    assert kept is not None
    pdf = await shop.saga._files.get(card["key"])
    assert kept.digest == hashlib.sha256(pdf).hexdigest()
    assert (kept.delivered_to, kept.price) == ("web", sale.price)
    assert (await shop.confirm(sale)).state == "awaiting_payment"


@over_all_products
async def test_the_price_is_kept_to_the_kopeck(shop: Shop) -> None:
    sale = await shop.advance(await shop.begin())
    assert sale.price is not None
    assert sale.price == sale.price.quantize(Decimal("0.01"))
