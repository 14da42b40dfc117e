"""Telegram Business: to whose account a bot is connected and what it may do there.

Kept in the account's options under `business`, one entry per connection of Telegram. Anybody with
Telegram Premium can connect a bot whose owner has switched that on at @BotFather, so only one person
counts: the one named in the form, or the first who connects.
Source: https://core.telegram.org/bots/api#businessconnection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from insurance_chat.channels.ports import AccountChanged

#: Connections of strangers that are remembered, so that their messages stay unanswered.
MOST_KEPT = 20
_WHERE = "Telegram → Настройки → Telegram для бизнеса → Чат-боты"


@dataclass(frozen=True, slots=True)
class Link:
    """A connection of the bot to a person's account.

    Args:
        owner: Telegram id of the person.
        chats: name that chats of this person have with us; survives a reconnection, which gives the
            connection another id.
        first: nobody else was connected before, which counts when the form names nobody.
    """

    owner: str
    name: str
    username: str
    chats: str
    first: bool
    enabled: bool
    can_reply: bool


def links(options: Mapping[str, Any]) -> dict[str, Link]:
    """Known connections by their ids at Telegram."""
    kept = options.get("business")
    return {key: Link(**value) for key, value in kept.items()} if isinstance(kept, dict) else {}


def chat_name(options: Mapping[str, Any], connection: str, chat: int) -> str:
    """How we call a chat of somebody's account; never equal to the bot's own chat with the client."""
    known = links(options).get(connection)
    return f"{known.chats if known else connection}:{chat}"


def is_foreign(options: Mapping[str, Any], connection: str) -> bool:
    """Whether a stranger has connected the bot."""
    known = links(options).get(connection)
    return known is not None and not is_accepted(options, known)


def is_accepted(options: Mapping[str, Any], link: Link) -> bool:
    """Whether it is the person of the form, or the first one when the form names nobody."""
    wanted = str(options.get("owner", "")).lower()
    return wanted in (link.owner, link.username.lower()) if wanted else link.first


def connected(options: Mapping[str, Any]) -> list[str]:
    """Names of people in whose dialogues the bot answers now."""
    found = links(options).values()
    serving = [one for one in found if is_accepted(options, one) and one.enabled and one.can_reply]
    return [f"@{one.username}" if one.username else one.name for one in serving]


def changed(
    options: Mapping[str, Any],
    connection: str,
    *,
    owner: str,
    name: str,
    username: str,
    enabled: bool,
    can_reply: bool,
) -> AccountChanged:
    """What a connection, its change or its end means for the account.

    Args:
        owner, name, username: the person as Telegram tells.
        enabled: False when it has been taken away.
        can_reply: the right to answer in dialogues with a message of the last 24 hours.
    """
    known = links(options)
    before = [link for link in known.values() if link.owner == owner]
    first = not any(link.first and link.owner != owner for link in known.values())
    chats = before[-1].chats if before else connection
    link = Link(owner, name, username, chats, first, enabled, can_reply)
    known.pop(connection, None)
    known[connection] = link
    kept = _newest(options, known)
    return AccountChanged(
        options={"business": {key: asdict(one) for key, one in kept.items()}},
        words=_words(link, accepted=is_accepted(options, link)),
    )


def _newest(options: Mapping[str, Any], known: dict[str, Link]) -> dict[str, Link]:
    strangers = [key for key, link in known.items() if not is_accepted(options, link)]
    return {
        key: link
        for key, link in known.items()
        if key not in strangers or key in strangers[-MOST_KEPT:]
    }


def _words(link: Link, *, accepted: bool) -> str:
    who = f"@{link.username}" if link.username else link.name
    if not accepted:
        if not link.enabled:
            return ""
        return (
            f"Бота подключил к своему аккаунту {who}, но отвечать там он не будет. Если это ваш "
            "сотрудник, откройте «Обновить данные для входа» и укажите его имя в поле «Владелец»."
        )
    if not link.enabled:
        return f"{who} отключил бота от своего аккаунта ({_WHERE})."
    if not link.can_reply:
        return f"{who} подключил бота, но не разрешил отвечать. Включите разрешение: {_WHERE}."
    return ""
