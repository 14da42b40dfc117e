"""Steps of the mortgage flow about health and about who decides: the insurers' systems, or a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome, Status
from insurance_chat.dialogue.effects import Handover, Say
from insurance_chat.insurance.mortgage import health, questionnaire
from insurance_chat.insurance.mortgage.application import build_request
from insurance_chat.insurance.mortgage.facts import application, chosen_risks
from insurance_chat.insurance.mortgage.price import risk_name
from insurance_chat.insurance.mortgage.questionnaire import Ticket
from insurance_chat.insurance.mortgage.repository import HealthRepository
from insurance_chat.insurance.mortgage.selling import assess
from insurance_chat.insurance.mortgage.types import Risk
from insurance_chat.insurance.mortgage.underwriting import Outcome as Decided

REASON = "underwriting"
_AGAIN = ("health_consent", "health_ref", "health_asked")


class HealthActions:
    """The separate consent, the questionnaire on a page of its own, the underwriter's question.

    Args:
        db: where consents and sealed answers are.
        base_url: address of the service as clients see it.
    """

    def __init__(self, db: Database, base_url: str) -> None:
        self._db = db
        self._base = base_url

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow file uses them."""
        return {
            "show_health_consent": self.show_consent,
            "record_health_consent": self.record_consent,
            "ask_health": self.ask,
            "assess_mortgage": self.assess,
            "settle_doubt": self.settle,
        }

    async def show_consent(self, context: ActionContext) -> Outcome:
        """The whole text before the question: it is a document of its own."""
        say = Say("health_consent_text", {"text": health.HEALTH_CONSENT.text})
        return Outcome(effects=(say,))

    async def record_consent(self, context: ActionContext) -> Outcome:
        """Keep the proof of the separate consent before anything of health is asked."""
        async with self._db.unit() as unit:
            await health.agree(
                unit,
                context.tenant_id,
                context.contact_id,
                context.conversation_id,
                context.channel,
            )
        return Outcome(slots={"health_asked": utcnow().isoformat()})

    async def ask(self, context: ActionContext) -> Outcome:
        """Give the link to the page and wait; the chat learns only that the answers are there."""
        since = datetime.fromisoformat(context.slots["health_asked"])
        async with self._db.unit() as unit:
            given = await HealthRepository(unit, context.tenant_id).latest(
                context.contact_id, since
            )
        if given is not None:
            return Outcome(slots={"health_ref": str(given)}, effects=(Say("health_received"),))
        if not context.first and not context.message_text:
            return Outcome(status=Status.PARKED)
        ticket = Ticket(
            context.tenant_id, context.contact_id, context.conversation_id, context.channel
        )
        url = questionnaire.link(self._db.cipher, self._base, ticket, context.now)
        key = "health_page" if context.first else "health_page_waits"
        return Outcome(status=Status.PARKED, effects=(Say(key, {"url": url}),))

    async def assess(self, context: ActionContext) -> Outcome:
        """Go on, go on without a risk, or call a person with all that was collected."""
        slots, stale = context.slots, ("doubtful", "doubt", "drop_doubtful")
        risks = chosen_risks(slots)
        if Risk.LIFE in risks and slots.get("health_consent") is False:
            left = tuple(risk for risk in risks if risk is not Risk.LIFE)
            return _doubt(("Без ответов о здоровье страховые не считают жизнь и здоровье.",),
                          left, human=False)  # fmt: skip
        request = build_request(application(slots), context.now.date())
        try:
            async with self._db.unit() as unit:
                decision = await assess(unit, context.tenant_id, request)
        except ServiceError as error:
            if error.code != "health_answers_missing":
                raise
            say = Say("health_again")
            return Outcome(clear=_AGAIN, forget=("ask_health", "record_health_consent",
                                                 "assess_mortgage"), effects=(say,))  # fmt: skip
        if decision.outcome is Decided.PASS:
            return Outcome(clear=stale)
        texts = tuple(dict.fromkeys(finding.text for finding in decision.findings))
        return _doubt(texts, decision.without, human=True)

    async def settle(self, context: ActionContext) -> Outcome:
        """«Оформить без него» drops the risk, anything else calls a person."""
        if not context.slots["drop_doubtful"]:
            return Outcome(status=Status.STOP, effects=(Say("doubt_to_human"), Handover(REASON)))
        left = context.slots["doubt"]["left"]
        return Outcome(
            slots={"mortgage_risks": left},
            clear=("doubtful", "doubt", "drop_doubtful"),
            forget=("settle_doubt",),
        )


def _doubt(texts: tuple[str, ...], left: tuple[Risk, ...], *, human: bool) -> Outcome:
    told = {"texts": list(texts), "left": [risk_name(risk.value) for risk in left]}
    if left:
        doubt = {"left": [risk.value for risk in left], "names": told["left"]}
        return Outcome(
            slots={"doubtful": True, "doubt": doubt},
            clear=("drop_doubtful",),
            effects=(Say("doubt", told),),
        )
    if human:
        return Outcome(status=Status.STOP, effects=(Say("doubt_alone", told), Handover(REASON)))
    buttons = (
        {"title": "Только имущество", "value": "оформить ипотечное страхование, только имущество"},
        {"title": "Позвать агента", "value": "позовите агента"},
    )
    say = Say("health_refused", told, quick_replies=buttons)
    return Outcome(status=Status.STOP, clear=("health_consent",), effects=(say,))
