"""How one line of a conversation looks: who, when, what was quoted, the words, the cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from insurance_chat.channels.marks.service import Mark
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.clock import MOSCOW, moscow_today
from insurance_chat.operators.inbox.notes import NoteView
from insurance_chat.web.downloads import source_path
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.trace import trace_line
from insurance_chat.web.words import SENDERS, STATES, long_date, money

FileLink = Callable[[str, str], str]
MARKS = {
    "waits": ("отправляется", ""),
    "sent": ("✓ отправлено", ""),
    "delivered": ("✓✓ доставлено", ""),
    "read": ("✓✓ прочитано", "seen"),
    "dead": ("не доставлено", "bad"),
}
_SOUND = ("audio/", "video/webm")  # a browser records voice as WebM
_SOUND_NOTES = {
    "heard": "распознано из голосового, могут быть ошибки",
    "failed": "распознать не удалось, послушайте запись",
    "spoken": "произнесено голосом",
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """How lines are drawn for one reader.

    Args:
        me: public id of the reader.
        file_link: makes an address from the key and the name of a file.
        acts: offer «Ответить» and «Неточность» below messages.
        why: offer «Почему так ответил?» at the assistant's messages.
    """

    me: str
    file_link: FileLink
    acts: bool
    why: bool = False

    def line(self, entry: Entry, body: Mapping[str, Any], mark: Mark | None = None) -> Markup:
        """One line; `body` is what this reader may see of it, `mark` how far it got."""
        if entry.kind is EntryKind.STATE:
            state = str(body.get("state"))
            return tag("span", f"{clock(entry.created_at)} · {STATES.get(state, (state, ''))[0]}")
        if entry.kind is EntryKind.DIALOGUE:
            return trace_line(entry)
        metadata = body.get("metadata") or {}
        voice = metadata.get("voice") or {}
        acts = self._acts(entry) if self.acts else self._why(entry) if self.why else None
        return join(
            _by(_who(entry, metadata), entry.created_at, acts),
            _quoted(metadata.get("quote")),
            tag("div", body.get("text") or "", class_="said") if body.get("text") else None,
            tag("div", _SOUND_NOTES[voice["state"]], class_="hint") if _noted(voice) else None,
            self._cards(body, metadata),
            _marked(mark) if mark is not None else None,
        )

    def kind(self, entry: Entry) -> str:
        """CSS classes of a line."""
        if entry.kind is not EntryKind.MESSAGE:
            return entry.kind.value
        metadata = entry.body.get("metadata") or {}
        own = entry.sender is Sender.AGENT and metadata.get("agentId") == self.me
        return f"{entry.sender.value} own" if own else entry.sender.value

    def note(self, note: NoteView, words: str) -> Markup:
        """A note of staff; only its author may take it back."""
        remove = _act("remove-note", str(note.id), "Удалить") if note.own else None
        acts = tag("span", remove, class_="acts") if remove else None
        return join(
            _by(f"Заметка: {note.author}", note.created_at, acts),
            tag("div", words, class_="said"),
        )

    def _acts(self, entry: Entry) -> Markup | None:
        if entry.sender not in (Sender.USER, Sender.AI):
            return None
        wrong = entry.sender is Sender.AI
        message = str(entry.public_id)
        return tag(
            "span",
            _act("reply", message, "Ответить"),
            _act("report", message, "Неточность") if wrong else None,
            class_="acts",
        )

    def _why(self, entry: Entry) -> Markup | None:
        if entry.sender is not Sender.AI:
            return None
        return tag("span", _act("why", str(entry.seq), "Почему так ответил?"), class_="acts shown")

    def _cards(self, body: Mapping[str, Any], metadata: Mapping[str, Any]) -> Markup | None:
        cards = [_citation(card) for card in metadata.get("citations") or []]
        cards += [_offer(card) for card in metadata.get("offers") or []]
        files = list(metadata.get("files") or [])
        if body.get("fileKey") and not files:
            files.append({"key": body["fileKey"], "name": body.get("fileName")})
        if body.get("voiceKey"):
            voice = {"key": body["voiceKey"], "name": "Голосовое сообщение", "mime": "audio/ogg"}
            files.append(voice)
        cards += [self._file(card) for card in files]
        if metadata.get("payment"):
            cards.append(tag("li", "Ссылка на оплату отправлена клиенту"))
        return tag("ul", *cards, class_="cards") if cards else None

    def _file(self, card: Mapping[str, Any]) -> Markup:
        name = str(card.get("name") or "Файл")
        if not card.get("key"):
            return tag("li", f"Файл: {name}")
        address = self.file_link(str(card["key"]), name)
        if str(card.get("mime") or "").startswith(_SOUND):
            player = tag("audio", controls=True, preload="none", src=address, aria_label=name)
            return tag("li", player, class_="sound")
        return tag("li", "Файл: ", link(name, address, target="_blank"))


def _marked(mark: Mark) -> Markup:
    """«доставлено», «прочитано», «не доставлено: клиент запретил писать ему»."""
    title, tone = MARKS[mark.state]
    if mark.words:
        title = f"{title}: {mark.words.rstrip('.')}"
    return tag("div", title, class_=f"mark {tone}".strip())


def _noted(voice: Mapping[str, Any]) -> bool:
    return voice.get("state") in _SOUND_NOTES


def clock(value: datetime) -> str:
    """Moscow time of day: «14:05»."""
    return f"{value.astimezone(MOSCOW):%H:%M}"


def day_of(value: datetime) -> date:
    """The Moscow day of a moment."""
    return value.astimezone(MOSCOW).date()


def day_title(value: datetime) -> str:
    """«Сегодня», «Вчера», «21 ноября 2026»."""
    day, today = day_of(value), moscow_today()
    if day == today:
        return "Сегодня"
    return "Вчера" if day == today - timedelta(days=1) else long_date(value)


def _who(entry: Entry, metadata: Mapping[str, Any]) -> str:
    name = metadata.get("agentName")
    return str(name) if entry.sender is Sender.AGENT and name else SENDERS[entry.sender]


def _by(who: str, at: datetime, acts: Markup | None = None) -> Markup:
    return tag("div", tag("b", who), " ", tag("time", clock(at)), " ", acts, class_="by")


def _quoted(quote: Mapping[str, Any] | None) -> Markup | None:
    if not quote:
        return None
    sender = str(quote.get("sender") or "")
    who = SENDERS[Sender(sender)] if sender in set(Sender) else ""
    return tag("blockquote", tag("b", who), str(quote.get("text") or ""), class_="quoted")


def _act(name: str, target: str, title: str) -> Markup:
    return tag("button", title, type="button", class_="act", data_act=name, data_id=target)


def _citation(card: Mapping[str, Any]) -> Markup:
    title = str(card.get("title") or "документ")
    page = f", стр. {card['page']}" if card.get("page") else ""
    shown = tag("summary", f"Источник: {title}{page}")
    document = card.get("documentId")
    opened = link("Открыть исходный файл", source_path(str(document)), target="_blank")
    quote = tag("blockquote", str(card.get("quote") or ""))
    return tag("li", tag("details", shown, quote, opened if document else None))


def _offer(card: Mapping[str, Any]) -> Markup:
    company = str(card.get("company") or card.get("title") or "страховая")
    price = card.get("price")
    shown = money(Decimal(str(price))) if price else str(card.get("note") or "нет цены")
    return tag("li", f"Предложение: {company}, {shown}")
