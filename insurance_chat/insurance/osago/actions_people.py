"""Steps of the OSAGO flow about the car and the people."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import structlog

from insurance_chat.core.clock import format_date
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome, Status
from insurance_chat.dialogue.effects import Say
from insurance_chat.insurance.consent import PROCESSING_CONSENT
from insurance_chat.insurance.osago.facts import DRIVER_SLOTS, VEHICLE_SLOTS, car_title
from insurance_chat.insurance.osago.product import OSAGO
from insurance_chat.insurance.osago.settings import OsagoSettings
from insurance_chat.insurance.osago.tariff.coefficients import kvs
from insurance_chat.insurance.osago.tariff.dates import full_years
from insurance_chat.insurance.osago.tariff.territory import find_territory
from insurance_chat.insurance.policies import company_name
from insurance_chat.insurance.providers.ports import OsagoProvider, PreviousPolicy, Vehicle
from insurance_chat.insurance.selling import consenting

log = structlog.get_logger()
HUMAN = ({"title": "Позвать агента", "value": "позовите агента"},)
ADULT = 18
PREFILL_SECONDS = 6.0
MAX_DRIVERS = 10


class PeopleActions:
    """Car, owner, policyholder, drivers, dates.

    Args:
        db: to keep the proof of consent.
        provider: prefill of the car and of the previous policy.
        settings: earliest start.
    """

    def __init__(self, db: Database, provider: OsagoProvider, settings: OsagoSettings) -> None:
        self._db = db
        self._provider = provider
        self._settings = settings

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow file uses them."""
        return {
            "look_back": self.look_back,
            "record_consent": consenting.recording(self._db, PROCESSING_CONSENT),
            "reuse_facts": self.reuse_facts,
            "find_vehicle": self.find_vehicle,
            "wrong_vehicle": self.wrong_vehicle,
            "check_vehicle": self.check_vehicle,
            "check_owner": self.check_owner,
            "check_policyholder": self.check_policyholder,
            "find_territory": self.find_territory,
            "guess_drivers": self.guess_drivers,
            "owner_drives": self.owner_drives,
            "keep_driver": self.keep_driver,
            "more_drivers": self.more_drivers,
            "suggest_dates": self.suggest_dates,
            "check_terms": self.check_terms,
        }

    async def look_back(self, context: ActionContext) -> Outcome:
        """A run begins: can it be sold here, and is there a policy of an earlier run?"""
        if not self._provider.available:
            return Outcome(
                status=Status.STOP, effects=(Say("product_not_online", quick_replies=HUMAN),)
            )
        policy = context.slots.get("policy")
        if policy and policy.get("product", OSAGO.code) != OSAGO.code:
            # Another product was bought in this chat: its object is no car, its first day is not ours.
            over = ("policy", "start_date", "start_options")
            return Outcome(slots={"previous_sale": None}, clear=over)
        return Outcome(slots={"previous_sale": policy}, clear=("policy",) if policy else ())

    async def reuse_facts(self, context: ActionContext) -> Outcome:
        """A second policy: the same car with the same people, or another car."""
        again = ("previous_sale", "start_date", "period_months", "start_options")
        if context.slots["same_car"]:
            return Outcome(clear=again)
        others = (*VEHICLE_SLOTS, *DRIVER_SLOTS, "drivers", "driver_added", "add_driver")
        return Outcome(clear=(*again, *others, "drivers_unlimited", "driver_is_owner"))

    async def find_vehicle(self, context: ActionContext) -> Outcome:
        """Fill in the car by its plate; when that is impossible the client is asked."""
        plate = context.slots["plate"]
        if (context.slots.get("register") or {}).get("plate") == plate:
            return Outcome()  # a resumed sale: what the client corrected since must stay
        try:
            # A client is waiting: prefill is a kindness, not a reason to be slow.
            async with asyncio.timeout(PREFILL_SECONDS):
                car, previous = await asyncio.gather(
                    self._provider.vehicle_by_plate(plate), self._previous(plate)
                )
        except TimeoutError:
            return Outcome(effects=(Say("vehicle_lookup_down"),))
        except ServiceError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise
            return Outcome(effects=(Say("vehicle_lookup_down"),))
        if car is None:
            say = Say("vehicle_not_found", {"plate": plate})
            known = {"register": {"plate": plate}}
            return Outcome(slots=known, clear=_of_other_plate(context.slots), effects=(say,))
        found = _vehicle_slots(car)
        found["register"] = {"plate": plate, **found}
        found |= _of_paper(context.slots)
        shown = {"car": car_title({**found, "plate": plate}), "power": found.get("power_hp")}
        effects = [Say("vehicle_found", shown)]
        if previous is not None:
            found["previous_policy"] = {
                "company": company_name(previous.company_code),
                "expire_at": previous.expire_at.isoformat(),
            }
            effects.append(Say("previous_policy", found["previous_policy"]))
        stale = tuple(name for name in _of_other_plate(context.slots) if name not in found)
        return Outcome(slots=found, clear=stale, effects=tuple(effects))

    async def _previous(self, plate: str) -> PreviousPolicy | None:
        try:
            return await self._provider.previous_policy(plate)
        except ServiceError as error:
            log.info("previous_policy_unknown", code=error.code)
            return None

    async def wrong_vehicle(self, context: ActionContext) -> Outcome:
        """The client says that the car of the plate is not theirs: nothing of it may stay."""
        return Outcome(
            clear=VEHICLE_SLOTS,
            forget=("wrong_vehicle", "find_vehicle"),
            effects=(Say("vehicle_wrong"),),
        )

    async def check_vehicle(self, context: ActionContext) -> Outcome:
        """A car from the future cannot be insured."""
        if int(context.slots["year"]) > context.now.year:
            return Outcome(clear=("year",), effects=(Say("problem_year_future"),))
        return Outcome()

    async def check_owner(self, context: ActionContext) -> Outcome:
        """The owner must be of age to insure by themselves."""
        return _check_age(context, "owner_birth_date", "owner_too_young")

    async def check_policyholder(self, context: ActionContext) -> Outcome:
        """The policyholder must be of age."""
        return _check_age(context, "policyholder_birth_date", "policyholder_too_young")

    async def find_territory(self, context: ActionContext) -> Outcome:
        """Find the tariff territory by the owner's registration, else ask for the region."""
        address: dict[str, Any] = context.slots["owner_address"]
        region = context.slots.get("region")
        candidates = [address.get("city"), address.get("region"), address.get("text"), region]
        for text in candidates:
            territory = find_territory(str(text), context.now.date()) if text else None
            if territory is not None:
                return Outcome(slots={"territory": territory.key})
        if region is not None:
            return Outcome(clear=("region", "territory"), effects=(Say("territory_unknown"),))
        return Outcome(clear=("territory",))

    async def guess_drivers(self, context: ActionContext) -> Outcome:
        """A client who gives a driver's data wants a list of drivers."""
        slots = context.slots
        told = slots.get("driver_license") or slots.get("driver_full_name")
        if told or slots.get("driver_is_owner"):
            return Outcome(slots={"drivers_unlimited": False})
        return Outcome()

    async def owner_drives(self, context: ActionContext) -> Outcome:
        """«Только я»: the driver is the owner, no need to ask for the name again."""
        if context.slots.get("drivers"):
            return Outcome()
        own = context.slots.get("policyholder_is_owner", True)
        role = "owner" if own else "policyholder"
        return Outcome(
            slots={
                "driver_full_name": context.slots[f"{role}_full_name"],
                "driver_birth_date": context.slots[f"{role}_birth_date"],
            }
        )

    async def keep_driver(self, context: ActionContext) -> Outcome:
        """Check one driver and put them on the list; a correction replaces the last one."""
        slots = context.slots
        born = date.fromisoformat(slots["driver_birth_date"])
        began = date.fromisoformat(slots["driver_experience_start"])
        today = context.now.date()
        try:
            kvs(full_years(born, today), full_years(began, today))
        except ServiceError as error:
            log.info("driver_refused", code=error.code)
            return Outcome(
                clear=("driver_experience_start",),
                forget=("keep_driver",),
                effects=(Say("driver_impossible"),),
            )
        item = {name.removeprefix("driver_"): slots[name] for name in DRIVER_SLOTS}
        listed = list(slots.get("drivers") or [])
        same = [d for d in listed if d["license"] == item["license"]]
        if same or slots.get("driver_added"):
            listed = [d for d in listed if d["license"] != item["license"]]
            listed = listed if same else listed[:-1]
        return Outcome(slots={"drivers": [*listed, item], "driver_added": True})

    async def more_drivers(self, context: ActionContext) -> Outcome:
        """The client wants to add one more driver."""
        if len(context.slots["drivers"]) >= MAX_DRIVERS:
            limit = {"limit": MAX_DRIVERS}
            return Outcome(slots={"add_driver": False}, effects=(Say("too_many_drivers", limit),))
        told = list(context.slots.get("more_drivers_facts") or ())
        following = {
            f"driver_{name}": value for name, value in (told.pop(0) if told else {}).items()
        }
        if told:
            following |= {"more_drivers_facts": told, "add_driver": True}
        stale = (*DRIVER_SLOTS, "more_drivers_facts", "driver_added", "add_driver")
        return Outcome(
            slots=following,
            clear=(*(slot for slot in stale if slot not in following), "driver_is_owner"),
            forget=("keep_driver", "more_drivers", "owner_drives"),
        )

    async def suggest_dates(self, context: ActionContext) -> Outcome:
        """Offer start dates: the day after the old policy, or the first possible day."""
        earliest = self._earliest(context)
        days = [earliest]
        previous = context.slots.get("previous_policy")
        if previous is not None:
            after = date.fromisoformat(previous["expire_at"]) + timedelta(days=1)
            if earliest < after <= context.now.date() + timedelta(days=self._horizon):
                days.insert(0, after)
        options = [
            {"title": f"С {format_date(day)} на год", "value": f"с {format_date(day)} на год"}
            for day in days
        ]
        return Outcome(slots={"start_options": options, "earliest": earliest.isoformat()})

    async def check_terms(self, context: ActionContext) -> Outcome:
        """The start is neither too early (domain notes 2.5) nor too far away."""
        start = date.fromisoformat(context.slots["start_date"])
        earliest, today = self._earliest(context), context.now.date()
        if start < earliest:
            say = Say("start_too_early", {"earliest": earliest})
            return Outcome(clear=("start_date",), effects=(say,))
        if start > today + timedelta(days=self._horizon):
            latest = today + timedelta(days=self._horizon)
            return Outcome(
                clear=("start_date",), effects=(Say("start_too_late", {"latest": latest}),)
            )
        return Outcome()

    def _earliest(self, context: ActionContext) -> date:
        return context.now.date() + timedelta(days=self._settings.osago_min_start_days)

    @property
    def _horizon(self) -> int:
        return self._settings.osago_max_start_days


def _of_other_plate(slots: Mapping[str, Any]) -> tuple[str, ...]:
    """What the register has told of the car of an earlier plate and nobody has corrected."""
    told: dict[str, Any] = slots.get("register") or {}
    facts = [name for name in told if name != "plate" and slots.get(name) == told[name]]
    return (*facts, "previous_policy")


def _of_paper(slots: Mapping[str, Any]) -> dict[str, Any]:
    """What a document of this very car says and the client has confirmed: it goes before the register."""
    read: dict[str, Any] = slots.get("read_facts") or {}
    if read.get("plate") != slots.get("plate"):
        return {}
    return {n: v for n, v in read.items() if n in VEHICLE_SLOTS and slots.get(n) == v}


def _vehicle_slots(car: Vehicle) -> dict[str, Any]:
    slots: dict[str, Any] = {}
    if car.brand:
        slots["vehicle_found"] = True
        slots["make_model"] = {"brand": car.brand, "model": car.model}
    if car.year:
        slots["year"] = car.year
    if car.power_hp is not None:
        slots["power_hp"] = float(car.power_hp)
    if car.vin:
        slots["vin"] = car.vin
    return slots


def _check_age(context: ActionContext, slot: str, phrase: str) -> Outcome:
    born = date.fromisoformat(context.slots[slot])
    if full_years(born, context.now.date()) < ADULT:
        return Outcome(clear=(slot,), effects=(Say(phrase),))
    return Outcome()
