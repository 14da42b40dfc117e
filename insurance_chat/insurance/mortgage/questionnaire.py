"""The health questionnaire as a page of its own, reached by a sealed link, so that no answer is a message.

What a client writes in a chat is kept with the chat, is read by agents, and passes a messenger that may
stand outside the country (152-ФЗ art. 10 and 18; 149-ФЗ art. 10). The page writes to `health` only.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from insurance_chat.conversations import log as conversation_log
from insurance_chat.conversations import privacy
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.mortgage import health
from insurance_chat.insurance.mortgage.health import FIELDS, LIMITS, QUESTIONS
from insurance_chat.insurance.mortgage.types import HealthAnswers

VALID_FOR = timedelta(hours=24)
_YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose answers a link is for."""

    tenant_id: int
    contact_id: int
    conversation_id: int
    channel: str


def link(cipher: Cipher, base_url: str, ticket: Ticket, now: datetime) -> str:
    """Address of the page for one client; it can only be written to, and is over in a day.

    Args:
        base_url: of the service, as clients see it. Agents are not shown it.
    """
    sealed = cipher.seal_json(
        [ticket.tenant_id, ticket.contact_id, ticket.conversation_id, ticket.channel,
         int((now + VALID_FOR).timestamp())]
    )  # fmt: skip
    return f"{base_url}{privacy.PRIVATE_PATH}{urlsafe_b64encode(sealed).decode().rstrip('=')}"


def opened(cipher: Cipher, token: str) -> Ticket:
    """The client of a link.

    Raises:
        ServiceError: `link_over` when it is not ours or a day has passed.
    """
    try:
        padded = token + "=" * (-len(token) % 4)
        *who, until = cipher.open_json(urlsafe_b64decode(padded))
    except Exception:
        raise _over() from None
    if until < utcnow().timestamp():
        raise _over()
    return Ticket(*who)


def _over() -> ServiceError:
    return ServiceError("link_over", Kind.NOT_FOUND, "Ссылка больше не действует.")


def wrong_fields(form: Mapping[str, str]) -> dict[str, str]:
    """Question → what is wrong with its answer; never repeats the answer."""
    wrong: dict[str, str] = {}
    for name in QUESTIONS:
        said = form.get(name, "").strip()
        if name in LIMITS:
            least, most = LIMITS[name]
            if not least <= (_number(said) or 0) <= most:
                wrong[name] = f"Напишите число от {least} до {most}."
        elif said not in _YES_NO:
            wrong[name] = "Выберите «да» или «нет»."
    return wrong


def _number(said: str) -> float | None:
    try:
        return float(said.replace(",", "."))
    except ValueError:
        return None


async def submit(unit: Unit, ticket: Ticket, form: Mapping[str, str]) -> None:
    """Seal the answers and wake the chat, which learns that they are there and nothing of them.

    Raises:
        ServiceError: `health_answers_invalid` (data `fields`), `health_consent_required`.
    """
    wrong = wrong_fields(form)
    if wrong:
        text = "Проверьте ответы."
        raise ServiceError("health_answers_invalid", Kind.INVALID, text, fields=wrong)
    answers = HealthAnswers.model_validate(
        {FIELDS[name]: _value(name, form[name].strip()) for name in QUESTIONS}
    )
    await health.keep(
        unit,
        ticket.tenant_id,
        answers,
        channel=ticket.channel,
        contact_id=ticket.contact_id,
    )
    await conversation_log.poke(unit, ticket.tenant_id, ticket.conversation_id, "health_answered")


def _value(name: str, said: str) -> str | int | bool:
    if name == "heightCm":
        return round(_number(said) or 0)
    return said.replace(",", ".") if name in LIMITS else _YES_NO[said]
