"""Health answers are taken after a consent of their own and found nowhere but sealed apart."""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from insurance_chat.conversations import contacts
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.insurance import policies, products, quotes, sales
from insurance_chat.insurance.mortgage import health
from insurance_chat.insurance.mortgage.types import MortgageRequest
from insurance_chat.insurance.repository import JobRepository
from tests.contracts.insurers.cases import HEALTH, mortgage_request
from tests.slices.insurance.test_saga import Shop, product, sandbox_url, shop  # noqa: F401
from tests.slices.operators.commissions.conftest import Company, company  # noqa: F401

ANSWERS = HEALTH.model_copy(
    update={"height_cm": 187, "weight_kg": Decimal("113.7"), "smoker": True, "surgery": True}
)
#: Names and values of the answers; none of them may be readable anywhere.
WORDS = ("height_cm", "heightCm", "weight_kg", "weightKg", "113.7", "smoker", "surgery", "bloodP")


async def tables(db: Database) -> str:
    """Every row of every table, as text."""
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "select tablename from pg_tables where schemaname = 'public'"
        )
        names = [row[0] for row in await cursor.fetchall()]
        found = []
        for name in names:
            rows = await connection.execute(f'select t::text from "{name}" t')
            found += [str(row[0]) for row in await rows.fetchall()]
    return "\n".join(found)


@pytest.mark.parametrize("product", ["mortgage"])
async def test_a_sale_leaves_the_health_answers_nowhere_in_sight(
    shop: Shop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(shop, "line", _Unhealthy(shop.line))
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        sale = await shop.confirm(await shop.advance(await shop.begin()))
        await shop.pay(sale)
        sale = await shop.advance(sale)
    assert sale.settled
    async with shop.db.unit() as unit:
        policy = await policies.of_sale(unit, shop.tenant_id, sale.id)
        payload = sales.payload(unit, sale)
    stored = await tables(shop.db)
    assert health.HEALTH_CONSENT.digest in stored  # the declaration is among what was read
    seen = [stored, json.dumps(logged, default=str), caplog.text]
    seen += [json.dumps(payload, ensure_ascii=False), repr(policy)]
    for text in seen:
        assert [word for word in WORDS if word in text] == []


class _Unhealthy:
    """The mortgage line with answers that can be recognised."""

    def __init__(self, line: Any) -> None:
        self.product = line.product
        self._line = line

    def request(self, **changes: Any) -> Any:
        """The request with the answers."""
        return self._line.request(**changes, health=ANSWERS)


def test_a_request_never_writes_or_prints_the_answers() -> None:
    request = mortgage_request(health=ANSWERS)
    for text in (request.model_dump_json(), str(request.model_dump()), repr(request), str(ANSWERS)):
        assert [word for word in WORDS if word in text] == []


async def test_without_the_separate_consent_nothing_is_taken(company: Company) -> None:  # noqa: F811
    chat = await company.chat()
    async with company.db.unit() as unit:
        with pytest.raises(ServiceError) as caught:
            await health.keep(
                unit, company.tenant_id, ANSWERS, channel="web", contact_id=chat.contact_id
            )
    assert caught.value.code == "health_consent_required"
    assert "здоровь" in caught.value.data["text"]
    async with company.db.unit() as unit:
        with pytest.raises(ServiceError, match="health_consent_required"):
            await health.keep(
                unit,
                company.tenant_id,
                ANSWERS,
                channel="api",
                contact_id=None,
                consent_version="2020-01-01",
            )


async def test_answers_are_opened_for_the_insurer_and_gone_after_a_withdrawal(
    company: Company,  # noqa: F811
) -> None:
    chat = await company.chat()
    tenant = company.tenant_id
    async with company.db.unit() as unit:
        await health.agree(unit, tenant, chat.contact_id, chat.conversation_id, "web")
        kept = await health.keep(unit, tenant, ANSWERS, channel="web", contact_id=chat.contact_id)
    asked = mortgage_request(health=None, health_ref=kept)
    async with company.db.unit() as unit:
        quote = await quotes.order(
            unit, tenant, asked, "polis_online", key=str(kept), conversation_id=None
        )
    async with company.db.unit() as unit:
        found = await JobRepository(unit).fetch_quote_across_tenants(quote.id)
        assert found is not None
        read = quotes.read_request(unit, found)
        assert isinstance(read, MortgageRequest)
        assert read.health is None
        completed = await health.complete(unit, tenant, read)
        assert isinstance(completed, MortgageRequest)
        assert completed.health == ANSWERS
        with pytest.raises(ServiceError, match="health_answers_missing"):
            await health.complete(unit, tenant + 1, read)
    async with company.db.unit() as unit:
        await contacts.withdraw_consents(unit, tenant, chat.contact_id)
        await products.forget_apart(unit, tenant, chat.contact_id)
    async with company.db.unit() as unit:
        with pytest.raises(ServiceError, match="health_answers_missing"):
            await health.complete(unit, tenant, asked)
        assert not await health.agreed(unit, tenant, chat.contact_id)


async def test_answers_are_erased_when_their_purpose_is_over(company: Company) -> None:  # noqa: F811
    kept = []
    for _ in range(2):
        async with company.db.unit() as unit:
            version = health.HEALTH_CONSENT.version
            kept.append(
                await health.keep(
                    unit,
                    company.tenant_id,
                    ANSWERS,
                    channel="api",
                    contact_id=None,
                    consent_version=version,
                )
            )
    async with company.db.pool.connection() as connection:
        await connection.execute(
            "update health_declarations set created_at = now() - interval '91 days'"
            " where public_id = %s",
            (kept[0],),
        )
    async with company.db.unit() as unit:
        await products.tidy(unit)
    async with company.db.unit() as unit:
        with pytest.raises(ServiceError, match="health_answers_missing"):
            await health.complete(unit, company.tenant_id, mortgage_request(health_ref=kept[0]))
        assert await health.complete(unit, company.tenant_id, mortgage_request(health_ref=kept[1]))
