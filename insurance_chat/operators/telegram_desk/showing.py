"""Requests, lines and cards of clients as agents read them in Telegram: personal data hidden. Pure.

Telegram is not ours, so more is hidden there than on our own pages: numbers of documents, too, and
from administrators as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from insurance_chat.conversations import privacy
from insurance_chat.conversations.handover.queue import Waiting, shown_name
from insurance_chat.conversations.handover.texts import reason_words
from insurance_chat.conversations.sounds.merging import HEARD
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.money import format_rub
from insurance_chat.operators.copilot.service import Draft
from insurance_chat.operators.inbox.summary import Summary
from insurance_chat.operators.telegram_desk import words
from insurance_chat.operators.telegram_desk.types import SPOKEN, Act, Drafted, Knob, Note

NAMELESS = "Клиент"
LAST_LINES = 6
LONGEST_LINE = 300
LONGEST_QUOTE = 400
MOST_SOURCES = 3
_SENDERS = {Sender.USER: "Клиент", Sender.AI: "Ассистент", Sender.SYSTEM: "Сервис"}


def chat_title(number: int, profile: Mapping[str, Any]) -> str:
    """How an agent tells chats apart: «1 · Иван П.»."""
    return f"{number} · {shown_name(profile) or NAMELESS}"


def hidden(text: str) -> str:
    """Words of a client without phones, e-mails and documents; a link is shown with its address."""
    return privacy.mask_documents(text).replace("](", "] (")


def request(row: Waiting, said: str, wants: str, handover_id: int) -> Note:
    """A card of a request with «Взять».

    Args:
        said: the beginning of the client's last words, masked.
        wants: what the client is busy with, in Russian, or empty.
    """
    title = "Клиент просит вас" if row.for_me else "Новая заявка"
    facts = [wants, row.client, f"№ {row.place} в очереди"]
    lines = [
        f"**{title}**",
        reason_words(row.reason),
        " · ".join(one for one in facts if one),
        f"«{hidden(said)}»" if said else "",
    ]
    return Note(
        "\n".join(one for one in lines if one),
        (Knob("Взять", Act.TAKE),),
        conversation_id=row.conversation_id,
        handover_id=handover_id,
    )


def line(entry: Entry, title: str, conversation_id: int, me: str, *, current: bool) -> list[Note]:
    """One line of the log; nothing for what the agent said here, and for inner lines.

    Args:
        me: public id of the agent.
        current: words without a reply go to this chat already.
    """
    text, files = _said(entry, me)
    if not (text or files):
        return []
    knobs: tuple[Knob, ...] = ()
    if entry.sender is Sender.USER:
        knobs = words.LINE_KNOBS if current else (words.SWITCH, *words.LINE_KNOBS)
    head = f"**{title}**"
    texts = [f"{head}\n{text}"] if text else []
    notes = [Note(one, conversation_id=conversation_id, seq=entry.seq) for one in texts]
    notes += [
        Note(head, conversation_id=conversation_id, seq=entry.seq, file=file) for file in files
    ]
    last = notes.pop()
    if last.file is not None and knobs:
        # A file cannot carry buttons, so they follow in a message of their own.
        notes.append(last)
        last = Note(f"{head}\nФайл выше", conversation_id=conversation_id, seq=entry.seq)
    notes.append(Note(last.text, knobs, conversation_id, seq=last.seq, file=last.file))
    return notes


def _said(entry: Entry, me: str) -> tuple[str, list[dict[str, Any]]]:
    body = privacy.for_agent(entry.body)
    if entry.kind is EntryKind.VOICE:
        heard = body.get("state") == HEARD and body.get("text")
        return (words.HEARD.format(text=hidden(str(body["text"]))) if heard else ""), []
    if entry.kind is not EntryKind.MESSAGE or (entry.client_key or "").startswith(SPOKEN):
        return "", []
    metadata = body.get("metadata") or {}
    text = hidden(str(body.get("text") or "").strip())
    if metadata.get("edited") and text:
        text = f"(исправлено) {text}"
    if body.get("fileUrl") and not metadata.get("files"):
        text = f"{text}\n{body['fileUrl']}".strip()
    files = [
        {"key": str(one["key"]), "name": str(one.get("name") or "Файл")}
        for one in metadata.get("files") or ()
        if one.get("key")
    ]
    if entry.sender is Sender.USER and body.get("voiceKey"):
        files.append({"key": str(body["voiceKey"]), "name": "Голосовое сообщение"})
    return (f"{_who(entry, metadata, me)}{text}" if text else ""), files


def _who(entry: Entry, metadata: Mapping[str, Any], me: str) -> str:
    if entry.sender is Sender.USER:
        return ""
    if entry.sender is Sender.AGENT:
        own = str(metadata.get("agentId")) == me
        return "Вы с сайта: " if own else f"{metadata.get('agentName') or 'Коллега'}: "
    return f"{_SENDERS[entry.sender]}: "


def last_lines(entries: Sequence[Entry]) -> str:
    """What was said before the agent came, shortly."""
    shown = []
    for entry in entries:
        text = " ".join(str(entry.body.get("text") or "").split())
        if entry.kind is not EntryKind.MESSAGE or not text:
            continue
        masked = hidden(text)
        if len(masked) > LONGEST_LINE:
            masked = masked[:LONGEST_LINE].rstrip() + "…"
        shown.append(f"{_SENDERS.get(entry.sender, 'Агент')}: {masked}")
    return "\n".join(shown[-LAST_LINES:])


def card(title: str, summary: Summary) -> str:
    """The client's card."""
    rows = [f"**{title}**"]
    if summary.wants:
        rows.append(f"Хочет: {summary.wants}")
    if summary.reason:
        rows.append(reason_words(summary.reason))
    rows += [f"{fact.title}: {fact.value}" for fact in summary.facts]
    if summary.missing:
        rows.append(f"Ещё нужно: {', '.join(summary.missing)}")
    for offer in summary.offers:
        price = format_rub(offer.price) if offer.price is not None else offer.note
        rows.append(f"{'✓ ' if offer.chosen else ''}{offer.company}: {price}")
    rows += [
        f"Полис {policy.number}, {policy.company}, до {policy.expire_at:%d.%m.%Y}"
        for policy in summary.policies
    ]
    if summary.prefers_voice:
        rows.append("Предпочитает голосовые сообщения")
    if len(rows) == 1:
        rows.append("Клиент о себе пока ничего не рассказал.")
    return hidden("\n".join(rows))


def draft(found: Draft, title: str, conversation_id: int, wish: str) -> Note:
    """A draft with its buttons; without a text only what the copilot says."""
    parts = [f"**Черновик · {title}**" if found.text else f"**{title}**", found.text]
    if found.warning:
        parts.append(f"⚠ {found.warning}")
    if found.citations:
        sources = [citation.title for citation in found.citations[:MOST_SOURCES]]
        parts.append("Источники: " + ", ".join(dict.fromkeys(sources)))
    parts += [
        f"{words.ONLY_FOR_YOU}: «{one.title}». {one.quote[:LONGEST_QUOTE]}"
        for one in found.only_for_agent[:MOST_SOURCES]
    ]
    drafted = Drafted(found.text, found.variant, wish)
    knobs = draft_knobs(more=found.variants > 1) if found.text else ()
    return Note(
        "\n\n".join(part for part in parts if part),
        knobs,
        conversation_id,
        draft=drafted if found.text else None,
    )


def draft_knobs(*, more: bool) -> tuple[Knob, ...]:
    """What can be done with a draft.

    Args:
        more: there are further variants.
    """
    another = (Knob("Ещё вариант", Act.ANOTHER),) if more else ()
    return (Knob("Отправить", Act.SEND), *another, Knob("Изменить", Act.CHANGE))
