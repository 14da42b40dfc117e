"""A line of the log as parts of a messenger: what it cannot show is put into words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

from insurance_chat.channels.ports import (
    Button,
    Capabilities,
    FilePart,
    Link,
    Part,
    TemplatePart,
    TextPart,
)
from insurance_chat.channels.splitting import split
from insurance_chat.core import sniff
from insurance_chat.core.money import format_rub

_LOCAL_LINK = re.compile(r"(?<=\]\()/[^)\s]*")
CARD_WORDS = "Нажмите «Выбрать» в карточке ниже или напишите"
PAY_WORDS = "Оплатить"


class Links(Protocol):
    """Makes addresses that a browser opens."""

    @property
    def reachable(self) -> bool:
        """Whether others than this computer can open them."""

    def absolute(self, url: str) -> str:
        """The same address with our host if it has none."""

    def file(self, key: str, name: str) -> str:
        """A fresh link to a stored file."""

    def document(self, tenant_id: int, document_id: str) -> str:
        """A link to the source of a public document."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A quick reply: what is shown and what the client says by it."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What to send, and which choices a bare number answers (none when there are buttons)."""

    parts: tuple[Part, ...]
    numbered: tuple[Choice, ...] = ()


def choices(body: Mapping[str, Any]) -> list[Choice]:
    """What the client may choose from, in the order of its numbers: offers, then quick replies."""
    metadata = body.get("metadata") or {}
    offers = [card for card in metadata.get("offers") or () if card.get("price")]
    found = [Choice(_offer_title(card), str(card.get("value") or "")) for card in offers]
    replies = metadata.get("quickReplies") or ()
    found += [Choice(str(one["title"]), str(one.get("value") or one["title"])) for one in replies]
    return [one for one in found if one.title and one.value]


def file_keys(body: Mapping[str, Any], largest: int) -> list[str]:
    """Keys of the stored files that a line is sent with.

    Args:
        largest: bytes; what is larger goes as a link.
    """
    cards = (body.get("metadata") or {}).get("files") or ()
    keys = [str(one["key"]) for one in cards if one.get("key") and one.get("size", 0) <= largest]
    return keys + ([str(body["voiceKey"])] if body.get("voiceKey") else [])


def render(
    seq: int,
    body: Mapping[str, Any],
    sender: str,
    capabilities: Capabilities,
    links: Links,
    files: Mapping[str, bytes],
    tenant_id: int,
) -> Rendered:
    """Parts of one line, in the order of sending.

    Args:
        seq: number of the line; names its buttons.
        body: as stored: text, voiceKey, metadata.
        sender: `ai`, `agent` or `system`; a human is introduced by name.
        files: contents by key; a file that is missing here goes as a link.
    """
    metadata = body.get("metadata") or {}
    if metadata.get("template"):
        return Rendered((_template(metadata["template"]),))
    offered = choices(body)
    buttons, numbered = _buttons(seq, offered, capabilities)
    sent, linked = _files(metadata, links, files, capabilities)
    text = _text(body, metadata, sender, links, tenant_id, pressed=bool(buttons))
    text = _joined(text, *linked, _numbers(numbered))
    pay = _pay(metadata, links)
    if _fits_under(text, sent, capabilities) and not (buttons or pay):
        sent, text = [_captioned(sent[0], text)], ""
    words = _words(text, buttons, pay, capabilities.text_length)
    return Rendered((*words, *sent, *_voice(body, files, capabilities, links)), tuple(numbered))


def _buttons(
    seq: int, offered: list[Choice], capabilities: Capabilities
) -> tuple[tuple[Button, ...], list[Choice]]:
    if len(offered) > max(capabilities.buttons, capabilities.list_rows):
        return (), offered
    made = tuple(
        Button(_shortened(one.title, capabilities.button_length), f"{seq}.{number}")
        for number, one in enumerate(offered, 1)
    )
    return made, []


def _shortened(title: str, longest: int) -> str:
    return title if len(title) <= longest else f"{title[: longest - 1].rstrip()}…"


def _numbers(numbered: list[Choice]) -> str:
    if not numbered:
        return ""
    lines = [f"{number} — {one.title}" for number, one in enumerate(numbered, 1)]
    return "\n".join([*lines, "", "Можно ответить цифрой."])


def _text(
    body: Mapping[str, Any],
    metadata: Mapping[str, Any],
    sender: str,
    links: Links,
    tenant_id: int,
    *,
    pressed: bool,
) -> str:
    text = str(body.get("text") or "").strip()
    # Phrases are written for the site, where a link needs no host.
    text = _LOCAL_LINK.sub(lambda local: links.absolute(local[0]), text)
    # There are no cards in a messenger, so the hint of the site would lead nowhere.
    text = text.replace(CARD_WORDS, "Нажмите кнопку или напишите" if pressed else "Напишите")
    if sender == "agent" and metadata.get("agentName") and text:
        text = f"**{metadata['agentName']}**\n{text}"
    offers = "\n".join(_offer(card) for card in metadata.get("offers") or ())
    sources = _citations(metadata.get("citations") or (), links, tenant_id)
    return _joined(text, offers, sources)


def _joined(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _rub(amount: Any) -> str:
    return format_rub(Decimal(str(amount)))


def _offer_title(card: Mapping[str, Any]) -> str:
    price = _rub(card["price"]) if card.get("price") else ""
    return " — ".join(part for part in (str(card.get("company") or ""), price) if part)


def _offer(card: Mapping[str, Any]) -> str:
    told = _offer_title(card)
    more = str(card.get("details") or card.get("note") or "")
    return f"- **{told}**" + (f". {more}" if more else "")


def _citations(cards: Any, links: Links, tenant_id: int) -> str:
    lines: list[str] = []
    for card in cards:
        title = str(card.get("title") or "Документ").replace("[", "(").replace("]", ")")
        where = f", с. {card['page']}" if card.get("page") else ""
        if card.get("documentId") and links.reachable:
            page = f"#page={card['page']}" if card.get("page") else ""
            title = f"[{title}]({links.document(tenant_id, str(card['documentId']))}{page})"
        lines.append(f"[{card.get('n', len(lines) + 1)}] {title}{where}")
    return "\n".join(["Источники:", *lines]) if lines else ""


def _pay(metadata: Mapping[str, Any], links: Links) -> tuple[Link, ...]:
    payment = metadata.get("payment") or {}
    if not payment.get("url"):
        return ()
    amount = f" {_rub(payment['amount'])}" if payment.get("amount") else ""
    return (Link(f"{PAY_WORDS}{amount}", links.absolute(str(payment["url"]))),)


def _files(
    metadata: Mapping[str, Any],
    links: Links,
    files: Mapping[str, bytes],
    capabilities: Capabilities,
) -> tuple[list[FilePart], list[str]]:
    """Files to send, and lines with links to what cannot be sent."""
    sent, linked = [], []
    for card in metadata.get("files") or ():
        name = str(card.get("name") or "Файл")
        data = files.get(str(card.get("key")))
        if data is not None and len(data) <= capabilities.file_bytes:
            mime = str(card.get("mime") or sniff.sniff_mime(data, name))
            sent.append(FilePart(data, name, mime, url=_address(card["key"], name, links)))
            continue
        url = links.file(card["key"], name) if card.get("key") else links.absolute(card["url"])
        linked.append(f"[{name}]({url})")
    return sent, linked


def _fits_under(text: str, sent: list[FilePart], capabilities: Capabilities) -> bool:
    return len(sent) == 1 and 0 < len(text) <= capabilities.caption_length


def _captioned(file: FilePart, caption: str) -> FilePart:
    return replace(file, caption=caption)


def _voice(
    body: Mapping[str, Any], files: Mapping[str, bytes], capabilities: Capabilities, links: Links
) -> tuple[FilePart, ...]:
    data = files.get(str(body.get("voiceKey")))
    if data is None:
        return ()
    mime = sniff.sniff_mime(data)
    # Anything but OGG would arrive as a music file, so it is sent as one and says what it is.
    if mime == "audio/ogg" and capabilities.voice:
        url = _address(body["voiceKey"], "voice.ogg", links)
        return (FilePart(data, "voice.ogg", mime, voice=True, url=url),)
    suffix = mime.partition("/")[2].replace("mpeg", "mp3").replace("mp4", "m4a")
    name = f"Голосовое сообщение.{suffix}"
    return (FilePart(data, name, mime, url=_address(body["voiceKey"], name, links)),)


def _address(key: Any, name: str, links: Links) -> str:
    """Where a messenger that fetches files itself finds this one; empty when it cannot reach us."""
    return links.file(str(key), name) if links.reachable else ""


def _words(
    text: str, buttons: tuple[Button, ...], pay: tuple[Link, ...], longest: int
) -> tuple[TextPart, ...]:
    pieces = split(text, longest)
    if not pieces and (buttons or pay):
        pieces = ["Выберите:" if buttons else "Ссылка на оплату:"]
    last = len(pieces) - 1
    return tuple(
        TextPart(piece, buttons, pay) if number == last else TextPart(piece)
        for number, piece in enumerate(pieces)
    )


def _template(card: Mapping[str, Any]) -> TemplatePart:
    variables = tuple(str(one) for one in card.get("variables") or ())
    return TemplatePart(str(card["name"]), str(card["language"]), variables)
