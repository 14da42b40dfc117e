"""What WhatsApp refuses in a message that the product sends.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/messages (limits of each kind).
"""

from __future__ import annotations

import re
from typing import Any

from insurance_chat.sandbox.graph.wire import GraphApiError
from insurance_chat.sandbox.graph.world import World
from insurance_chat.sandbox.store import Doc

Json = dict[str, Any]
MEDIA = ("image", "audio", "video", "document", "sticker")
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def _wrong(details: str, code: int = 131009) -> GraphApiError:
    return GraphApiError(code, "Parameter value is not valid", details=details)


def _length(value: Any, longest: int, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise _wrong(f"{name} must have 1 to {longest} characters")
    return value


def shown(world: World, message: Json) -> Json:
    """What the client sees of a message: text, buttons, link, file.

    Raises:
        GraphApiError: WhatsApp would refuse it.
    """
    kind = message.get("type", "text")
    content = message.get(kind)
    if not isinstance(content, dict):
        raise GraphApiError(131008, "Required parameter is missing", details=f"{kind} is required")
    if kind == "text":
        return {"text": _length(content.get("body"), 4096, "text.body")}
    if kind == "interactive":
        return _interactive(content)
    if kind == "template":
        return _template(world, content)
    if kind in MEDIA:
        return _file(world, kind, content)
    raise GraphApiError(131051, "Unsupported message type")


def _file(world: World, kind: str, content: Json) -> Json:
    media = world.store.get("graph_media", str(content.get("id", "")))
    if media is None:
        raise GraphApiError(131053, "Media upload error", details="media id not found")
    fits = {"image": "image/", "audio": "audio/", "video": "video/", "document": ""}
    if not str(media["mime"]).startswith(fits.get(kind, "image/webp")):
        raise GraphApiError(131053, "Media upload error", details=f"{media['mime']} as {kind}")
    caption = content.get("caption", "")
    if caption and kind == "audio":
        raise _wrong("audio has no caption")
    name = content.get("filename") or media["name"]
    return {
        "text": _length(caption, 1024, "caption") if caption else "",
        "media": {"id": media["id"], "kind": kind, "name": name, "mime": media["mime"]}
        | ({"voice": True} if content.get("voice") else {}),
    }


def _interactive(content: Json) -> Json:
    kind, action = content.get("type"), content.get("action")
    body = content.get("body")
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(action, dict):
        raise GraphApiError(131008, "Required parameter is missing", details="action is required")
    if kind == "button":
        return {"text": _length(text, 1024, "body.text"), "buttons": _buttons(action)}
    if kind == "list":
        _length(action.get("button"), 20, "action.button")
        return {"text": _length(text, 4096, "body.text"), "buttons": _rows(action), "list": True}
    if kind == "cta_url":
        card = action.get("parameters") or {}
        title = _length(card.get("display_text"), 20, "display_text")
        shown_link = {"title": title, "url": _length(card.get("url"), 2000, "url")}
        return {"text": _length(text, 1024, "body.text"), "link": shown_link}
    raise _wrong(f"interactive type {kind}")


def _buttons(action: Json) -> list[Json]:
    found = [one.get("reply") or {} for one in action.get("buttons") or ()]
    if not 1 <= len(found) <= 3:
        raise _wrong("1 to 3 buttons are allowed")
    return _different(
        [
            {
                "id": _length(one.get("id"), 256, "button id"),
                "title": _length(one.get("title"), 20, "button title"),
            }
            for one in found
        ]
    )


def _rows(action: Json) -> list[Json]:
    found = [row for part in action.get("sections") or () for row in part.get("rows") or ()]
    if not 1 <= len(found) <= 10:
        raise _wrong("1 to 10 rows are allowed")
    for row in found:
        if row.get("description"):
            _length(row["description"], 72, "row description")
    return _different(
        [
            {
                "id": _length(row.get("id"), 200, "row id"),
                "title": _length(row.get("title"), 24, "row title"),
                "description": row.get("description", ""),
            }
            for row in found
        ]
    )


def _different(buttons: list[Json]) -> list[Json]:
    for name in ("id", "title"):
        if len({button[name] for button in buttons}) != len(buttons):
            raise _wrong(f"duplicated {name} of buttons")
    return buttons


def find_template(world: World, name: str, language: str) -> Doc | None:
    """A template by its name and language."""
    listed = world.store.where("graph_template", "name", name)
    return next((one for one in listed if one["language"] == language), None)


def _template(world: World, content: Json) -> Json:
    language = (content.get("language") or {}).get("code", "")
    template = find_template(world, str(content.get("name", "")), language)
    if template is None or template["status"] != "APPROVED":
        raise GraphApiError(132001, "Template name does not exist in the translation", status=404)
    text = template["components"][0]["text"]
    names = list(dict.fromkeys(_VARIABLE.findall(text)))
    parts = [one for one in content.get("components") or () if one.get("type") == "body"]
    given = parts[0].get("parameters", []) if parts else []
    if len(given) != len(names):
        raise GraphApiError(132000, "Number of parameters does not match")
    named = template["parameter_format"] == "NAMED"
    values = {}
    for place, one in enumerate(given, 1):
        value = str(one.get("text", ""))
        if not value or "\n" in value or "\t" in value or "    " in value:
            raise GraphApiError(132012, "Parameter format does not match")
        values[one.get("parameter_name") if named else str(place)] = value
    if set(values) != set(names):
        raise GraphApiError(132012, "Parameter format does not match")
    filled = _VARIABLE.sub(lambda found: values[found[1]], text)
    return {"text": filled, "template": template["name"]}
