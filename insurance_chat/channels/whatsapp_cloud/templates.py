"""Approved messages of an account: what there is and how their variables are filled in.

Source: https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from insurance_chat.channels.meta.hooks import dicts
from insurance_chat.channels.ports import Template

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def names_of(body: str) -> tuple[str, ...]:
    """Variables of a body: numbers by size, names of their own by first appearance."""
    found = tuple(dict.fromkeys(_VARIABLE.findall(body)))
    return tuple(sorted(found, key=int)) if all(map(str.isdecimal, found)) else found


def body_of(item: Mapping[str, Any]) -> str:
    """The text of a template that can be sent with words alone; empty for any other.

    A header with a picture or a variable, and a button with a variable address, would want more than
    the body's variables, so such a template is not offered.
    """
    body = ""
    for part in dicts(item.get("components")):
        kind = str(part.get("type", "")).upper()
        if kind == "BODY":
            body = str(part.get("text", ""))
        elif (kind == "HEADER" and (part.get("format") != "TEXT" or _has_variable(part))) or (
            kind == "BUTTONS"
            and any(
                _has_variable(button) or button.get("type") in ("COPY_CODE", "OTP", "FLOW")
                for button in dicts(part.get("buttons"))
            )
        ):
            return ""
    return body


def _has_variable(part: Mapping[str, Any]) -> bool:
    return any(_VARIABLE.search(str(part.get(name, ""))) for name in ("text", "url"))


def template(item: Mapping[str, Any]) -> Template | None:
    """A template for the staff, its variables numbered; None when it wants more than words."""
    body = body_of(item)
    if not body:
        return None
    names = names_of(body)
    places = {name: place for place, name in enumerate(names, 1)}
    text = _VARIABLE.sub(lambda found: f"{{{{{places[found[1]]}}}}}", body)
    name, language = str(item.get("name", "")), str(item.get("language", ""))
    return Template(name, language, str(item.get("status", "")), text, len(names))


def parameters(names: tuple[str, ...], variables: tuple[str, ...]) -> list[dict[str, str]]:
    """The variables as WhatsApp wants them: on one line, named ones with their names."""
    variables = tuple(" ".join(value.split()) for value in variables)
    named = any(not name.isdecimal() for name in names)
    if not named:
        return [{"type": "text", "text": value} for value in variables]
    return [
        {"type": "text", "parameter_name": name, "text": value}
        for name, value in zip(names, variables, strict=False)
    ]
