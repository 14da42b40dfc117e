"""Every insurer adapter survives a bad network without selling twice."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any

import pytest

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.providers.ports import SaleStatus
from tests.contracts.insurers.cases import (
    DRIVER,
    KNOWN_PLATE,
    OWNER,
    VEHICLE,
    key,
    osago_request,
    paid_draft,
    ready_offer,
    tomorrow,
)


@pytest.mark.parametrize("fault", ["cut_after_work", "hang_after_work"])
async def test_a_draft_made_in_a_lost_answer_is_found_by_its_key(world: Any, fault: str) -> None:
    offer = await ready_offer(world.provider)
    await world.fault(operation="create_draft", kind=fault, times=3, seconds=5)
    same = key()
    with pytest.raises(ServiceError) as caught:
        await world.provider.create_draft(offer.offer_id, same)
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "provider_timeout")
    found = await world.provider.find(same)
    assert found is not None
    assert await world.provider.create_draft(offer.offer_id, same) == found
    assert await world.provider.find(key()) is None


async def test_an_issue_cut_after_the_work_is_repeated_under_its_key(world: Any) -> None:
    draft_id = await paid_draft(world.provider)
    await world.fault(operation="issue", kind="cut_after_work")
    issued = await world.provider.issue(draft_id, key())
    assert issued.status is SaleStatus.ISSUED
    assert await world.count("issue") == 2
    assert len(await world.policies()) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_server_error_is_retried(world: Any, status: int) -> None:
    await world.fault(operation="create_quote", kind="status", status=status, times=2)
    await world.provider.request_quotes(osago_request(), key())
    assert await world.count("create_quote") == 3


async def test_the_last_failure_is_told(world: Any) -> None:
    await world.fault(operation="vehicle", kind="status", times=3)
    with pytest.raises(ServiceError) as caught:
        await world.provider.vehicle_by_plate(KNOWN_PLATE)
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "provider_unavailable")
    assert await world.count("vehicle") == 3


async def test_a_refusal_is_not_retried(world: Any) -> None:
    with pytest.raises(ServiceError):
        await world.provider.request_quotes(osago_request(region="Атлантида"), key())
    assert await world.count("create_quote") == 1


async def test_after_failures_in_a_row_the_provider_is_left_alone(world: Any) -> None:
    await world.provider.vehicle_by_plate(KNOWN_PLATE)
    await world.fault(operation="vehicle", kind="status", times=None)
    for _ in range(5):
        with pytest.raises(ServiceError):
            await world.provider.vehicle_by_plate(KNOWN_PLATE)
    before = await world.count("vehicle")
    with pytest.raises(ServiceError) as caught:
        await world.provider.vehicle_by_plate(KNOWN_PLATE)
    assert caught.value.data["circuit"] == "open"
    assert await world.count("vehicle") == before


async def test_an_expired_token_is_renewed_once_for_all_calls(world: Any) -> None:
    await world.provider.vehicle_by_plate(KNOWN_PLATE)
    await world.control.post("/control/tokens/expire")
    await asyncio.gather(*(world.provider.vehicle_by_plate(KNOWN_PLATE) for _ in range(5)))
    assert await world.count("refresh") == 1
    assert await world.count("login") == 2  # unknown partner, then after the registration


async def test_a_provider_that_forgot_us_is_asked_again(world: Any) -> None:
    await world.provider.vehicle_by_plate(KNOWN_PLATE)
    await world.control.post("/control/reset")
    assert await world.provider.vehicle_by_plate(KNOWN_PLATE)


async def test_a_lost_registration_does_not_lock_us_out(world: Any) -> None:
    await world.fault(operation="register_partner", kind="cut_after_work")
    with pytest.raises(ServiceError):
        await world.provider.vehicle_by_plate(KNOWN_PLATE)
    assert await world.count("register_partner") == 1
    assert await world.provider.vehicle_by_plate(KNOWN_PLATE)


async def test_the_trace_holds_every_try_and_no_personal_data(world: Any) -> None:
    await world.fault(operation="create_quote", kind="status")
    draft_id = await paid_draft(world.provider)
    await world.provider.kbm(DRIVER, tomorrow())
    await world.provider.previous_policy(KNOWN_PLATE)
    await world.provider.vehicle_by_plate(KNOWN_PLATE)
    await world.provider.issue(draft_id, key())
    await world.provider.policy_pdf(draft_id)
    with pytest.raises(ServiceError):
        await world.provider.request_quotes(osago_request(region="Атлантида"), key())
    tries = [(one.attempt, one.status) for one in world.trace if one.operation == "create_quote"]
    assert tries == [(1, 503), (2, 202), (1, 422)]
    text = json.dumps([asdict(one) for one in world.trace], ensure_ascii=False)
    assert draft_id in text
    personal = (
        "Тестов", "Пётр", OWNER.passport, OWNER.phone, OWNER.email, "Выдуманная", DRIVER.license,
        "28.11.1985", "20.05.2008", KNOWN_PLATE, VEHICLE.vin, VEHICLE.document, "sandbox-only",
        "/polis/pay/",
    )  # fmt: skip
    for value in personal:
        assert str(value) not in text
