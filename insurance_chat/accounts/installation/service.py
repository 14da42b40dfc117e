"""Settings that the administrator makes on the pages: kept sealed, told to every process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum

import structlog

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.installation import repository
from insurance_chat.accounts.installation.repository import CompanyRepository
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid
from insurance_chat.core.principal import Principal

CHANGED = "installation"  # channel on which changes are told to every process
LONGEST = 1000
LONGEST_NAME = 120
log = structlog.get_logger()


class Item(StrEnum):
    """What can be set on the pages; the names of the mail settings are those of the environment."""

    SMTP_URL = "smtp_url"
    MAIL_FROM = "mail_from"
    MAIL_FROM_NAME = "mail_from_name"
    TELEGRAM_TOKEN = "telegram_token"  # noqa: S105 - a name, not a token
    WIZARD = "wizard"  # which steps of the first start were done or skipped, JSON


async def load(unit: Unit) -> dict[Item, str]:
    """Everything that was set, opened. For the service itself; pages never show passwords and keys.

    A value that the present SECRET_KEY does not open counts as not set: mail is then reported as
    not configured, and the administrator sets it anew.
    """
    found: dict[Item, str] = {}
    known = {item.value: item for item in Item}
    for name, sealed in (await repository.fetch_settings_across_tenants(unit)).items():
        if name not in known:
            continue
        try:
            found[known[name]] = unit.cipher.open(sealed)
        except ValueError:
            log.warning("installation_setting_sealed_by_another_key", name=name)
    return found


async def save(unit: Unit, principal: Principal, values: Mapping[Item, str]) -> None:
    """Set some values; an empty one is forgotten. Every process uses them within a second.

    Raises:
        ServiceError: `forbidden`; `setting_too_long`.
    """
    access.require(principal, Permission.MANAGE_SETTINGS)
    for item, value in values.items():
        if len(value) > LONGEST:
            raise invalid("setting_too_long", f"Не длиннее {LONGEST} символов.", field=item.value)
        if value:
            sealed = unit.cipher.seal(value)
            await repository.put_setting_across_tenants(unit, item.value, sealed)
        else:
            await repository.remove_setting_across_tenants(unit, item.value)
    # Names only: values of other systems' passwords have no place even in a sealed log.
    facts = {"settings": sorted(item.value for item in values)}
    await audit.record(unit, principal, "settings.changed", "settings:", facts)
    await unit.notify(CHANGED, "")


async def company_name(unit: Unit, principal: Principal) -> str:
    """Name of the caller's company, as staff and clients read it."""
    return (await CompanyRepository(unit, principal.tenant_id).get()).name


async def rename_company(unit: Unit, principal: Principal, name: str) -> str:
    """Give the caller's company another name.

    Returns:
        The name as it is kept.

    Raises:
        ServiceError: `forbidden`; `company_name_wrong` when it is empty or longer than 120 letters.
    """
    access.require(principal, Permission.MANAGE_SETTINGS)
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME:
        raise invalid("company_name_wrong", f"Название: от 1 до {LONGEST_NAME} символов.")
    tenant = await CompanyRepository(unit, principal.tenant_id).get(lock=True)
    if tenant.name != clean:
        tenant.name = clean
        await audit.record(unit, principal, "settings.renamed", "settings:", {"name": clean})
    return clean


async def progress(unit: Unit) -> dict[str, str] | None:
    """What became of the steps of the first start: `done` or `skipped`; None before it was opened."""
    kept = (await load(unit)).get(Item.WIZARD)
    return dict(json.loads(kept)) if kept is not None else None


async def note_progress(unit: Unit, principal: Principal, **steps: str) -> dict[str, str]:
    """Remember that steps of the first start were done or skipped.

    Args:
        steps: name of a step → `done` or `skipped`; none only remembers that it was opened.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_SETTINGS)
    known = {**(await progress(unit) or {}), **steps}
    sealed = unit.cipher.seal_json(known)
    await repository.put_setting_across_tenants(unit, Item.WIZARD.value, sealed)
    return known
