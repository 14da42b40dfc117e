"""One way to drive every messenger through its emulator, so that the same cases hold for all.

A messenger joins the contract with `drivers/<code>.py`, which exports `DRIVER`; `toy.py` is the
reference. Everything between the adapter and its emulator is real HTTP on loopback: webhooks are
signed as the messenger signs them and called at the address that the adapter (or `joined`) was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from insurance_chat.channels.ports import ChannelAdapter


class Feature(StrEnum):
    """What a messenger, or its emulator, may be unable to do; its cases are left out then."""

    HOOKS = "hooks"  # calls us; without it the account is polled
    SIGNS = "signs"  # a forged call can be told from a true one
    POLLS = "polls"
    BUTTONS = "buttons"
    PHOTO = "photo"
    DOCUMENT = "document"
    NAMES = "names"  # documents of clients keep their names
    VOICE_IN = "voice_in"
    VOICE_OUT = "voice_out"  # OGG is shown as a voice message
    FILES_OUT = "files_out"
    CONTACT = "contact"
    LOCATION = "location"
    EDIT = "edit"
    DELETE = "delete"
    START_LINK = "start_link"
    BLOCK = "block"
    OWNER = "owner"  # the person whose account it is may write by hand
    STATUSES = "statuses"  # delivered, read
    WINDOW = "window"  # free text is refused some time after the client's last message
    REPEATS = "repeats"  # a repeated send with the same key is known, so it is shown once
    TYPING = "typing"


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file as the client got it."""

    name: str
    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of ours on the client's screen.

    Args:
        text: plain letters; markup is taken off, so `**СТС**` is `СТС`.
        buttons: titles in order, rows of a list message included.
        links: addresses of buttons that open a page (addresses in the text stay in the text).
        voice: it is shown as a voice message, not as a music file.
    """

    id: str
    text: str
    buttons: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    file: ShownFile | None = None
    voice: bool = False


class Client(Protocol):
    """A person with this messenger. Actions return when our door has answered or the poll may see it.

    Every action gives the messenger's id of the message it made.
    """

    async def say(self, text: str) -> str:
        """Write a message."""
        ...

    async def press(self, number: int) -> str:
        """Press a button, counted from 1, of the last message that has buttons."""
        ...

    async def voice(self, data: bytes) -> str:
        """Record a voice message (OGG/Opus)."""
        ...

    async def photo(self, data: bytes, caption: str = "") -> str:
        """Send a picture (JPEG)."""
        ...

    async def document(self, name: str, mime: str, data: bytes) -> str:
        """Send a file."""
        ...

    async def contact(self, phone: str) -> str:
        """Share the own telephone number, `+7…`."""
        ...

    async def location(self, latitude: float, longitude: float) -> str:
        """Share a place."""
        ...

    async def start(self, payload: str) -> str:
        """Come by an invitation link."""
        ...

    async def edit(self, message_id: str, text: str) -> None:
        """Change what was written."""
        ...

    async def delete(self, message_id: str) -> None:
        """Take back what was written."""
        ...

    async def block(self, *, blocked: bool = True) -> None:
        """Forbid us to write, or allow it again."""
        ...

    async def receive(self, message_id: str, *, read: bool = False) -> None:
        """The phone got our message, or the person has read it: a status comes to us."""
        ...

    async def owner_says(self, text: str) -> str:
        """The person whose account it is answers this client by hand."""
        ...

    async def shown(self) -> Sequence[Shown]:
        """Messages of ours on the screen, oldest first."""
        ...


class Fault(StrEnum):
    """How the next calls of our adapter end."""

    STATUS = "status"  # an HTTP error as the messenger words it
    LATER = "later"  # too many requests, `seconds` as the messenger tells
    DELAY = "delay"  # works after `seconds`
    CUT = "cut"  # does the work, then cuts the connection
    REFUSED = "refused"  # this very message will never do


class Messenger(Protocol):
    """A running emulator with one account of ours."""

    @property
    def adapter(self) -> ChannelAdapter:
        """The adapter under test, whose settings lead to the emulator."""

    @property
    def form(self) -> Mapping[str, str]:
        """What the administrator types into «Подключить»."""

    async def joined(self, hook_url: str) -> None:
        """What a person still does at the messenger: paste the address, scan the code."""
        ...

    async def reset(self) -> None:
        """Forget everything: accounts, people, messages, misbehaviour."""
        ...

    async def calm(self) -> None:
        """Behave well again; what was said stays."""
        ...

    async def client(self) -> Client:
        """A new person who has never written."""
        ...

    async def fail(
        self, fault: Fault, *, times: int = 1, status: int = 503, seconds: float = 0
    ) -> None:
        """The next sends of our adapter end like this."""
        ...

    async def duplicate(self, times: int) -> None:
        """Send every webhook (or held update) so many times more; 0 behaves well again."""
        ...

    async def hold(self) -> None:
        """Keep webhooks (or updates) back until `release`."""
        ...

    async def release(self, *, reverse: bool = False) -> None:
        """Send what was kept back, the last first if asked, and go on as usual."""
        ...

    async def calls(self) -> int:
        """How often the adapter has tried to send a message (text, file, voice)."""
        ...

    async def typings(self) -> int:
        """How often «печатает» was shown."""
        ...

    async def forge(self, hook_url: str) -> int:
        """Call our door with a wrong signature; the HTTP status that came back."""
        ...

    async def babble(self, hook_url: str) -> int:
        """Call our door, signed well, with a body that is no update; the status that came back."""
        ...

    async def die(self) -> None:
        """The token is revoked, the phone logged out: every call is refused."""
        ...

    async def rise(self) -> None:
        """After `die`: the data in `form` are good now, a new token or a phone paired anew."""
        ...

    async def close_window(self) -> None:
        """Much time has passed since clients wrote: free text is refused."""
        ...


class Driver(Protocol):
    """How the contract gets at a messenger."""

    @property
    def code(self) -> str:
        """`ChannelAdapter.code`."""

    @property
    def cannot(self) -> frozenset[Feature]:
        """What this messenger cannot do at all."""

    def start(self) -> AbstractAsyncContextManager[Messenger]:
        """Start the emulator on a free loopback port and build the adapter."""
        ...
