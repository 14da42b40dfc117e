"""What people do in the emulated Telegram: write, press, send, edit, block, connect their account."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from insurance_chat.sandbox.store import Doc
from insurance_chat.sandbox.telegram import dialogues
from insurance_chat.sandbox.telegram.methods import shown
from insurance_chat.sandbox.telegram.world import World

#: Of those who were not named.
NAMES = ("Ольга", "Анна", "Иван", "Мария", "Пётр", "Сергей")
_COMMAND = re.compile(r"/\w+")


def known(world: World, number: int, **about: Any) -> Doc:
    """A person, made or changed: `first_name`, `last_name`, `username`, `language_code`, `no_voice`."""
    person = world.person(number) or {
        "id": number,
        "first_name": NAMES[number % len(NAMES)],
        "language_code": "ru",
    }
    person |= {name: value for name, value in about.items() if value}
    return world.sandbox.store.put("tg_person", str(number), person)


def write(
    world: World, bot: int, number: int, content: Doc, *, business: str = "", owner: bool = False
) -> Doc:
    """A message to the bot, or in a dialogue of the account that the bot is connected to.

    Args:
        number: the client.
        content: `text` or another field of `Message`.
        business: connection whose account the dialogue belongs to.
        owner: the owner of that account writes, not the client.
    """
    person = known(world, number)
    chat = _chat(world, bot, person, business)
    link = dialogues.connection(world, bot, business) if business else None
    author = link["owner"] if link and owner else person
    if link and not owner:
        chat = world.keep_chat(bot, chat | {"last_in": world.now()})
    message = {
        "message_id": world.next_message(bot),
        "from": dialogues.user_of(author),
        "chat": chat["chat"],
        "date": world.now(),
    }
    message |= {"business_connection_id": business} if business else {}
    message |= _with_reply(world, bot, chat["name"], content)
    command = _COMMAND.match(str(content.get("text") or ""))
    if command:
        entity = {"type": "bot_command", "offset": 0, "length": len(command[0])}
        message["entities"] = [entity]
    side = "owner" if owner else "client"
    world.keep_message(bot, chat["name"], {"side": side, "message": message})
    if link is None or link["enabled"]:
        world.push(bot, "business_message" if business else "message", message)
    return message


def _chat(world: World, bot: int, person: Doc, business: str) -> Doc:
    name = f"{business}:{person['id']}" if business else str(person["id"])
    chat = world.chat(bot, name) or {
        "name": name,
        "chat": dialogues.chat_of(person),
        "business": business,
        "blocked": False,
        "last_in": 0,
    }
    if chat["blocked"]:
        # Writing to a bot that one has blocked is impossible without letting it in again.
        return block(world, bot, person["id"], blocked=False)
    return world.keep_chat(bot, chat | {"chat": dialogues.chat_of(person)})


def _with_reply(world: World, bot: int, name: str, content: Doc) -> Doc:
    quoted = content.pop("reply_to", None)
    line = world.message(bot, name, int(quoted)) if quoted else None
    return content | ({"reply_to_message": line["message"]} if line else {})


def send_file(
    world: World,
    bot: int,
    number: int,
    kind: str,
    file: Doc,
    caption: str,
    business: str,
    **who: Any,
) -> Doc:
    """A file of a client: `photo`, `document`, `voice`, `audio`, `video`."""
    card = shown(file, kind)
    content: Doc = {kind: card}
    if kind == "photo":
        small = card | {"width": 90, "height": 67, "file_size": min(1200, card["file_size"])}
        content = {kind: [small | {"file_id": f"{card['file_id']}s"}, card]}
    elif kind in ("audio", "video"):
        content = {kind: card | {"duration": 3}}
        content[kind] |= {"width": 640, "height": 480} if kind == "video" else {}
    content |= {"caption": caption} if caption else {}
    return write(world, bot, number, content, business=business, **who)


def edit(world: World, bot: int, name: str, number: int, text: str) -> bool:
    """Another text in a message of a person."""
    line = world.message(bot, name, number)
    if line is None or line["side"] == "bot":
        return False
    key = "text" if "text" in line["message"] else "caption"
    message = line["message"] | {key: text, "edit_date": world.now()}
    world.keep_message(bot, name, line | {"message": message})
    business = bool(message.get("business_connection_id"))
    world.push(bot, "edited_business_message" if business else "edited_message", message)
    return True


def delete(world: World, bot: int, name: str, number: int) -> bool:
    """Take a message back; a bot hears of it only in a business account."""
    line = world.message(bot, name, number)
    if line is None:
        return False
    world.keep_message(bot, name, line | {"deleted": True})
    business = line["message"].get("business_connection_id")
    if business:
        gone = {"business_connection_id": business, "chat": line["message"]["chat"]}
        world.push(bot, "deleted_business_messages", gone | {"message_ids": [number]})
    return True


def press(world: World, bot: int, name: str, number: int, data: str) -> str | None:
    """Press a button under a message; gives the number of the press."""
    line = world.message(bot, name, number)
    chat = world.chat(bot, name)
    if line is None or chat is None or not _has_button(line["message"], data):
        return None
    key = str(uuid4().int)[:19]
    world.sandbox.store.put(f"tg_press:{bot}", key, {"id": key, "answered": False, "text": ""})
    person = world.person(chat["chat"]["id"]) or chat["chat"]
    query = {
        "id": key,
        "from": dialogues.user_of(person),
        "message": line["message"],
        "chat_instance": str(uuid4().int)[:18],
        "data": data,
    }
    world.push(bot, "callback_query", query)
    return key


def _has_button(message: Doc, data: str) -> bool:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    return any(button.get("callback_data") == data for row in rows for button in row)


def block(world: World, bot: int, number: int, *, blocked: bool) -> Doc:
    """Stop the bot, or let it write again."""
    person = known(world, number)
    chat = world.chat(bot, str(number)) or {
        "name": str(number),
        "chat": dialogues.chat_of(person),
        "business": "",
        "blocked": not blocked,
        "last_in": 0,
    }
    changed = world.keep_chat(bot, chat | {"blocked": blocked})
    states = ("member", "kicked") if blocked else ("kicked", "member")
    me = dialogues.bot_user(world.bot(bot))
    old, new = (
        {"user": me, "status": state} | ({"until_date": 0} if state == "kicked" else {})
        for state in states
    )
    world.push(
        bot,
        "my_chat_member",
        {
            "chat": dialogues.chat_of(person),
            "from": dialogues.user_of(person),
            "date": world.now(),
            "old_chat_member": old,
            "new_chat_member": new,
        },
    )
    return changed


def connect_account(
    world: World,
    bot: int,
    owner: int,
    *,
    can_reply: bool = True,
    enabled: bool = True,
    number: str = "",
) -> Doc:
    """Connect the bot to a person's account, change its rights, or take it away.

    Args:
        number: an existing connection; empty makes a new one, as reconnecting does.
    """
    link: Doc = {
        "id": number or f"AAbb{uuid4().hex[:18]}",
        "owner": known(world, owner),
        "can_reply": can_reply,
        "enabled": enabled,
        "date": world.now(),
    }
    world.sandbox.store.put(f"tg_business:{bot}", link["id"], link)
    world.push(bot, "business_connection", dialogues.shown_connection(link))
    return link


def age(world: World, bot: int, name: str, hours: float) -> bool:
    """Pretend that the client's last message in a business dialogue is so many hours old."""
    chat = world.chat(bot, name)
    if chat is None:
        return False
    world.keep_chat(bot, chat | {"last_in": world.now() - int(hours * 3600)})
    return True


def write_in_group(world: World, bot: int, number: int, text: str) -> Doc:
    """Somebody writes in a group where the bot is a member."""
    message = {
        "message_id": world.next_message(bot),
        "from": dialogues.user_of(known(world, number)),
        "chat": {"id": -1001234567890, "type": "supergroup", "title": "Группа"},
        "date": world.now(),
        "text": text,
    }
    world.push(bot, "message", message)
    return message
