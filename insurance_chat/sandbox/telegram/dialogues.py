"""Where a bot may write: dialogues of its own and of accounts that it is connected to."""

from __future__ import annotations

from typing import Any

from insurance_chat.sandbox.store import Doc
from insurance_chat.sandbox.telegram.wire import WireError, bad, whole
from insurance_chat.sandbox.telegram.world import World

DAY_SECONDS = 24 * 3600


def connection(world: World, bot: int, number: str) -> Doc | None:
    """A connection of a bot to somebody's account."""
    return world.sandbox.store.get(f"tg_business:{bot}", number)


def shown_connection(link: Doc) -> Doc:
    """A connection as the Bot API shows it."""
    rights = {"can_reply": True, "can_read_messages": True} if link["can_reply"] else {}
    return {
        "id": link["id"],
        "user": user_of(link["owner"]),
        "user_chat_id": link["owner"]["id"],
        "date": link["date"],
        "rights": rights,
        "is_enabled": link["enabled"],
    }


def user_of(person: Doc) -> Doc:
    """A person as `User`."""
    return {"id": person["id"], "is_bot": False} | {
        name: person[name]
        for name in ("first_name", "last_name", "username", "language_code")
        if person.get(name)
    }


def bot_user(bot: Doc) -> Doc:
    """A bot as `User`."""
    return {
        "id": bot["id"],
        "is_bot": True,
        "first_name": bot["name"],
        "username": bot["username"],
    }


def chat_of(person: Doc) -> Doc:
    """The private chat with a person as `Chat`."""
    return {"id": person["id"], "type": "private"} | {
        name: person[name] for name in ("first_name", "last_name", "username") if person.get(name)
    }


def dialogue(world: World, bot: Doc, fields: dict[str, Any]) -> Doc:
    """The dialogue that a call writes into.

    Raises:
        WireError: there is none, the person does not want it, or Business does not allow it.
    """
    number = whole(fields, "chat_id")
    if number < 0:
        raise WireError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=number - 1_000_000_000_000,
        )
    business = fields.get("business_connection_id")
    if business:
        return _business(world, bot, str(business), number)
    chat = world.chat(bot["id"], str(number))
    if chat is None:
        if world.person(number) is None:
            raise bad("chat not found")
        raise WireError(403, "Forbidden: bot can't initiate conversation with a user")
    if chat["blocked"]:
        raise WireError(403, "Forbidden: bot was blocked by the user")
    return chat


def _business(world: World, bot: Doc, business: str, number: int) -> Doc:
    link = connection(world, bot["id"], business)
    if link is None or not link["enabled"]:
        raise bad("business connection not found")
    if not link["can_reply"]:
        raise bad("BUSINESS_CONNECTION_NOT_ALLOWED")
    chat = world.chat(bot["id"], f"{business}:{number}")
    if chat is None:
        raise bad("BUSINESS_PEER_INVALID")
    if world.now() - chat["last_in"] > DAY_SECONDS:
        raise bad("BUSINESS_PEER_USAGE_MISSING")
    return chat
