"""«Сколько стоит?» before any data, and «почему так дорого?» after an offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from insurance_chat.dialogue.actions import Action, ActionContext, Outcome
from insurance_chat.dialogue.effects import Say
from insurance_chat.insurance.osago.settings import OsagoSettings
from insurance_chat.insurance.osago.tariff.calculator import estimate
from insurance_chat.insurance.osago.tariff.dates import full_years
from insurance_chat.insurance.osago.tariff.explain import (
    PriceContext,
    explain_estimate,
    explain_price,
)
from insurance_chat.insurance.osago.tariff.territory import Territory, find_territory, get_territory
from insurance_chat.insurance.osago.tariff.types import (
    Driver,
    Estimate,
    KbmGuess,
    TariffRequest,
)


class PriceActions:
    """Estimates and explanations from the tariff tables.

    Args:
        settings: switch of the premium's cap.
    """

    def __init__(self, settings: OsagoSettings) -> None:
        self._settings = settings

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow files use them."""
        return {"estimate_osago": self.estimate_osago, "explain_price": self.explain_price}

    async def estimate_osago(self, context: ActionContext) -> Outcome:
        """An honest range from what is known, and what it depends on."""
        return Outcome(effects=(self._range(context),))

    async def explain_price(self, context: ActionContext) -> Outcome:
        """Every coefficient of the chosen or the cheapest offer in words."""
        offer = _offer(context.slots)
        if offer is None:
            return Outcome(effects=(self._range(context),))
        price = Decimal(offer["price"])
        coefficients = {code: Decimal(value) for code, value in offer["coefficients"].items()}
        draft = context.slots.get("draft")
        if draft is not None and Decimal(draft["price"]) != price:
            # The insurer has named another price since, so its base rate is not known any more.
            price = Decimal(draft["price"])
            coefficients.pop("ТБ", None)
        about = PriceContext(
            company=offer["company"],
            territory=_territory_title(context),
            power_hp=_power(context.slots),
            drivers=len(context.slots.get("drivers") or ()) or None,
            unlimited=bool(context.slots.get("drivers_unlimited")),
        )
        amounts = (price, *(value for code, value in coefficients.items() if code == "ТБ"))
        text = explain_price(coefficients, price, about)
        return Outcome(effects=(Say("text", {"text": text}, amounts=amounts),))

    def _range(self, context: ActionContext) -> Say:
        found = _rounded(estimate(self._request(context)))
        values = {"text": explain_estimate(found)}
        return Say("estimate", values, amounts=_amounts(found))

    def _request(self, context: ActionContext) -> TariffRequest:
        slots = context.slots
        return TariffRequest(
            on=context.now.date(),
            territory=_territory(context),
            power_hp=_power(slots),
            drivers=_drivers(slots, context.now.date()),
            unlimited=bool(slots.get("drivers_unlimited")),
            period_months=int(slots.get("period_months") or 12),
            kbm_guess=KbmGuess.TYPICAL,
            cap_multiplier=self._settings.osago_cap_multiplier,
        )


def _rounded(found: Estimate) -> Estimate:
    # Kopecks in a range that only orients would promise a precision that it does not have.
    ten = Decimal(10)
    low = (found.minimum / ten).to_integral_value(ROUND_FLOOR) * ten
    high = (found.maximum / ten).to_integral_value(ROUND_CEILING) * ten
    return replace(found, minimum=low, maximum=high)


def _power(slots: Mapping[str, Any]) -> Decimal | None:
    power = slots.get("power_hp")
    return Decimal(str(power)) if power is not None else None


def _territory(context: ActionContext) -> Territory | None:
    today, slots = context.now.date(), context.slots
    if slots.get("territory"):
        return get_territory(slots["territory"], today)
    address = slots.get("owner_address") or {}
    texts = (slots.get("region"), address.get("city"), address.get("region"))
    found = (find_territory(str(text), today) for text in texts if text)
    return next((territory for territory in found if territory is not None), None)


def _territory_title(context: ActionContext) -> str | None:
    territory = _territory(context)
    return territory.title if territory is not None else None


def _drivers(slots: Mapping[str, Any], today: date) -> tuple[Driver, ...]:
    if slots.get("drivers_unlimited"):
        return ()
    items = list(slots.get("drivers") or ())
    if not items and (slots.get("driver_birth_date") or slots.get("driver_experience_start")):
        items = [
            {
                "birth_date": slots.get("driver_birth_date"),
                "experience_start": slots.get("driver_experience_start"),
            }
        ]
    return tuple(
        Driver(age=_years(d["birth_date"], today), experience=_years(d["experience_start"], today))
        for d in items
    )


def _years(value: str | None, today: date) -> int | None:
    return full_years(date.fromisoformat(value), today) if value else None


def _offer(slots: Mapping[str, Any]) -> dict[str, Any] | None:
    offers = [o for o in slots.get("offers") or () if o.get("price")]
    chosen = next((o for o in offers if o["id"] == slots.get("offer")), None)
    return chosen or (offers[0] if offers else None)


def _amounts(found: Estimate) -> tuple[Decimal, ...]:
    return (found.minimum, found.maximum, found.base_minimum, found.base_maximum)
