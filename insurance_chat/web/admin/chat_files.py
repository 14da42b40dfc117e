"""Chats as files: a transcript as PDF or CSV, a list as CSV."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import typst

from insurance_chat.conversations.overview.exports import ChatExport
from insurance_chat.conversations.overview.service import ChatRow
from insurance_chat.conversations.types import Entry, EntryKind
from insurance_chat.core.clock import MOSCOW
from insurance_chat.core.sheets import csv_file
from insurance_chat.web.words import CHANNELS, SENDERS, STATES

_TIME = "%d.%m.%Y %H:%M:%S"


def chat_csv(export: ChatExport) -> bytes:
    """A transcript, one line for each message and change of state; Moscow time."""
    head = ("Время (Москва)", "Кто", "Текст", "Источники", "Файлы")
    return csv_file(head, (_cells(entry) for entry in export.entries))


def list_csv(rows: list[ChatRow]) -> bytes:
    """A list of chats; Moscow time."""
    head = ("Номер чата", "Состояние", "Канал", "Агент", "Метки", "Начат", "Обновлён", "Последнее")
    return csv_file(
        head,
        (
            (
                row.id,
                STATES[row.state][0],
                CHANNELS.get(row.channel, row.channel),
                row.agent,
                ", ".join(row.tags),
                row.created_at.astimezone(MOSCOW).strftime(_TIME),
                row.updated_at.astimezone(MOSCOW).strftime(_TIME),
                row.last_text,
            )
            for row in rows
        ),
    )


def chat_pdf(export: ChatExport) -> bytes:
    """A transcript on A4 pages with text that can be copied. Takes a second for a long chat."""
    chat = export.chat
    lines = [_printed(entry) for entry in export.entries]
    form = {
        "number": str(chat.id),
        "channel": CHANNELS.get(chat.channel, chat.channel),
        "state": STATES[chat.state][0],
        "agent": chat.agent_name or "",
        "begun": chat.created_at.astimezone(MOSCOW).strftime(_TIME),
        "made": export.made_at.astimezone(MOSCOW).strftime(_TIME),
        "cut": export.cut,
        "lines": lines,
    }
    template = resources.files(__package__ or "").joinpath("chat.typ").read_bytes()
    # The stub of typst does not know files in memory. Texts go in as data, never as markup.
    files: Any = {
        "main.typ": template,
        "chat.json": json.dumps(form, ensure_ascii=False).encode(),
    }
    # Only the fonts inside the typst library: the page looks the same on every machine.
    pdf: bytes = typst.compile(files, ignore_system_fonts=True)
    return pdf


def _printed(entry: Entry) -> dict[str, str]:
    at, who, text, sources, files = _cells(entry)
    return {"at": at, "who": who, "text": text, "sources": sources, "files": files}


def _cells(entry: Entry) -> tuple[str, str, str, str, str]:
    at = entry.created_at.astimezone(MOSCOW).strftime(_TIME)
    body = entry.body
    if entry.kind is EntryKind.STATE:
        state = str(body.get("state"))
        title = STATES.get(state, (state, ""))[0]
        agent = f", агент {body['agentName']}" if body.get("agentName") else ""
        return at, SENDERS[entry.sender], f"Состояние: {title}{agent}", "", ""
    metadata = body.get("metadata") or {}
    sources = [str(card.get("title") or "") for card in metadata.get("citations") or []]
    files = [str(card.get("name") or "Файл") for card in metadata.get("files") or []]
    if body.get("fileKey") and not files:
        files.append(str(body.get("fileName") or "Файл"))
    if body.get("voiceKey"):
        files.append("Голосовое сообщение")
    text = str(body.get("text") or "")
    return at, SENDERS[entry.sender], text, ", ".join(sources), ", ".join(files)
