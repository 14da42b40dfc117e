"""The port of a messenger: verify, take apart, send, and what it can show.

A messenger is a folder under `channels/` with one `ChannelAdapter`, which knows the wire and nothing
of the dialogue. `inbound.py` and `delivery.py` do the rest for all of them: storing once, order, the
turn, retries, dead letters. Values here are plain; an adapter neither reads nor writes the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

Secrets = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BotVerdict:
    """What a trial of a bot's token has shown, in a Russian sentence.

    Args:
        username: name of the bot without `@`; empty when the token does not work.
    """

    ok: bool
    words: str
    username: str = ""


class BotCheck(Protocol):
    """Tries out tokens of bots."""

    async def try_token(self, token: str) -> BotVerdict:
        """Ask the messenger whose token this is; nothing is stored or changed."""
        ...


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


class ChannelAdapter(Protocol):
    """One kind of messenger."""

    @property
    def code(self) -> str:
        """Folder and address of the kind: `telegram`, `whatsapp_cloud`, ….."""

    @property
    def channel(self) -> str:
        """How conversations call it: `telegram`, `whatsapp` or `instagram`."""

    @property
    def title(self) -> str:
        """Russian name for the pages."""

    @property
    def fields(self) -> Sequence[Field]:
        """What the administrator pastes to connect an account."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can show."""

    @property
    def pace(self) -> Pace:
        """How fast it lets us send."""

    async def connect(self, given: Secrets) -> Connected:
        """Try the pasted values out at the messenger.

        Raises:
            ServiceError: Russian sentence that says what is wrong with which value.
        """
        ...

    async def begin(self, account: Account) -> None:
        """The account is connected or its mode has changed: set or drop the webhook.

        Raises:
            ChannelError: the messenger refused.
        """
        ...

    async def end(self, account: Account) -> None:
        """The account is being removed: take back what `begin` did."""
        ...

    async def probe(self, account: Account) -> Probe:
        """Ask the messenger how the account is.

        A probe that is not `ok` stops the account (it is asked again later and comes back by itself),
        so it must be the messenger's own word, e.g. a revoked token.

        Raises:
            ChannelError: the messenger does not answer now; nothing is changed then.
        """
        ...

    def challenge(self, account: Account, request: HookRequest) -> str | None:
        """The answer to a messenger that checks the address with a GET; None refuses."""

    def verify(self, account: Account, request: HookRequest) -> bool:
        """Whether the call really comes from the messenger (signature or secret token)."""

    def split(self, account: Account, body: bytes) -> Sequence[RawUpdate]:
        """Cut a call into updates; quick, reads only what names and orders them.

        Raises:
            ValueError: it is not what this messenger sends.
        """

    def parse(self, account: Account, update: Mapping[str, Any]) -> Sequence[Happening]:
        """Read one stored update; what is not known to us gives nothing."""

    async def send(self, account: Account, to: ChatAddress, part: Part, key: str) -> str:
        """Send one part; returns the messenger's id of the message.

        Args:
            key: the same for every attempt (a UUID), for messengers that know idempotency.

        Raises:
            ChannelError: see `Failure`.
        """
        ...

    async def typing(self, account: Account, to: ChatAddress) -> None:
        """Show that somebody types; failures are nobody's concern."""
        ...

    async def answered(self, account: Account, update: Mapping[str, Any]) -> None:
        """The update was stored: stop the spinner of a button, mark as read; best effort."""
        ...

    def fetch(self, account: Account, media: MediaRef) -> AsyncIterator[bytes]:
        """Content of a file, in pieces.

        Raises:
            ChannelError: it is gone or the messenger does not answer.
        """


@runtime_checkable
class Polls(Protocol):
    """A messenger that can be asked for news, so that no public address is needed."""

    def polls(self, account: Account) -> bool:
        """Whether this account is asked rather than called."""

    async def poll(self, account: Account, cursor: int) -> tuple[Sequence[RawUpdate], int]:
        """Wait for news after the cursor, up to the messenger's own long time.

        Returns:
            Updates and the next cursor; the cursor is stored together with them.

        Raises:
            ChannelError: as for `send`.
        """
        ...


@runtime_checkable
class Pairs(Protocol):
    """A messenger account that is connected by a QR code on a phone."""

    async def qr(self, account: Account) -> bytes | None:
        """PNG of the code to show now; None when the phone is connected already.

        Raises:
            ChannelError: the gateway does not answer.
        """
        ...


@runtime_checkable
class Introduces(Protocol):
    """A messenger whose messages carry no name, but which can be asked for it."""

    async def introduce(self, account: Account, person: Person) -> Person:
        """The same person with a name, as far as the messenger tells; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Template:
    """An approved message; `{{1}}` marks a variable. `status` is the messenger's own word."""

    name: str
    language: str
    status: str
    text: str
    variables: int


@runtime_checkable
class Templates(Protocol):
    """A messenger with approved messages for use outside of the window."""

    async def templates(self, account: Account) -> Sequence[Template]:
        """What the account has.

        Raises:
            ChannelError: the messenger does not answer.
        """
        ...


@runtime_checkable
class Links(Protocol):
    """A messenger that can be opened by a link which carries a word of ours."""

    @property
    def channel(self) -> str:
        """See `ChannelAdapter`."""

    def link(self, options: Mapping[str, Any], payload: str) -> str:
        """Address that opens a chat with this account and brings the payload as `Incoming.start`, or
        in the words of the first message; empty when the account cannot be opened so.

        Args:
            options: of the account.
            payload: up to 60 letters of `A-Za-z0-9_-`.
        """
