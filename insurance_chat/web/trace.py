"""What the assistant understood in a turn, in words, for the administrator."""

from __future__ import annotations

import json
from typing import Any

from insurance_chat.conversations.types import Entry
from insurance_chat.web.markup import Markup, tag
from insurance_chat.web.words import moment

_WORDS = {
    "start_flow": ("начать сценарий", "flow"),
    "set_slot": ("записать", "slot"),
    "reject_slot": ("не принять", "slot"),
    "clear_slot": ("забыть", "slot"),
    "ask_question": ("вопрос к базе знаний", "text"),
    "chitchat": ("светская реплика", "topic"),
    "request_human": ("позвать человека", "reason"),
    "report_inaccuracy": ("жалоба на неточность", "text"),
    "cancel_flow": ("прервать сценарий", ""),
    "set_preference": ("пожелание", "name"),
    "unclear": ("не понято", "text"),
}


def trace_line(entry: Entry) -> Markup:
    """One line of the dialogue trace with its raw data folded under it."""
    body = entry.body
    if "poke" in body:
        said = f"ход разговора: событие {body['poke']}"
    else:
        commands = [command_words(command) for command in body.get("commands") or []]
        said = f"ход разговора: {'; '.join(commands) or 'команд нет'}"
    raw = json.dumps(body, ensure_ascii=False, indent=2, default=str)
    return tag(
        "details",
        tag("summary", f"{moment(entry.created_at)} · {said}"),
        tag("pre", raw, tabindex="0"),
    )


def command_words(command: dict[str, Any]) -> str:
    """A command as a short phrase: «записать plate = А123ВС77»."""
    kind = str(command.get("type"))
    words, field = _WORDS.get(kind, (kind, ""))
    shown = [words]
    if field and command.get(field):
        shown.append(str(command[field]))
    if kind in ("set_slot", "set_preference"):
        shown += ["=", _short(command.get("value"))]
    if kind == "reject_slot":
        shown.append(f"({command.get('problem')})")
    return " ".join(shown)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "…"
