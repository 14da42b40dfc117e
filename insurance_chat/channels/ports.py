"""The port of a messenger: verify, take apart, send, and what it can show.

A messenger is a folder under `channels/` with one `ChannelAdapter`, which knows the wire and nothing
of the dialogue. `inbound.py` and `delivery.py` do the rest for all of them: storing once, order, the
turn, retries, dead letters. Values here are plain; an adapter neither reads nor writes the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from insurance_chat.channels.parts import Button as Button
from insurance_chat.channels.parts import Capabilities as Capabilities
from insurance_chat.channels.parts import ChatAddress as ChatAddress
from insurance_chat.channels.parts import Connected as Connected
from insurance_chat.channels.parts import Field as Field
from insurance_chat.channels.parts import FilePart as FilePart
from insurance_chat.channels.parts import Link as Link
from insurance_chat.channels.parts import Pace as Pace
from insurance_chat.channels.parts import Part as Part
from insurance_chat.channels.parts import Probe as Probe
from insurance_chat.channels.parts import Template as Template
from insurance_chat.channels.parts import TemplatePart as TemplatePart
from insurance_chat.channels.parts import TextPart as TextPart
from insurance_chat.channels.values import Account as Account
from insurance_chat.channels.values import AccountChanged as AccountChanged
from insurance_chat.channels.values import Blocked as Blocked
from insurance_chat.channels.values import ChannelError as ChannelError
from insurance_chat.channels.values import Deleted as Deleted
from insurance_chat.channels.values import Edited as Edited
from insurance_chat.channels.values import Failure as Failure
from insurance_chat.channels.values import Happening as Happening
from insurance_chat.channels.values import HookRequest as HookRequest
from insurance_chat.channels.values import Incoming as Incoming
from insurance_chat.channels.values import MediaKind as MediaKind
from insurance_chat.channels.values import MediaRef as MediaRef
from insurance_chat.channels.values import OwnerWrote as OwnerWrote
from insurance_chat.channels.values import Person as Person
from insurance_chat.channels.values import Progress as Progress
from insurance_chat.channels.values import RawUpdate as RawUpdate
from insurance_chat.channels.values import Secrets as Secrets
from insurance_chat.channels.values import StatusChange as StatusChange


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


@runtime_checkable
class Edits(Protocol):
    """A messenger where the words of a message that was sent can be replaced."""

    async def edit(
        self, account: Account, to: ChatAddress, message_id: str, part: TextPart
    ) -> None:
        """Replace words and buttons of a message of ours; the same words again change nothing.

        Raises:
            ChannelError: `REFUSED` when it can no longer be changed, else as for `send`.
        """
        ...


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
