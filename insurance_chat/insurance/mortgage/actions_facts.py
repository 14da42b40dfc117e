"""Steps of the mortgage flow about risks, loan, object and borrower."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from insurance_chat.core.clock import format_date
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome, Status
from insurance_chat.dialogue.effects import Say
from insurance_chat.insurance import sales
from insurance_chat.insurance.models import Policy
from insurance_chat.insurance.mortgage import renewal
from insurance_chat.insurance.mortgage.application import LATEST_START_DAYS
from insurance_chat.insurance.mortgage.banks import find_bank
from insurance_chat.insurance.mortgage.consent import MORTGAGE_CONSENT
from insurance_chat.insurance.mortgage.facts import chosen_risks, slots_of
from insurance_chat.insurance.mortgage.price import age_on, risk_name
from insurance_chat.insurance.mortgage.product import MORTGAGE
from insurance_chat.insurance.mortgage.types import Risk
from insurance_chat.insurance.providers.ports import PolicyProvider
from insurance_chat.insurance.repository import JobRepository, PolicyRepository
from insurance_chat.insurance.selling import consenting

HUMAN = ({"title": "Позвать агента", "value": "позовите агента"},)
ADULT, OLDEST = 18, 99
_MALE, _FEMALE = ("ич",), ("вна", "чна")
_ANOTHER_LOAN = (
    "mortgage_risks", "mortgage_bank", "mortgage_balance", "mortgage_uplift", "object_kind", "build_year",
    "wooden_floors", "gas", "ownership_registered", "agreement_number", "agreement_date",
    "object_address", "object_area",
)  # fmt: skip


class FactActions:
    """What is asked before any insurer is.

    Args:
        db: consents and earlier policies.
        provider: whether it can be sold at all.
    """

    def __init__(self, db: Database, provider: PolicyProvider) -> None:
        self._db = db
        self._provider = provider

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow file uses them."""
        return {
            "mortgage_begin": self.begin,
            "record_mortgage_consent": consenting.recording(self._db, MORTGAGE_CONSENT),
            "renew_mortgage": self.renew,
            "choose_risks": self.choose_risks,
            "check_loan": self.check_loan,
            "check_object": self.check_object,
            "know_policyholder": self.know_policyholder,
            "check_borrower": self.check_borrower,
            "suggest_mortgage_start": self.suggest_start,
            "check_mortgage_start": self.check_start,
        }

    async def begin(self, context: ActionContext) -> Outcome:
        """Can it be sold here, and is there a policy that is about to end?"""
        if not self._provider.available:
            say = Say("product_not_online", quick_replies=HUMAN)
            return Outcome(status=Status.STOP, effects=(say,))
        found: dict[str, Any] = {"selling": MORTGAGE.code}
        async with self._db.unit() as unit:
            policy = await self._ending(unit, context)
            if policy is not None:
                subject = unit.cipher.open_json(policy.subject)
                found["previous_mortgage"] = {
                    "sale_id": policy.sale_id,
                    "title": subject["title"],
                    "expire_at": policy.expire_at.isoformat(),
                }
        return Outcome(slots=found)

    async def _ending(self, unit: Unit, context: ActionContext) -> Policy | None:
        """The client's policy that a new one may follow already."""
        last = context.now.date() + timedelta(days=LATEST_START_DAYS - 1)
        mine = await PolicyRepository(unit, context.tenant_id).policies(
            contact_id=context.contact_id
        )
        fits = [one for one in mine if one.product == MORTGAGE.code and one.expire_at <= last]
        return fits[0] if fits else None

    async def renew(self, context: ActionContext) -> Outcome:
        """«Продлить»: all is taken from the old policy but the balance and the health answers."""
        previous = context.slots["previous_mortgage"]
        if not context.slots["same_mortgage"]:
            return Outcome(clear=("previous_mortgage", *_ANOTHER_LOAN))
        async with self._db.unit() as unit:
            sale = await JobRepository(unit).fetch_sale_across_tenants(previous["sale_id"])
            assert sale is not None
            payload = sales.payload(unit, sale)
        expire_at = date.fromisoformat(previous["expire_at"])
        again = renewal.begin(payload, expire_at, context.now.date())
        gap = Say("renewal_gap", {"start": again.start_date, "end": expire_at})
        return Outcome(
            slots=slots_of(again.data),
            clear=("previous_mortgage", "mortgage_balance", "health_ref", "health_consent"),
            effects=(Say("renewal_taken"), *((gap,) if again.gap else ())),
        )

    async def choose_risks(self, context: ActionContext) -> Outcome:
        """Only what the chosen risks need is asked; a word on what is voluntary."""
        risks = chosen_risks(context.slots)
        facts = {
            "insures_property": Risk.PROPERTY in risks,
            "insures_life": Risk.LIFE in risks,
            "insures_title": Risk.TITLE in risks,
            "insures_object": bool({Risk.PROPERTY, Risk.TITLE} & set(risks)),
        }
        away = () if Risk.LIFE in risks else ("health_consent", "health_ref", "health_asked")
        told = {"risks": [risk_name(risk.value) for risk in risks], "life": Risk.LIFE in risks}
        first = not context.slots.get("mortgage_told")
        return Outcome(
            slots=facts | {"mortgage_told": True},
            clear=("doubtful", "doubt", "drop_doubtful", *away),
            effects=(Say("risks_chosen" if first else "risks_changed", told),),
        )

    async def check_loan(self, context: ActionContext) -> Outcome:
        """A bank that is not in our list is accepted, with an honest warning."""
        bank = find_bank(context.slots["mortgage_bank"])
        if bank is None:
            return Outcome(effects=(Say("bank_unknown", {"bank": context.slots["mortgage_bank"]}),))
        return Outcome()

    async def check_object(self, context: ActionContext) -> Outcome:
        """A house from the future cannot be insured."""
        if int(context.slots["build_year"]) > context.now.year:
            return Outcome(clear=("build_year",), effects=(Say("problem_build_year"),))
        return Outcome()

    async def know_policyholder(self, context: ActionContext) -> Outcome:
        """The owner of the car of this chat is the borrower as a rule; the patronymic tells the sex."""
        slots = context.slots
        found: dict[str, Any] = {}
        if slots.get("policyholder_full_name") is None and slots.get("policyholder_is_owner"):
            for fact in ("full_name", "birth_date", "passport", "address"):
                found[f"policyholder_{fact}"] = slots.get(f"owner_{fact}")
        name = found.get("policyholder_full_name") or slots.get("policyholder_full_name")
        if name and slots.get("borrower_gender") is None:
            found["borrower_gender"] = _gender_of(str(name))
        return Outcome(slots=found)

    async def check_borrower(self, context: ActionContext) -> Outcome:
        """From 18 to 99 years."""
        born = date.fromisoformat(context.slots["policyholder_birth_date"])
        if ADULT <= age_on(born, context.now.date()) <= OLDEST:
            return Outcome()
        say = Say("borrower_age", quick_replies=HUMAN)
        return Outcome(clear=("policyholder_birth_date",), effects=(say,))

    async def suggest_start(self, context: ActionContext) -> Outcome:
        """The day after the old policy, else tomorrow."""
        earliest = context.now.date() + timedelta(days=1)
        options = [{"title": f"С {format_date(earliest)}", "value": f"с {format_date(earliest)}"}]
        return Outcome(slots={"start_options": options, "earliest": earliest.isoformat()})

    async def check_start(self, context: ActionContext) -> Outcome:
        """From tomorrow, not later than the insurers allow."""
        start, today = date.fromisoformat(context.slots["start_date"]), context.now.date()
        if start <= today:
            say = Say("mortgage_start_too_early", {"earliest": today + timedelta(days=1)})
            return Outcome(clear=("start_date",), effects=(say,))
        latest = today + timedelta(days=LATEST_START_DAYS)
        if start > latest:
            say = Say("start_too_late", {"latest": latest})
            return Outcome(clear=("start_date",), effects=(say,))
        return Outcome()


def _gender_of(full_name: str) -> str | None:
    words = full_name.lower().split()
    if len(words) < 3:
        return None
    if words[2].endswith(_FEMALE):
        return "F"
    return "M" if words[2].endswith(_MALE) else None
