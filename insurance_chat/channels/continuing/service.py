"""Going on in a messenger: a one-time link, a question there, then the conversation itself moves.

Who opens a link sees the conversation and joins its client, so it is asked first: else a stranger
could send a link of theirs to a victim and read the victim's policies (login by another's link).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from insurance_chat.channels.continuing.models import ContinueLink
from insurance_chat.channels.continuing.repository import ContinueRepository
from insurance_chat.channels.models import ChannelChat
from insurance_chat.channels.ports import Links
from insurance_chat.channels.prepared import WORDS
from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.merging import service as merging
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.types import ConversationState, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import hash_token, new_token
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal, Role

LIFE = timedelta(minutes=30)
YES, NO = "Да, продолжить здесь", "Нет, это не я"
_PAYLOAD = r"c_([A-Za-z0-9_-]{20,60})"
_CODE = re.compile(_PAYLOAD)
_PREPARED = re.compile(rf"\W*(?:{WORDS}\W*)?\b{_PAYLOAD}\s*", re.IGNORECASE)
_AGREES = re.compile(r"(?:да|ага|угу|конечно|давай\w*|продолж\w*|верно)\b", re.IGNORECASE)
_REFUSES = re.compile(r"(?:нет|неа|не я|это не я)\W*", re.IGNORECASE)
_BUSY = {ConversationState.WITH_AGENT.value, ConversationState.HANDOVER_REQUESTED.value}
_QUESTION = (
    "Продолжить здесь разговор, который начат на сайте? {quote}Отвечайте «да», только если на сайте "
    "писали вы: тот, кто открыл чат на сайте, увидит и то, что вы напишете здесь."
)
_MOVED = "Готово, продолжаем здесь."
_DECLINED = "Хорошо, тот разговор остаётся на сайте."
_HERE = "Этот разговор уже здесь. Продолжаем."
_STALE = "Ссылка больше не действует. Откройте чат на сайте и нажмите «Продолжить в мессенджере» ещё раз."
_HERE_BUSY = "В этом чате сейчас занят агент. Закончите с ним, потом откройте ссылку ещё раз."
_NAMES = {"telegram": "Telegram", "whatsapp": "WhatsApp", "instagram": "Instagram"}
QUOTE_LETTERS = 120
_CARDS = {"expects", "expectsAll", "quickReplies", "offers", "payment"}


@dataclass(frozen=True, slots=True)
class Way:
    """A messenger in which a client can go on; `url` opens it with the link."""

    channel: str
    title: str
    url: str


async def ways(
    unit: Unit, principal: Principal, session: UUID, adapters: Mapping[str, object]
) -> list[Way]:
    """Links that carry this conversation to each messenger that is connected; good for 30 minutes.

    Args:
        adapters: messengers by their code; those that know `Links` count.

    Asking again ends the earlier links. Nothing when the conversation is in a messenger already.

    Raises:
        ServiceError: `forbidden` for an agent, who would join the client with the link;
            `session_not_found`.
    """
    if principal.role is Role.AGENT:
        raise ServiceError("forbidden", Kind.FORBIDDEN, "Ссылку получает сам клиент.")
    conversation = await sessions.find(unit, principal, session, lock=True)
    repository = ContinueRepository(unit, conversation.tenant_id)
    if await repository.chat_of(conversation.id) is not None:
        return []
    token = new_token()
    found: list[Way] = []
    for connection in await repository.active():
        adapter = adapters.get(connection.kind)
        if isinstance(adapter, Links):
            url = adapter.link(connection.options, f"c_{token}")
            if url:
                title = f"{_NAMES.get(adapter.channel, adapter.channel)} {connection.title}"
                found.append(Way(adapter.channel, title, url))
    if found:
        await repository.replace(conversation.id, hash_token(token), utcnow() + LIFE)
    return found


def code_in(start: str, text: str) -> str | None:
    """The token of a link in what a messenger brought: its start payload, or the prepared words."""
    match = _CODE.fullmatch(start) or _PREPARED.fullmatch(text)
    return match.group(1) if match else None


async def arrive(unit: Unit, chat: ChannelChat, token: str, key: str) -> None:
    """A client opened a link in a messenger: ask whether it is their conversation.

    Args:
        key: of the update; the same update read again says nothing more.
    """
    repository, key = ContinueRepository(unit, chat.tenant_id), f"arrive:{key}"
    link = await repository.link(hash_token(token))
    if await repository.was_said(chat.id, key):
        return
    ids = [chat.conversation_id] + ([link.conversation_id] if link is not None else [])
    pair = await repository.pair(*ids)
    here = pair[chat.conversation_id]
    if link is not None and link.conversation_id == here.id:
        await _say(unit, here, _HERE, key)
    elif link is None or not _is_open(link) or link.chat_id not in (None, chat.id):
        await _say(unit, here, _STALE, key)
    elif here.state in _BUSY:
        await _say(unit, here, _HERE_BUSY, key)
    else:
        link.chat_id = chat.id
        quote = await _quote(unit, repository, link.conversation_id)
        buttons = [{"title": title, "value": title} for title in (YES, NO)]
        await _say(unit, here, _QUESTION.format(quote=quote), key, {"quickReplies": buttons})


def _is_open(link: ContinueLink) -> bool:
    return link.outcome is None and link.expires_at > utcnow()


async def answer(unit: Unit, chat_id: int, tenant_id: int, text: str, key: str) -> bool:
    """Take a client's word to the question of `arrive`.

    Anything but a yes leaves the conversations where they are.

    Args:
        key: of the update; the same update read again is the same answer.

    Returns:
        Whether these words were the answer and nobody else has to think about them.
    """
    repository, key = ContinueRepository(unit, tenant_id), f"answer:{key}"
    link = await repository.asked(chat_id)
    if link is None:
        return False
    if not _is_open(link):
        return await repository.was_said(chat_id, key)
    chat = await repository.chat(chat_id)
    assert chat is not None
    pair = await repository.pair(chat.conversation_id, link.conversation_id)
    here, there = pair[chat.conversation_id], pair[link.conversation_id]
    if not _AGREES.match(text.strip()):
        link.outcome = "declined"
        if text.strip() == NO or _REFUSES.fullmatch(text.strip()):
            await _say(unit, here, _DECLINED, key)
            return True
        return False
    if here.state in _BUSY or await repository.chat_of(there.id) is not None:
        link.outcome = "declined"
        await _say(unit, here, _HERE_BUSY if here.state in _BUSY else _STALE, key)
        return True
    await _move(unit, repository, chat, link, here, there, key)
    return True


async def _move(
    unit: Unit,
    repository: ContinueRepository,
    chat: ChannelChat,
    link: ContinueLink,
    here: Conversation,
    there: Conversation,
    key: str,
) -> None:
    chat.conversation_id = there.id
    chat.sent_seq = there.last_seq  # what was said on the site has been read there
    link.outcome = "moved"
    await unit.session.flush()
    await merging.merge(unit, chat.tenant_id, here.contact_id, there.contact_id, merging.BY_LINK)
    last = await repository.last_said(there.id, Sender.AI)
    body: dict[str, Any] = unit.cipher.open_json(last.body) if last is not None else {}
    cards = {name: value for name, value in (body.get("metadata") or {}).items() if name in _CARDS}
    words = "\n\n".join(part for part in (_MOVED, body.get("text")) if part)
    await _say(unit, there, words, key, cards)


async def _quote(unit: Unit, repository: ContinueRepository, conversation_id: int) -> str:
    last = await repository.last_said(conversation_id, Sender.USER)
    text = unit.cipher.open_json(last.body).get("text") if last is not None else None
    if not text:
        return ""
    short = text if len(text) <= QUOTE_LETTERS else text[: QUOTE_LETTERS - 1].rstrip() + "…"
    return f"Последнее сообщение там: «{short}». "


async def _say(
    unit: Unit,
    conversation: Conversation,
    words: str,
    key: str,
    cards: Mapping[str, Any] | None = None,
) -> None:
    body: dict[str, Any] = {"text": words}
    if cards:
        body["metadata"] = dict(cards)
    await log.append_message(unit, conversation, Sender.AI, body, key=key)
