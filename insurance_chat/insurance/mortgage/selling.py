"""What goes before a quote: the application checked, health sealed apart, the underwriter's question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.mortgage import health, offers
from insurance_chat.insurance.mortgage.application import MortgageData, build_request
from insurance_chat.insurance.mortgage.types import HealthAnswers, MortgageRequest, Risk
from insurance_chat.insurance.mortgage.underwriting import Decision, Outcome, decide
from insurance_chat.insurance.providers.ports import Offer
from insurance_chat.insurance.selling.desk import SalesDesk


@dataclass(frozen=True, slots=True)
class Asked:
    """Health answers as an outside system passes them on, with the consent that the person gave."""

    answers: HealthAnswers
    consent_version: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that insurers may be asked with; health is a reference in it by now."""

    request: MortgageRequest


async def prepare(
    db: Database,
    desk: SalesDesk,
    principal: Principal,
    data: MortgageData,
    asked: Asked | None,
    session: UUID | None,
) -> Prepared:
    """Check an application of an outside system and seal the health answers apart.

    Raises:
        ServiceError: `data_missing`, `data_invalid` (data `fields`), `health_consent_required`,
            `needs_underwriter` (data `findings`, and `withoutRisks` that can be bought at once),
            `session_not_found`.
    """
    if Risk.LIFE not in data.risks:
        asked = None  # what the chosen risks do not need is not taken
    answers = asked.answers if asked is not None else None
    request = build_request(replace(data, health=answers))
    check_underwriting(decide(request))
    if asked is None:
        return Prepared(request)
    async with db.unit() as unit:
        conversation = await desk.conversation(unit, principal, session)
        reference = await health.keep(
            unit,
            principal.tenant_id,
            asked.answers,
            channel="api",
            contact_id=conversation.contact_id if conversation is not None else None,
            consent_version=asked.consent_version,
        )
    return Prepared(request.model_copy(update={"health": None, "health_ref": reference}))


async def assess(unit: Unit, tenant_id: int, request: MortgageRequest) -> Decision:
    """Who decides on an application whose health answers are sealed; they stay in this function.

    Raises:
        ServiceError: `health_answers_missing`.
    """
    completed = await health.complete(unit, tenant_id, request)
    assert isinstance(completed, MortgageRequest)
    return decide(completed)


def check_underwriting(decision: Decision) -> None:
    """Refuse what a person has to decide, and say what can be bought without them.

    Raises:
        ServiceError: `needs_underwriter`.
    """
    if decision.outcome is Outcome.PASS:
        return
    raise ServiceError(
        "needs_underwriter",
        Kind.CONFLICT,
        "По этой заявке решает человек: обратитесь к агенту или выберите другие риски.",
        findings=[
            {
                "code": finding.code,
                "risk": finding.risk.value if finding.risk is not None else None,
                "message": finding.text,
            }
            for finding in decision.findings
        ],
        withoutRisks=[risk.value for risk in decision.without],
    )


def compared(found: list[Offer], request: MortgageRequest) -> list[dict[str, Any]]:
    """Cards of the offers that can be bought, in the order in which they are shown."""
    return offers.cards(found, request, moscow_today())
