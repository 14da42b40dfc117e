"""Methods of the Bot API: what each does with its fields.

Source: https://core.telegram.org/bots/api#available-methods.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from insurance_chat.sandbox.store import Doc
from insurance_chat.sandbox.telegram import dialogues
from insurance_chat.sandbox.telegram.entities import read_html
from insurance_chat.sandbox.telegram.wire import (
    MOST_CAPTION,
    MOST_TEXT,
    WireError,
    bad,
    check_keyboard,
    flag,
    structure,
    too_many,
    units,
    whole,
)
from insurance_chat.sandbox.telegram.world import World

MOST_FETCHED = 20 * 1024 * 1024
MOST_UPLOADED = 50 * 1024 * 1024
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?/")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
TYPING_SECONDS = 5.0


@dataclass(frozen=True)
class File:
    """An uploaded file."""

    data: bytes
    name: str
    mime: str


@dataclass(frozen=True)
class Call:
    """One call of a method."""

    world: World
    bot: Doc
    fields: dict[str, Any]
    files: Mapping[str, File]


def get_me(call: Call) -> Any:
    """Who the bot is."""
    return dialogues.bot_user(call.bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": call.bot["business"],
        "has_main_web_app": False,
    }


def set_webhook(call: Call) -> Any:
    """Have updates delivered to an address; an empty one ends that."""
    url = str(call.fields.get("url") or "")
    if not url:
        return delete_webhook(call)
    if not url.startswith("https://") and not _LOOPBACK.match(url):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    secret = str(call.fields.get("secret_token") or "")
    if secret and not _SECRET.fullmatch(secret):
        raise bad("bad webhook: secret token contains unallowed characters")
    hook = {"url": url, "secret": secret, "error": None, "error_at": None}
    allowed = structure(call.fields, "allowed_updates")
    bot = call.world.bot(call.bot["id"])
    call.world.keep_bot(
        bot | {"webhook": hook, "allowed": bot["allowed"] if allowed is None else allowed}
    )
    _drop(call)
    call.world.wake(call.bot["id"])
    return True


def delete_webhook(call: Call) -> Any:
    """Let updates wait for `getUpdates`."""
    call.world.keep_bot(call.world.bot(call.bot["id"]) | {"webhook": None})
    _drop(call)
    return True


def _drop(call: Call) -> None:
    if flag(call.fields, "drop_pending_updates"):
        for update in call.world.pending(call.bot["id"]):
            call.world.confirm(call.bot["id"], update["update_id"])


def webhook_info(call: Call) -> Any:
    """Where updates go, and what went wrong."""
    hook = call.bot["webhook"] or {}
    info: Doc = {
        "url": hook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(call.world.pending(call.bot["id"])),
    }
    if hook.get("error"):
        info |= {"last_error_date": hook["error_at"], "last_error_message": hook["error"]}
    return info


def send_message(call: Call) -> Any:
    """A text."""
    text, entities = _words(call, "text", MOST_TEXT, "message is too long")
    if not text.strip():
        raise bad("message text is empty")
    return _post(call, {"text": text} | ({"entities": entities} if entities else {}))


def _sends_file(kind: str) -> Callable[[Call], Any]:
    def send(call: Call) -> Any:
        """A file by multipart or by its number."""
        stored = _stored(call, kind)
        caption, entities = _words(call, "caption", MOST_CAPTION, "message caption is too long")
        content: Doc = {kind: [shown(stored, kind)] if kind == "photo" else shown(stored, kind)}
        if caption:
            content |= {"caption": caption} | ({"caption_entities": entities} if entities else {})
        return _post(call, content)

    return send


def shown(file: Doc, kind: str) -> Doc:
    """A stored file as `PhotoSize`, `Voice`, `Document`, …."""
    found = {name: file[name] for name in ("file_id", "file_unique_id", "file_size")}
    if kind == "photo":
        return found | {"width": 1280, "height": 960}
    found["mime_type"] = file["mime"]
    if kind == "voice":
        return found | {"duration": 3}
    return found | {"file_name": file["name"]}


def _stored(call: Call, kind: str) -> Doc:
    given = str(call.fields.get(kind) or "")
    name = given.removeprefix("attach://") if given.startswith("attach://") else kind
    upload = call.files.get(name)
    if upload is None:
        known = call.world.file(given)
        if known is None:
            raise bad(
                "wrong file identifier/HTTP URL specified" if given else f"there is no {kind}"
            )
        return known
    if not upload.data:
        raise bad("file must be non-empty")
    if len(upload.data) > MOST_UPLOADED:
        raise WireError(413, "Request Entity Too Large")
    if kind == "photo" and not upload.data.startswith((b"\xff\xd8", b"\x89PNG")):
        raise bad("IMAGE_PROCESS_FAILED")
    return call.world.keep_file(upload.data, upload.name, upload.mime)


def _words(call: Call, name: str, most: int, too_long: str) -> tuple[str, list[Doc]]:
    text = str(call.fields.get(name) or "")
    mode = str(call.fields.get("parse_mode") or "").lower()
    plain, entities = read_html(text) if mode == "html" else (text, [])
    if units(plain) > most:
        raise bad(too_long)
    return plain, entities


def _post(call: Call, content: Doc) -> Doc:
    keyboard = check_keyboard(structure(call.fields, "reply_markup"))
    chat = dialogues.dialogue(call.world, call.bot, call.fields)
    bot = call.bot["id"]
    reader = call.world.person(chat["chat"]["id"]) or {}
    if "voice" in content and reader.get("no_voice"):
        raise bad("VOICE_MESSAGES_FORBIDDEN")
    wait = call.world.limits.retry_after(bot, chat["name"])
    if wait:
        raise too_many(wait)
    business = call.fields.get("business_connection_id")
    message: Doc = {
        "message_id": call.world.next_message(bot),
        "from": dialogues.bot_user(call.bot),
        "chat": chat["chat"],
        "date": call.world.now(),
    }
    if business:
        link = dialogues.connection(call.world, bot, str(business)) or {}
        message |= {
            "business_connection_id": business,
            "from": dialogues.user_of(link["owner"]),
            "sender_business_bot": dialogues.bot_user(call.bot),
        }
    message |= content | ({"reply_markup": keyboard} if keyboard else {})
    call.world.typing.pop((bot, chat["name"]), None)
    call.world.keep_message(bot, chat["name"], {"side": "bot", "message": message})
    return message


def send_action(call: Call) -> Any:
    """«печатает…» for five seconds."""
    chat = dialogues.dialogue(call.world, call.bot, call.fields)
    until = call.world.sandbox.now().timestamp() + TYPING_SECONDS
    call.world.typing[call.bot["id"], chat["name"]] = until
    return True


def answer_press(call: Call) -> Any:
    """Stop the circle on a pressed button."""
    number = str(call.fields.get("callback_query_id") or "")
    store = call.world.sandbox.store
    press = store.get(f"tg_press:{call.bot['id']}", number)
    if press is None:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    said = str(call.fields.get("text") or "")
    store.put(f"tg_press:{call.bot['id']}", number, press | {"answered": True, "text": said})
    return True


def edit_text(call: Call) -> Any:
    """Another text in a message of the bot."""
    chat = dialogues.dialogue(call.world, call.bot, call.fields)
    number = whole(call.fields, "message_id")
    line = call.world.message(call.bot["id"], chat["name"], number)
    if line is None or line["side"] != "bot":
        raise bad("message to edit not found")
    text, entities = _words(call, "text", MOST_TEXT, "MESSAGE_TOO_LONG")
    keyboard = check_keyboard(structure(call.fields, "reply_markup"))
    kept = {k: v for k, v in line["message"].items() if k not in ("entities", "reply_markup")}
    changed = kept | {"text": text, "entities": entities, "edit_date": call.world.now()}
    changed |= {"reply_markup": keyboard} if keyboard else {}
    call.world.keep_message(call.bot["id"], chat["name"], line | {"message": changed})
    return changed


def get_file(call: Call) -> Any:
    """Where a file can be taken; not for more than 20 MB."""
    file = call.world.file(str(call.fields.get("file_id") or ""))
    if file is None:
        raise bad("invalid file_id")
    if file["file_size"] > MOST_FETCHED:
        raise bad("file is too big")
    return {name: file[name] for name in ("file_id", "file_unique_id", "file_size", "file_path")}


def business_connection(call: Call) -> Any:
    """A connection of the bot to somebody's account."""
    number = str(call.fields.get("business_connection_id") or "")
    link = dialogues.connection(call.world, call.bot["id"], number)
    if link is None:
        raise bad("business connection not found")
    return dialogues.shown_connection(link)


METHODS: dict[str, Callable[[Call], Any]] = {
    "getme": get_me,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": webhook_info,
    "sendmessage": send_message,
    "senddocument": _sends_file("document"),
    "sendvoice": _sends_file("voice"),
    "sendphoto": _sends_file("photo"),
    "sendchataction": send_action,
    "answercallbackquery": answer_press,
    "editmessagetext": edit_text,
    "getfile": get_file,
    "getbusinessconnection": business_connection,
}
