"""Keys of language models as the administrator manages them; a key is never shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.llm.profile import CHANGED
from insurance_chat.llm.records import Counted
from insurance_chat.llm.repository import (
    TokenRepository,
    put_settings_token_across_tenants,
    retire_settings_token_across_tenants,
)
from insurance_chat.llm.settings import LlmSettings

GIGACHAT_URL = "https://gigachat.devices.sberbank.ru/api/v1"
DEFAULT_MODELS = {"openai": "gpt-4o-mini", "gigachat": "GigaChat-2"}
SETTINGS_PRIORITY = 100
SHORTEST_HINTED = 12
LAST_SHOWN = 4
FROM_SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class TokenView:
    """A key without the key. Usage and limits count requests; `monthly_tokens` counts tokens.

    Args:
        hint: `sk-...abcd`.
        resting_until: the key failed and is left alone until then; `last_failure` says why.
        from_settings: it comes from LLM_API_KEY and is changed there.
    """

    id: int
    name: str
    hint: str
    provider: str
    base_url: str
    model_access: list[str]
    daily_limit: int | None
    monthly_limit: int | None
    daily_usage: int
    monthly_usage: int
    monthly_tokens: int
    priority: int
    is_active: bool
    domestic: bool
    notes: str
    last_failure: str | None
    resting_until: datetime | None
    from_settings: bool
    created_at: datetime


async def list_tokens(
    unit: Unit, principal: Principal, now: datetime | None = None
) -> list[TokenView]:
    """Keys in the order in which they are tried, with what they have used today and this month.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_MODELS)
    moment = now or utcnow()
    found = await TokenRepository(unit, principal.tenant_id).all(moment.astimezone(MOSCOW).date())
    return [_view(one, moment) for one in found]


async def add(unit: Unit, principal: Principal, values: Mapping[str, Any]) -> TokenView:
    """Add a key.

    Args:
        values: fields of the key by the names of `TokenView`, and `token` itself; `name`, `token`
            and `model_access` are needed.

    Raises:
        ServiceError: `forbidden`; `ai_token_invalid` with `field` and `issue`.
    """
    access.require(principal, Permission.MANAGE_MODELS)
    for name in ("name", "token", "model_access"):
        if not values.get(name):
            raise _wrong(name, "заполните поле")
    provider = values.get("provider", "openai")
    defaults = {
        "provider": provider,
        "base_url": default_address(provider),
        "domestic": provider == "gigachat",
    }
    stored = _checked(unit.cipher, {**defaults, **_given(values)})
    token = await TokenRepository(unit, principal.tenant_id).add(stored)
    await _record(unit, principal, "added", token.id, stored)
    return await _read(unit, principal, token.id)


def checked_plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is needed for a call with a key that is not stored; the key stays open.

    Args:
        values: `provider`, `base_url`, `token`, `model_access`.

    Raises:
        ServiceError: `ai_token_invalid` with `field` and `issue`.
    """
    if values.get("provider") not in DEFAULT_MODELS:
        raise _wrong("provider", "допустимы openai и gigachat")
    return {
        "provider": values["provider"],
        "token": _key(values.get("token") or ""),
        "base_url": _address(values.get("base_url") or ""),
        "model_access": _models(values.get("model_access") or []),
    }


async def change(
    unit: Unit, principal: Principal, token_id: int, values: Mapping[str, Any]
) -> TokenView:
    """Change a key; a field that is left out stays. A changed key is tried again at once.

    Raises:
        ServiceError: `forbidden`, `ai_token_not_found`, `ai_token_invalid`, `ai_token_from_settings`.
    """
    access.require(principal, Permission.MANAGE_MODELS)
    held = await _held(unit, principal, token_id)
    stored = _checked(unit.cipher, _given(values))
    for name, value in stored.items():
        setattr(held.token, name, value)
    held.token.cooldown_until = held.token.last_failure = None
    await unit.session.flush()
    await _record(unit, principal, "changed", token_id, stored)
    return await _read(unit, principal, token_id)


async def remove(unit: Unit, principal: Principal, token_id: int) -> None:
    """Forget a key.

    Raises:
        ServiceError: `forbidden`, `ai_token_not_found`, `ai_token_from_settings`.
    """
    access.require(principal, Permission.MANAGE_MODELS)
    await _held(unit, principal, token_id)
    await TokenRepository(unit, principal.tenant_id).remove(token_id)
    await _record(unit, principal, "removed", token_id, {})


async def keep_settings_token(unit: Unit, settings: LlmSettings, sandbox_url: str) -> None:
    """Make the key of the settings the last key of the pool, or retire it when there is none.

    Args:
        sandbox_url: where the key leads when no address is set.
    """
    key = settings.api_key.get_secret_value()
    if not key:
        await retire_settings_token_across_tenants(unit)
        return
    gigachat = settings.provider == "gigachat"
    url = settings.base_url or (default_address("gigachat") if gigachat else sandbox_url)
    models = (settings.model, settings.embedding_model, settings.rerank_model)
    access_to = [one for one in models if one]
    if not settings.model:
        access_to.insert(0, DEFAULT_MODELS[settings.provider])
    await put_settings_token_across_tenants(
        unit,
        {
            "name": "Из настроек",
            "token": unit.cipher.seal(key),
            "hint": _hint(key),
            "provider": settings.provider,
            "base_url": url.rstrip("/"),
            "model_access": access_to,
            "priority": SETTINGS_PRIORITY,
            "domestic": gigachat or url == sandbox_url,
        },
    )


async def _held(unit: Unit, principal: Principal, token_id: int) -> Counted:
    day = utcnow().astimezone(MOSCOW).date()
    held = await TokenRepository(unit, principal.tenant_id).locked(token_id, day)
    if held is None:
        raise not_found("ai_token_not_found", "Такого ключа нет.")
    if held.token.tenant_id is None:
        raise ServiceError(
            "ai_token_from_settings",
            Kind.CONFLICT,
            "Этот ключ задан в настройках сервиса (LLM_API_KEY) и меняется там.",
        )
    return held


async def _read(unit: Unit, principal: Principal, token_id: int) -> TokenView:
    return next(one for one in await list_tokens(unit, principal) if one.id == token_id)


_FIELDS = frozenset(
    ("name", "token", "provider", "base_url", "model_access", "daily_limit", "monthly_limit")
) | {"priority", "is_active", "domestic", "notes"}


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in _FIELDS}


def _checked(cipher: Cipher, given: dict[str, Any]) -> dict[str, Any]:
    values = dict(given)
    if "token" in values:
        key = _key(values["token"])
        values |= {"token": cipher.seal(key), "hint": _hint(key)}
    if "name" in values and not values["name"].strip():
        raise _wrong("name", "заполните поле")
    if "provider" in values and values["provider"] not in DEFAULT_MODELS:
        raise _wrong("provider", "допустимы openai и gigachat")
    if "base_url" in values:
        values["base_url"] = _address(values["base_url"])
    if "model_access" in values:
        values["model_access"] = _models(values["model_access"])
    return values


def _key(value: str) -> str:
    key = value.strip()
    if not key or not key.isascii() or any(char.isspace() for char in key):
        raise _wrong("token", "ключ — одна строка без пробелов и русских букв")
    return key


def _address(value: str) -> str:
    address = value.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        fits = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        fits = False
    if not fits:
        raise _wrong("base_url", "нужен адрес вида https://api.example.ru/v1")
    return address


def _models(value: list[str]) -> list[str]:
    models = list(dict.fromkeys(one.strip() for one in value if one.strip()))
    if not models:
        raise _wrong("model_access", "назовите хотя бы одну модель")
    return models


def _wrong(field: str, issue: str) -> ServiceError:
    return invalid(
        "ai_token_invalid", f"Проверьте поле {field}: {issue}.", field=field, issue=issue
    )


def default_address(provider: str) -> str:
    """Where a provider usually is."""
    return GIGACHAT_URL if provider == "gigachat" else "https://api.openai.com/v1"


def _hint(key: str) -> str:
    start = "sk-" if key.startswith("sk-") else ""
    return f"{start}...{key[-LAST_SHOWN:] if len(key) >= SHORTEST_HINTED else ''}"


async def _record(
    unit: Unit, principal: Principal, verb: str, token_id: int, stored: Mapping[str, Any]
) -> None:
    facts = {name: value for name, value in stored.items() if name not in ("token", "notes")}
    await audit.record(unit, principal, f"ai_token.{verb}", f"ai_token:{token_id}", facts)
    await unit.notify(CHANGED, str(principal.tenant_id))


def _view(one: Counted, now: datetime) -> TokenView:
    token, spent = one.token, one.spent
    rests = token.cooldown_until is not None and token.cooldown_until > now
    return TokenView(
        id=token.id,
        name=token.name,
        hint=token.hint,
        provider=token.provider,
        base_url=token.base_url,
        model_access=list(token.model_access),
        daily_limit=token.daily_limit,
        monthly_limit=token.monthly_limit,
        daily_usage=spent.daily,
        monthly_usage=spent.monthly,
        monthly_tokens=spent.tokens,
        priority=token.priority,
        is_active=token.is_active,
        domestic=token.domestic,
        notes=token.notes,
        last_failure=token.last_failure,
        resting_until=token.cooldown_until if rests else None,
        from_settings=token.source == FROM_SETTINGS,
        created_at=token.created_at,
    )
