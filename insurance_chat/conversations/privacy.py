"""What an agent may see of a chat: no phone, no whole e-mail, no link that is for the client alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from insurance_chat.conversations.contact_spotting.known import TOLL_FREE, helplines
from insurance_chat.conversations.contact_spotting.spotting import spot
from insurance_chat.conversations.contact_spotting.types import Spotted

_SHOWN_DIGITS = 2
_DOCUMENT = re.compile(
    r"(?<![\w•])(?P<series>\d{2}\s?(?:\d{2}|[А-Яа-яA-Za-z]{2}))"
    r"(?P<gap>\s{0,2}(?:№|[nN]|-)?\s{0,2})\d{4}(?P<shown>\d{2})(?![\w•])"
)
_POLICY = re.compile(r"([А-Яа-яA-Za-z])\1[А-Яа-яA-Za-z]\s{0,2}№?\s{0,2}$")
#: Path of pages that only the client may open: a link to one is never shown to an agent.
PRIVATE_PATH = "/anketa/"
_PRIVATE_URL = rf"https?://[^\s()]*{PRIVATE_PATH}[\w-]+"
_PRIVATE_LINK = re.compile(rf"\[(?P<title>[^\]]+)\]\({_PRIVATE_URL}\)|{_PRIVATE_URL}")
_FOR_THE_CLIENT = "(ссылка видна только клиенту)"
_MACHINE_FIELDS = ("url", "id", "href", "key", "hash", "token")  # endings of names


def mask_phone(phone: str) -> str:
    """«+7 ••• •••-••-12»; of a foreign number only the last digits stay.

    Args:
        phone: in any form.
    """
    digits = "".join(char for char in phone if char.isdigit())
    shown = digits[-_SHOWN_DIGITS:]
    russian = digits[:1] in ("7", "8") or len(digits) <= 10
    return f"{'+7' if russian else '+•'} ••• •••-••-{shown}"


def mask_email(email: str) -> str:
    """«i•••@mail.ru»."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def mask_text(text: str, keep: Collection[str] = ()) -> str:
    """The text without phones, e-mails and the client's own links; documents, dates and sums stay.

    Masking twice gives the same as masking once.

    Args:
        keep: contacts of the service itself, `+79161234567` or `help@service.ru`; helplines and
            numbers 8-800 stay in any case.
    """
    text = _PRIVATE_LINK.sub(_unlinked, text)
    while private := [one for one in spot(text) if _is_private(one, keep)]:
        for one in reversed(private):
            hide = mask_phone if one.kind == "phone" else mask_email
            text = text[: one.start] + hide(one.value) + text[one.end :]
    return text


def _unlinked(match: re.Match[str]) -> str:
    return f"{match['title']} {_FOR_THE_CLIENT}" if match["title"] else _FOR_THE_CLIENT


def _is_private(one: Spotted, keep: Collection[str]) -> bool:
    if one.value in keep:
        return False
    if one.kind == "phone":
        return not one.value.startswith(TOLL_FREE) and one.value not in helplines()
    return one.kind == "email"


def mask_documents(text: str) -> str:
    """The text without numbers of passports and licences, phones and e-mails: «•• •• ••••56».

    Numbers of policies and cars stay.
    """
    return _DOCUMENT.sub(_hidden, mask_text(text))


def _hidden(match: re.Match[str]) -> str:
    if _POLICY.search(match.string, max(match.start() - 8, 0), match.start()):
        return match[0]
    series = re.sub(r"\w", "•", match["series"])
    return f"{series}{match['gap']}••••{match['shown']}"


def for_agent(body: Mapping[str, Any], keep: Collection[str] = ()) -> dict[str, Any]:
    """A copy of a log line's body as an agent may see it.

    Args:
        body: `{text, voiceUrl, fileUrl, metadata}`; text and everything in metadata is masked but
            for addresses of files.
        keep: contacts of the service itself.
    """
    return {str(name): _seen(value, str(name), keep) for name, value in body.items()}


def _seen(value: Any, name: str, keep: Collection[str]) -> Any:
    if isinstance(value, str):
        return value if name.lower().endswith(_MACHINE_FIELDS) else mask_text(value, keep)
    if isinstance(value, Mapping):
        return for_agent(value, keep)
    if isinstance(value, list | tuple):
        return [_seen(part, name, keep) for part in value]
    return value
