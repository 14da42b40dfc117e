"""Reads stored updates with the types of aiogram.

Imported only where messages are answered: the library takes seconds to load and much memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from aiogram.types import (
    BusinessConnection,
    BusinessMessagesDeleted,
    CallbackQuery,
    ChatMemberUpdated,
    InaccessibleMessage,
    Message,
    TelegramObject,
    User,
)
from pydantic import ValidationError

from insurance_chat.channels.ports import (
    Blocked,
    Deleted,
    Edited,
    Happening,
    Incoming,
    OwnerWrote,
    Person,
)
from insurance_chat.channels.telegram import business, contents
from insurance_chat.channels.telegram.split import kind_of

Options = Mapping[str, Any]
Typed = TypeVar("Typed", bound=TelegramObject)

_START = re.compile(r"/start(?:@\w+)?(?:\s+(\S{1,64}))?\s*")
#: What Telegram adds when the owner of a Business account opens the bot from the chat's settings.
_OWN_START = re.compile(r"bizChat\d+")
_LETTER = re.compile(r"[^\W\d_]")
_PRESSED = re.compile(r"(?:desk:)?\d+\.\d+")


def read(options: Options, update: Mapping[str, Any]) -> Sequence[Happening]:
    """What happened; nothing for what we do not know or do not serve."""
    kind = kind_of(update)
    return _READERS[kind](options, update[kind]) if kind else ()


def lenient(kind: type[Typed], content: Mapping[str, Any]) -> Typed | None:
    """The typed object; fields of a newer Telegram that do not fit are left out, not the message."""
    left = dict(content)
    for _ in range(len(content) + 1):
        try:
            return kind.model_validate(left)
        except ValidationError as problem:
            wrong = {str(error["loc"][0]) for error in problem.errors() if error["loc"]}
            # `from` of Telegram is `from_user` in the library.
            wrong = {"from" if name == "from_user" else name for name in wrong} & left.keys()
            if not wrong:
                return None
            left = {name: value for name, value in left.items() if name not in wrong}
    return None


def _message(options: Options, content: Mapping[str, Any]) -> Sequence[Happening]:
    message = lenient(Message, content)
    author = message.from_user if message else None
    if message is None or author is None or author.is_bot or message.chat.type != "private":
        return ()
    said, media = contents.words(message), contents.media(message)
    if not said and not media:
        return ()
    start = _START.fullmatch(said)
    invitation = start[1] or "" if start else ""
    if start:
        invitation = "" if _OWN_START.fullmatch(invitation) else invitation
        # The word is said by pressing «Запустить»; an invitation is no word to answer.
        said = "" if invitation else "/start"
    return (
        Incoming(
            chat=str(message.chat.id),
            person=_person(author, contents.own_phone(message)),
            message_id=str(message.message_id),
            text=said,
            media=media,
            start=invitation,
            quoted=_quoted(message),
        ),
    )


def _edited(options: Options, content: Mapping[str, Any]) -> Sequence[Happening]:
    message = lenient(Message, content)
    if message is None or message.chat.type != "private":
        return ()
    connection = message.business_connection_id
    if connection and business.is_foreign(options, connection):
        return ()
    # A moving location and the preview of a link come as edits, too; words are what counts.
    said = message.text or message.caption or ""
    chat = _chat(options, message)
    return (Edited(chat, str(message.message_id), said),) if said else ()


def _business_message(options: Options, content: Mapping[str, Any]) -> Sequence[Happening]:
    message = lenient(Message, content)
    if message is None or message.from_user is None or message.chat.type != "private":
        return ()
    connection = message.business_connection_id or ""
    if business.is_foreign(options, connection) or message.sender_business_bot:
        return ()
    said, media = contents.words(message), contents.media(message)
    if not said and not media:
        return ()
    chat, number = _chat(options, message), str(message.message_id)
    extra = {"business_connection_id": connection}
    if message.from_user.id != message.chat.id:
        # A greeting or an away message of Telegram itself is nobody's taking over.
        automatic = bool(message.is_from_offline)
        return () if automatic else (OwnerWrote(chat, number, said, media, extra),)
    if message.from_user.is_bot:
        return ()
    person = _person(message.from_user, contents.own_phone(message))
    quoted = _quoted(message)
    return (Incoming(chat, person, number, said, media, quoted=quoted, extra=extra),)


def _pressed(options: Options, content: Mapping[str, Any]) -> Sequence[Happening]:
    query = lenient(CallbackQuery, content)
    if query is None or query.message is None or query.from_user.is_bot:
        return ()
    message = query.message
    connection = (
        None if isinstance(message, InaccessibleMessage) else message.business_connection_id
    )
    if message.chat.type != "private" or (connection and business.is_foreign(options, connection)):
        return ()
    data = query.data or ""
    ours = _PRESSED.fullmatch(data) is not None
    title = _title(message, data)
    if not ours and not title:
        return ()
    return (
        Incoming(
            chat=_chat(options, message),
            person=_person(query.from_user, ""),
            message_id=f"press:{query.id}",
            text=title,
            pressed=data if ours else "",
            quoted=str(message.message_id),
            extra={"business_connection_id": connection} if connection else {},
        ),
    )


def _title(message: Message | InaccessibleMessage, data: str) -> str:
    """What is written on the pressed button; also of one that an older program has left."""
    if isinstance(message, InaccessibleMessage) or message.reply_markup is None:
        return ""
    buttons = (button for row in message.reply_markup.inline_keyboard for button in row)
    return next((button.text for button in buttons if button.callback_data == data), "")


def _member(options: Options, content: Mapping[str, Any]) -> Sequence[Happening]:
    change = lenient(ChatMemberUpdated, content)
    if change is None or change.chat.type != "private":
        return ()
    blocked = change.new_chat_member.status in ("kicked", "left")
    return (Blocked(str(change.chat.id), blocked),)


def _connection(options: Options, content: Mapping[str, Any]) -> Sequence[Happening]:
    link = lenient(BusinessConnection, content)
    if link is None:
        return ()
    # `can_reply` itself is from before version 9.0 of the Bot API.
    can_reply = link.rights.can_reply if link.rights is not None else link.can_reply
    return (
        business.changed(
            options,
            link.id,
            owner=str(link.user.id),
            name=link.user.full_name,
            username=link.user.username or "",
            enabled=link.is_enabled,
            can_reply=bool(can_reply),
        ),
    )


def _deleted(options: Options, content: Mapping[str, Any]) -> Sequence[Happening]:
    gone = lenient(BusinessMessagesDeleted, content)
    if gone is None or business.is_foreign(options, gone.business_connection_id):
        return ()
    chat = business.chat_name(options, gone.business_connection_id, gone.chat.id)
    return (Deleted(chat, tuple(str(number) for number in gone.message_ids)),)


def _chat(options: Options, message: Message | InaccessibleMessage) -> str:
    if isinstance(message, InaccessibleMessage) or not message.business_connection_id:
        return str(message.chat.id)
    return business.chat_name(options, message.business_connection_id, message.chat.id)


def _quoted(message: Message) -> str:
    return str(message.reply_to_message.message_id) if message.reply_to_message else ""


def _person(user: User, phone: str) -> Person:
    return Person(
        id=str(user.id),
        name=_name(user),
        username=user.username or "",
        language=user.language_code or "",
        phone=phone,
    )


def _name(user: User) -> str:
    """Surname first, as documents have it and as the rest of the service reads a name.

    What has no letters (emoji, numbers) is an ornament: nobody wants to be greeted by it.
    """
    given = " ".join(filter(None, (user.last_name, user.first_name)))
    return " ".join(word for word in given.split() if _LETTER.search(word)) or given


_READERS: dict[str, Callable[[Options, Mapping[str, Any]], Sequence[Happening]]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _pressed,
    "my_chat_member": _member,
    "business_connection": _connection,
    "business_message": _business_message,
    "edited_business_message": _edited,
    "deleted_business_messages": _deleted,
}
