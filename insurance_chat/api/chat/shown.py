"""Replies and events as the documents of the chat API name them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from insurance_chat.api import present
from insurance_chat.api.chat.door import Caller, Thread, viewer
from insurance_chat.api.links import links_for
from insurance_chat.conversations.threads.repository import Place
from insurance_chat.conversations.types import ConversationState, Entry
from insurance_chat.dialogue.answering.sentences import sentence_spans

WITH_AGENT = "Сообщение получил агент. Его ответ придёт в эту беседу."
_JOINED = ("citations", "offers", "files")
_LATEST = ("expects", "expectsAll", "quickReplies")
_EMPTY: dict[str, Any] = {
    "expects": None,
    "expectsAll": [],
    "quickReplies": [],
    "offers": [],
    "citations": [],
    "files": [],
    "payment": None,
}
_TAIL = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call is answered with.

    Args:
        notice: nobody has said anything, because a human leads the chat; say so.
        message_id: the name that the program gave its message.
    """

    thread: Thread
    place: Place
    state: ConversationState
    entries: list[Entry]
    reached: int
    notice: bool = False
    agent_name: str | None = None
    message_id: str | None = None


def said(connection: HTTPConnection, caller: Caller, place: Place, entry: Entry) -> dict[str, Any]:
    """One message of the service."""
    shown = present.message(entry, str(place.session), viewer(caller, place), links_for(connection))
    return {
        "id": shown["id"],
        "seq": shown["seq"],
        "sender": shown["sender"],
        "text": shown["text"],
        "file_url": shown["fileUrl"],
        "voice_url": shown["voiceUrl"],
        "created_at": shown["createdAt"],
        "metadata": shown["metadata"],
    }


def fields(connection: HTTPConnection, caller: Caller, reply: Reply) -> dict[str, Any]:
    """What a reply holds besides the fields that repeat the question."""
    messages = [said(connection, caller, reply.place, entry) for entry in reply.entries]
    text = "\n\n".join(message["text"] for message in messages if message["text"])
    return {
        "response": text or (WITH_AGENT if reply.notice else ""),
        "thread_id": reply.thread.name,
        "state": reply.state.value,
        "agent_name": reply.agent_name,
        "message_id": reply.message_id,
        "cursor": reply.reached,
        "metadata": together([message["metadata"] for message in messages]),
        "messages": messages,
    }


def together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One metadata of several messages: cards of all of them, the questions of the last."""
    whole: dict[str, Any] = {**_EMPTY}
    for part in parts:
        for name in _JOINED:
            whole[name] = [*whole[name], *(part.get(name) or [])]
        whole |= {name: part[name] for name in _LATEST if name in part}
        whole["payment"] = part.get("payment") or whole["payment"]
    return whole


def chunks(text: str) -> list[str]:
    """The text in sentences; put together again they are the text, to the letter."""
    if not text.strip():
        return [text] if text else []
    ends = [_TAIL.match(text, end).end() for _, end in sentence_spans(text)]  # type: ignore[union-attr]
    starts = [0, *ends[:-1]]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def event(body: dict[str, Any], place: str = "") -> str:
    """A server-sent event without a name, so that `onmessage` of a browser gets it.

    Args:
        place: what the browser sends as `Last-Event-ID` when it comes back.
    """
    number = f"id: {place}\n" if place else ""
    return f"{number}data: {json.dumps(body, ensure_ascii=False)}\n\n"
