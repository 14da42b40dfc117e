"""How the assistant of a tenant speaks: model, temperature, prompt, tone, topics, language."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid
from insurance_chat.core.principal import Principal
from insurance_chat.llm.models import AssistantProfile
from insurance_chat.llm.repository import ProfileRepository
from insurance_chat.llm.settings import LlmSettings

HOTTEST = 2.0
LONGEST = {"model": 120, "system_prompt": 4000, "tone": 200, "language": 40}
MOST_TOPICS = 50
LONGEST_TOPIC = 100
CHANGED = "llm"  # channel on which changes of keys and profiles are told to every process


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings of one assistant, unchanged for the length of a turn.

    Args:
        model: empty lets every key use its own first model, so that keys of other providers help.
        temperature: 0 to 2.
        system_prompt: more instructions for the model.
        tone, language: in words for the model.
        allowed_topics: what the assistant talks about besides its products; empty means anything
            about insurance.
    """

    model: str = ""
    temperature: float = 0.2
    system_prompt: str = ""
    tone: str = "вежливый и деловой, на «вы»"
    allowed_topics: tuple[str, ...] = ()
    language: str = "русский"


def default(settings: LlmSettings) -> Profile:
    """What the installation's settings say."""
    return Profile(
        temperature=settings.temperature,
        system_prompt=settings.system_prompt,
        tone=settings.tone,
        language=settings.language,
    )


async def load(unit: Unit, tenant_id: int, settings: LlmSettings) -> Profile:
    """The profile of a tenant, or the default one while nobody has changed it."""
    row = await ProfileRepository(unit, tenant_id).get()
    return default(settings) if row is None else of_row(row)


def of_row(row: AssistantProfile) -> Profile:
    """What is stored as a frozen profile."""
    return Profile(
        model=row.model,
        temperature=row.temperature,
        system_prompt=row.system_prompt,
        tone=row.tone,
        allowed_topics=tuple(row.allowed_topics),
        language=row.language,
    )


async def save(unit: Unit, principal: Principal, profile: Profile) -> None:
    """Store the profile of the caller's tenant.

    Raises:
        ServiceError: `forbidden`, `profile_invalid`.
    """
    access.require(principal, Permission.MANAGE_MODELS)
    _check(profile)
    values = {**asdict(profile), "allowed_topics": list(profile.allowed_topics)}
    await ProfileRepository(unit, principal.tenant_id).put(values)
    await audit.record(
        unit, principal, "assistant_profile.changed", "assistant:", {"model": profile.model}
    )
    await unit.notify(CHANGED, str(principal.tenant_id))


def _check(profile: Profile) -> None:
    if not 0 <= profile.temperature <= HOTTEST:
        raise invalid("profile_invalid", "Температура — число от 0 до 2.", field="temperature")
    for name, most in LONGEST.items():
        if len(getattr(profile, name)) > most:
            raise invalid("profile_invalid", f"Не длиннее {most} символов.", field=name)
    topics = profile.allowed_topics
    if len(topics) > MOST_TOPICS or any(len(one) > LONGEST_TOPIC for one in topics):
        raise invalid(
            "profile_invalid",
            f"Не больше {MOST_TOPICS} тем, каждая не длиннее {LONGEST_TOPIC} символов.",
            field="allowed_topics",
        )
