"""What we tell messengers, and what they can show of it. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from insurance_chat.channels.values import Secrets


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a messenger can show; what it cannot is put into words by `rendering.py`.

    Args:
        text_length: letters of one message; longer ones are split between sentences.
        buttons: quick replies under a message; 0 means «1 — …» in the text.
        button_length: letters of one button's title.
        list_rows: choices in a list message (used when there are more than `buttons`); 0 means none.
        markup: how bold is written: `html`, `whatsapp` (`*bold*`) or `plain`.
        caption_length: letters that fit under a file; 0 sends the words on their own.
        file_bytes: largest outgoing file.
        window_hours: how long after the client's last message free text may be sent; None is for ever.
        human_hours: the same for what a person of the staff wrote, when that is longer.
        files_by_url: the messenger fetches files itself, so `FilePart.url` is needed.
        typing: the messenger shows that somebody types.
        voice: OGG/Opus is shown as a voice message.
        edits: a message that was sent can be changed.
    """

    text_length: int = 4096
    buttons: int = 0
    button_length: int = 64
    list_rows: int = 0
    markup: str = "plain"
    caption_length: int = 0
    file_bytes: int = 50 * 1024 * 1024
    window_hours: int | None = None
    human_hours: int | None = None
    files_by_url: bool = False
    typing: bool = False
    voice: bool = True
    edits: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """A quick reply: what is shown, and what comes back when it is pressed."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens a page."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words in our own markup (`**bold**`, lists, links), already short enough."""

    text: str
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of ours; `voice` is OGG/Opus to be shown as a voice message.

    Args:
        data: content.
        caption: words under it, within `Capabilities.caption_length`.
        url: signed address that anyone can open for some hours; empty without a public address.
    """

    data: bytes = field(repr=False)
    name: str
    mime: str
    caption: str = ""
    voice: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class TemplatePart:
    """A message that the messenger has approved for use outside of the window.

    Args:
        variables: fill `{{1}}`, `{{2}}`, … in order.
    """

    name: str
    language: str
    variables: tuple[str, ...] = ()


Part = TextPart | FilePart | TemplatePart


@dataclass(frozen=True, slots=True)
class ChatAddress:
    """Where to send: the chat as the messenger calls it and what it needs besides.

    Args:
        extra: `extra` of the last `Incoming`, and `by_human` when a person of the staff wrote this.
    """

    chat: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a messenger lets us send: messages a second in the account and in one chat."""

    account: float = 30.0
    chat: float = 1.0


@dataclass(frozen=True, slots=True)
class Connected:
    """A tried-out account, ready to be stored.

    Args:
        external_id: the account at the messenger; the same account is never connected twice.
        title: for people, e.g. `@bot` or a phone number.
        secrets, options: what to keep.
        wants: Russian sentences: what the messenger still wants from the administrator.
        waiting: it works only after another step (a QR code is shown).
    """

    external_id: str
    title: str
    secrets: Secrets = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    wants: tuple[str, ...] = ()
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form «Подключить»; `help` says in plain Russian where to find the value."""

    name: str
    title: str
    help: str
    secret: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True)
class Probe:
    """State of an account when it was asked; `words` is a Russian sentence.

    Args:
        secrets: credentials that were renewed on the way, to be kept.
    """

    ok: bool
    words: str
    wants: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Secrets = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Template:
    """An approved message; `{{1}}` marks a variable. `status` is the messenger's own word."""

    name: str
    language: str
    status: str
    text: str
    variables: int
