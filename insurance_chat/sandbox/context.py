"""What all emulators share: the store, the clock, the switches and the public address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import HTTPConnection

from insurance_chat.sandbox.faults import Behaviour, Faults, RequestLog
from insurance_chat.sandbox.llm.script import ModelScript
from insurance_chat.sandbox.site import SiteState, first_pages
from insurance_chat.sandbox.store import Store
from insurance_chat.sandbox.voice.script import VoiceScript

MOSCOW = ZoneInfo("Europe/Moscow")


def utc_now() -> datetime:
    """The real time; tests pass another function."""
    return datetime.now(UTC)


@dataclass
class Sandbox:
    """State of one sandbox application."""

    store: Store
    public_url: str = ""
    behaviour: Behaviour = field(default_factory=Behaviour)
    faults: Faults = field(default_factory=Faults)
    requests: RequestLog = field(default_factory=RequestLog)
    llm: ModelScript = field(default_factory=ModelScript)
    voice: VoiceScript = field(default_factory=VoiceScript)
    site: SiteState = field(default_factory=first_pages)
    clock: Callable[[], datetime] = utc_now
    initial_behaviour: Behaviour = field(init=False)
    on_reset: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.public_url = self.public_url.rstrip("/")
        self.initial_behaviour = self.behaviour.model_copy(deep=True)

    def now(self) -> datetime:
        """Current moment, UTC."""
        return self.clock()

    def today(self) -> date:
        """Current calendar date in Moscow."""
        return self.clock().astimezone(MOSCOW).date()

    def wait_seconds(self, seconds: float) -> float:
        """A pause of the emulated system in the time scale of the sandbox."""
        return seconds * self.behaviour.time_scale

    def reset(self) -> None:
        """Forget everything and behave well again."""
        self.store.clear()
        self.faults.clear()
        self.requests.clear()
        self.llm.clear()
        self.voice.clear()
        self.site.reset()
        self.behaviour = self.initial_behaviour.model_copy(deep=True)
        for forget in self.on_reset:
            forget()


def sandbox_of(connection: HTTPConnection) -> Sandbox:
    """The sandbox that serves this request."""
    sandbox: Sandbox = connection.app.state.sandbox
    return sandbox


def base_url(connection: HTTPConnection) -> str:
    """Absolute address of the sandbox root, without a slash at the end, also when it is mounted."""
    public = sandbox_of(connection).public_url
    if public:
        return public
    url = connection.url
    return f"{url.scheme}://{url.netloc}{connection.scope.get('root_path', '')}".rstrip("/")


def base_path(connection: HTTPConnection) -> str:
    """Path of the sandbox root for links inside its own pages, without a slash at the end."""
    public = sandbox_of(connection).public_url
    if public:
        return urlsplit(public).path.rstrip("/")
    root: str = connection.scope.get("root_path", "")
    return root.rstrip("/")
