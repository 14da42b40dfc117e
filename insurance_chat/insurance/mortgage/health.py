"""Health answers: taken after a consent of their own, sealed apart, opened only for the insurer.

They are special categories of data (152-ФЗ art. 10). Nothing but this module opens them: they are not
in the request that is kept, in slots, in memory, in traces, or on the screens of agents.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from insurance_chat.conversations import contacts
from insurance_chat.conversations.contacts import ConsentText
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.insurance.mortgage.repository import (
    HealthRepository,
    erase_older_across_tenants,
)
from insurance_chat.insurance.mortgage.types import HealthAnswers, MortgageRequest, Risk
from insurance_chat.insurance.providers.ports import PolicyRequest

_DATA = read_yaml(Path(__file__).parent / "data" / "health.yml")
PURPOSE = "health"
KEPT_FOR = timedelta(days=90)
HEALTH_CONSENT = ConsentText(PURPOSE, _DATA["version"], _DATA["text"].strip())
#: Wire name of an answer → the question in Russian, in the order in which they are asked.
QUESTIONS: dict[str, str] = dict(_DATA["questions"])
#: Wire name of an answer → its name in `HealthAnswers`.
FIELDS = {
    "heightCm": "height_cm",
    "weightKg": "weight_kg",
    "smoker": "smoker",
    "severeDisease": "severe_disease",
    "disability": "disability",
    "surgery": "surgery",
    "bloodPressure": "blood_pressure",
}
#: Smallest and largest answer that is a number, centimetres and kilograms.
LIMITS = {"heightCm": (100, 230), "weightKg": (30, 300)}


async def agree(
    unit: Unit, tenant_id: int, contact_id: int, conversation_id: int, channel: str
) -> None:
    """The client has agreed to this very text, separately from any other consent."""
    await contacts.give_consent(
        unit, tenant_id, contact_id, conversation_id, channel, HEALTH_CONSENT
    )


async def agreed(unit: Unit, tenant_id: int, contact_id: int) -> bool:
    """Whether health may be asked about at all."""
    return await contacts.has_consent(unit, tenant_id, contact_id, HEALTH_CONSENT)


async def keep(
    unit: Unit,
    tenant_id: int,
    answers: HealthAnswers,
    *,
    channel: str,
    contact_id: int | None,
    consent_version: str | None = None,
) -> UUID:
    """Seal the answers; returns the reference that a request carries instead of them.

    Args:
        channel: where they were given, e.g. `web`, `api`.
        contact_id: the client, so that their withdrawal erases the answers; None when there is no chat.
        consent_version: which text the person agreed to, as an outside system says; None: in the chat.

    Raises:
        ServiceError: `health_consent_required`, data `version` and `text` of the consent.
    """
    good = consent_version == HEALTH_CONSENT.version
    if consent_version is None and contact_id is not None:
        good = await agreed(unit, tenant_id, contact_id)
    if not good:
        raise consent_required()
    return await HealthRepository(unit, tenant_id).add(
        {
            "contact_id": contact_id,
            "channel": channel,
            "consent_version": HEALTH_CONSENT.version,
            "consent_hash": HEALTH_CONSENT.digest,
            "answers": unit.cipher.seal(answers.model_dump_json()),
        }
    )


def consent_required() -> ServiceError:
    """The refusal to take health answers without the separate consent."""
    return ServiceError(
        "health_consent_required",
        Kind.FORBIDDEN,
        "Сначала нужно отдельное согласие на обработку сведений о здоровье.",
        version=HEALTH_CONSENT.version,
        text=HEALTH_CONSENT.text,
    )


async def complete(unit: Unit, tenant_id: int, request: PolicyRequest) -> PolicyRequest:
    """The request with the health answers, for the moment in which the insurer is asked.

    Raises:
        ServiceError: `health_answers_missing` when they were erased meanwhile or are not complete.
    """
    assert isinstance(request, MortgageRequest)
    if Risk.LIFE not in request.risks:
        return request
    sealed = (
        await HealthRepository(unit, tenant_id).sealed(request.health_ref)
        if request.health_ref is not None
        else None
    )
    if sealed is None:
        raise _missing()
    try:
        answers = HealthAnswers.model_validate_json(unit.cipher.open(sealed))
    except ValueError:  # its text has the answers in it: it goes no further
        raise _missing() from None
    return request.model_copy(update={"health": answers})


def _missing() -> ServiceError:
    text = "Нужно заново ответить на вопросы о здоровье."
    return ServiceError("health_answers_missing", Kind.INVALID, text)


async def forget_old(unit: Unit) -> int:
    """Erase answers whose purpose is over: a policy starts within 60 days of its quote at most.

    A renewal asks again (152-ФЗ art. 5: no longer than the purpose needs). Returns how many there were.
    """
    return await erase_older_across_tenants(unit, utcnow() - KEPT_FOR)


async def forget(unit: Unit, tenant_id: int, contact_id: int) -> int:
    """Erase what a client has told of their health; returns how many declarations there were."""
    return await HealthRepository(unit, tenant_id).erase(contact_id)
