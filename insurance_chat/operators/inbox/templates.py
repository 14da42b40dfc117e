"""Ready texts with variables: common ones of the administrator, own ones of an agent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.operators.inbox.models import MessageTemplate
from insurance_chat.operators.inbox.repository import InboxRepository

LONGEST_TITLE = 80  # characters
LONGEST_TEXT = 2000
MOST = 200  # templates of one owner
_VARIABLE = re.compile(r"\{\s*([а-яёa-z][а-яёa-z \-]{0,38})\s*\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template; `common` ones are seen by everybody and changed by administrators."""

    id: UUID
    title: str
    text: str
    common: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """A text for the composer; `missing` are variables that the agent has to replace."""

    text: str
    missing: tuple[str, ...]


async def list_templates(unit: Unit, principal: Principal) -> list[TemplateView]:
    """Templates that the caller may use, by title.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.USE_TEMPLATES)
    rows = await InboxRepository(unit, principal.tenant_id).templates(principal.user_id)
    return [_view(row) for row in rows]


def search(templates: list[TemplateView], words: str) -> list[TemplateView]:
    """Those whose title or text has all the words, beginnings of titles first."""
    wanted = words.casefold().split()
    found = [
        one
        for one in templates
        if all(word in f"{one.title} {one.text}".casefold() for word in wanted)
    ]
    begin = " ".join(wanted)
    return sorted(found, key=lambda one: not one.title.casefold().startswith(begin))


async def add(
    unit: Unit, principal: Principal, title: str, text: str, *, common: bool
) -> TemplateView:
    """Keep a new template.

    Raises:
        ServiceError: `forbidden` for a common one of an agent, `template_empty`,
            `template_too_long`, `too_many_templates`.
    """
    _require(principal, common=common)
    title, text = _checked(title, text)
    repository = InboxRepository(unit, principal.tenant_id)
    owner = None if common else principal.user_id
    if await repository.count_templates(owner) >= MOST:
        raise ServiceError(
            "too_many_templates", Kind.CONFLICT, f"Шаблонов уже {MOST}. Удалите лишние."
        )
    row = await repository.add_template(MessageTemplate(operator_id=owner, title=title, body=text))
    await _record(unit, principal, "template.added", row)
    return _view(row)


async def change(
    unit: Unit, principal: Principal, template: UUID, title: str, text: str
) -> TemplateView:
    """Write a template anew.

    Raises:
        ServiceError: `template_not_found`, `forbidden`, `template_empty`, `template_too_long`.
    """
    title, text = _checked(title, text)
    row = await _find(unit, principal, template)
    row.title, row.body, row.updated_at = title, text, utcnow()
    await _record(unit, principal, "template.changed", row)
    return _view(row)


async def remove(unit: Unit, principal: Principal, template: UUID) -> None:
    """Delete a template.

    Raises:
        ServiceError: `template_not_found`, `forbidden`.
    """
    row = await _find(unit, principal, template)
    await _record(unit, principal, "template.removed", row)
    await InboxRepository(unit, principal.tenant_id).remove_template(row)


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put values into a template; a variable without one stays for the agent to replace.

    Args:
        values: by variable name in lower case; an empty value is none.
    """

    def put(found: re.Match[str]) -> str:
        return values.get(_name(found)) or found.group(0)

    filled = _VARIABLE.sub(put, text)
    return Filled(filled, variables(filled))


def variables(text: str) -> tuple[str, ...]:
    """Names of variables that a text still has, each once."""
    return tuple(dict.fromkeys(_name(found) for found in _VARIABLE.finditer(text)))


def _name(found: re.Match[str]) -> str:
    return " ".join(found.group(1).lower().split())


def _require(principal: Principal, *, common: bool) -> None:
    access.require(principal, Permission.USE_TEMPLATES)
    if common:
        access.require(principal, Permission.MANAGE_TEMPLATES)


def _checked(title: str, text: str) -> tuple[str, str]:
    title, text = " ".join(title.replace("\x00", "").split()), text.replace("\x00", "").strip()
    if not title or not text:
        raise invalid("template_empty", "Укажите название и текст шаблона.")
    if len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
        raise invalid(
            "template_too_long",
            f"Название — до {LONGEST_TITLE} символов, текст — до {LONGEST_TEXT}.",
        )
    return title, text


async def _find(unit: Unit, principal: Principal, template: UUID) -> MessageTemplate:
    repository = InboxRepository(unit, principal.tenant_id)
    row = await repository.template(principal.user_id, template)
    if row is None:
        raise not_found("template_not_found", "Шаблон не найден.")
    _require(principal, common=row.operator_id is None)
    return row


async def _record(unit: Unit, principal: Principal, action: str, template: MessageTemplate) -> None:
    details = {"title": template.title, "common": template.operator_id is None}
    await audit.record(unit, principal, action, f"template:{template.public_id}", details)


def _view(row: MessageTemplate) -> TemplateView:
    return TemplateView(row.public_id, row.title, row.body, row.operator_id is None)
