"""What messengers tell us: accounts, calls, updates and what they mean. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Secrets = Mapping[str, str]


class Failure(StrEnum):
    """What a failed call means for what is done next."""

    RETRY = "retry"  # 5xx, time-out, cut: try again, longer and longer
    LATER = "later"  # 429: after `retry_after`
    BLOCKED = "blocked"  # the client does not want us
    WINDOW = "window"  # free text is not allowed now
    REFUSED = "refused"  # this message never; the next one may pass
    ACCOUNT = "account"  # token revoked, logged out: the whole account stops


class ChannelError(Exception):
    """A call to a messenger failed.

    Args:
        failure: class of the error.
        words: Russian sentence for the administrator; never a token or an address with one.
        retry_after: seconds, with `LATER`.
    """

    def __init__(self, failure: Failure, words: str, retry_after: float = 0.0) -> None:
        super().__init__(f"{failure.value}: {words}")
        self.failure = failure
        self.words = words
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Account:
    """One configured messenger account as an adapter sees it.

    Args:
        secrets: opened credentials: `token`, `app_secret`, `verify_token`, …; never logged.
        options: what is not secret: mode, user name, phone number id, device, ….
        hook_url: full address for webhooks of this account; empty when we have no public address.
    """

    id: int
    channel: str
    external_id: str
    title: str
    secrets: Secrets = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    hook_url: str = ""


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A call of a messenger at our door, raw: signatures cover bytes.

    Args:
        headers: names in lower case.
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """One thing that happened, cut out of a call, to be stored before anybody reads it.

    Args:
        key: unique in the account; a repeat changes nothing. Ids of the messenger only.
        chat: which chat it belongs to; empty for what concerns the account.
        order: place among the updates of the chat by the messenger's own count or clock.
        body: JSON as it came.
    """

    key: str
    chat: str
    order: int
    body: dict[str, Any] = field(repr=False)


class MediaKind(StrEnum):
    """What came beside words."""

    VOICE = "voice"
    IMAGE = "image"
    DOCUMENT = "document"
    AUDIO = "audio"
    VIDEO = "video"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file that stays with the messenger until it is fetched; `size` in bytes, None if untold."""

    kind: MediaKind
    ref: str
    name: str = ""
    mime: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes, as the messenger tells; nothing here is proven but `id`.

    Args:
        id: the person in this messenger, the same for every account of ours.
        phone: only when the messenger itself vouches for it (WhatsApp, a shared own contact).
    """

    id: str
    name: str = ""
    username: str = ""
    language: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of a client.

    Args:
        message_id: how the messenger calls it, for edits, deletions and quotes.
        text: words, or the value of a pressed button; a location as a sentence.
        pressed: it is a button of ours, by the number that `rendering.py` gave (`<seq>.<n>`).
        start: payload of an invitation link.
        extra: what replies need (e.g. the business connection); kept with the chat.
    """

    chat: str
    person: Person
    message_id: str
    text: str = ""
    media: tuple[MediaRef, ...] = ()
    pressed: str = ""
    start: str = ""
    quoted: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnerWrote:
    """The person whose account it is answered by hand: a human has taken over."""

    chat: str
    message_id: str
    text: str = ""
    media: tuple[MediaRef, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edited:
    """A client changed a message that was sent before."""

    chat: str
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """Messages were taken back by who wrote them."""

    chat: str
    message_ids: tuple[str, ...]


class Progress(StrEnum):
    """How far a message of ours got; it only moves forward, and `FAILED` only from `SENT`."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A messenger tells what became of a message of ours.

    Args:
        words: Russian, when it failed.
        key: what `send` was given, when the messenger gives it back: finds a message whose answer was
            lost on the way.
        failure: class of a failure that shows only now, as `send` would have raised it.
    """

    external_id: str
    progress: Progress
    words: str = ""
    key: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """The client has forbidden us to write, or allowed it again."""

    chat: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """Something about the account itself: connected to a person, lost its rights, logged out.

    Args:
        options: fields to keep in the account's options.
        state: new state of the connection, `active` or `failed`; empty leaves it.
        words: Russian sentence for the administrator when it is not well.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""
    words: str = ""


Happening = Incoming | OwnerWrote | Edited | Deleted | StatusChange | Blocked | AccountChanged
