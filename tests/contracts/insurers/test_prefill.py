"""Every insurer adapter tells "nothing known" from "nobody answered"."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.providers.ports import KbmStatus
from tests.contracts.insurers.cases import (
    DRIVER,
    KNOWN_PLATE,
    SILENT_DRIVER,
    UNKNOWN_PLATE,
    key,
    paid_draft,
    tomorrow,
)


async def test_a_known_plate_gives_the_same_car_every_time(world: Any) -> None:
    first = await world.provider.vehicle_by_plate(KNOWN_PLATE)
    assert first == await world.provider.vehicle_by_plate(KNOWN_PLATE)
    assert first.brand
    assert first.model
    assert 2005 <= first.year <= 2024
    assert first.power_hp > 0
    assert len(first.vin) == 17


async def test_an_unknown_plate_gives_nothing(world: Any) -> None:
    assert await world.provider.vehicle_by_plate(UNKNOWN_PLATE) is None
    assert await world.provider.previous_policy(UNKNOWN_PLATE) is None


async def test_bonus_malus_is_found_by_driver_and_by_licence(world: Any) -> None:
    kbm = await world.provider.kbm(DRIVER, tomorrow())
    assert (kbm.status, kbm.value, kbm.klass) == (KbmStatus.FOUND, Decimal("0.57"), "11")
    assert await world.provider.kbm_by_license(DRIVER.license) == kbm


async def test_a_silent_source_of_bonus_malus_is_not_117(world: Any) -> None:
    kbm = await world.provider.kbm(SILENT_DRIVER, tomorrow())
    assert (kbm.status, kbm.value) == (KbmStatus.UNAVAILABLE, None)
    await world.behave(kbm_unavailable=True)
    assert (await world.provider.kbm_by_license(DRIVER.license)).value is None


async def test_a_slow_source_of_bonus_malus_is_unavailable(world: Any) -> None:
    await world.behave(time_scale=10)
    assert (await world.provider.kbm(DRIVER, tomorrow())).status is KbmStatus.UNAVAILABLE


async def test_a_silent_source_of_previous_policies_is_an_error(world: Any) -> None:
    await world.behave(previous_policy_unavailable=True)
    with pytest.raises(ServiceError) as caught:
        await world.provider.previous_policy(KNOWN_PLATE)
    assert caught.value.kind is Kind.UNAVAILABLE


async def test_the_policy_sold_here_is_the_previous_one_next_time(world: Any) -> None:
    draft_id = await paid_draft(world.provider)
    issued = await world.provider.issue(draft_id, key())
    previous = await world.provider.previous_policy(KNOWN_PLATE)
    assert previous.number == issued.policy_number
    assert (previous.company_code, previous.expire_at) == ("reso", issued.end_date)
