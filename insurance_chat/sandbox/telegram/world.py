"""What the emulated Telegram remembers: bots, people, dialogues, files, updates that wait.

Everything is in the store of the sandbox, so a restart loses neither a message nor an update.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.faults import Faults
from insurance_chat.sandbox.store import Doc
from insurance_chat.sandbox.telegram.limits import Limits

TOKEN = re.compile(r"(\d+):AA[\w-]+", re.ASCII)
CALLS_KEPT = 2000


@dataclass
class Behaviour:
    """How updates are delivered.

    Args:
        duplicate: how many times more each is given.
        reorder: the newest first.
        hold: not at all for now.
    """

    duplicate: int = 0
    reorder: bool = False
    hold: bool = False


@dataclass
class World:
    """State of the emulated Telegram."""

    sandbox: Sandbox
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    behaviour: Behaviour = field(default_factory=Behaviour)
    calls: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    typing: dict[tuple[int, str], float] = field(default_factory=dict)
    polls: dict[int, list[object]] = field(default_factory=dict)  # the call that waits
    _news: dict[int, asyncio.Event] = field(default_factory=dict)
    wake: Callable[[int], None] = lambda _: None  # set to the courier of webhooks

    def now(self) -> int:
        """Unix time as messages have it."""
        return int(self.sandbox.now().timestamp())

    def clear(self) -> None:
        """Behave well again; what is stored goes with the store."""
        self.faults.clear()
        self.limits = Limits()
        self.behaviour = Behaviour()
        self.calls.clear()
        self.typing.clear()

    def bot(self, number: int) -> Doc:
        """A bot; made when it is first heard of."""
        known = self.sandbox.store.get("tg_bot", str(number))
        if known is not None:
            return known
        return self.keep_bot(
            {
                "id": number,
                "username": f"practice_{number}_bot",
                "name": "Учебный бот",
                "business": False,
                "revoked": False,
                "webhook": None,
                "allowed": None,
                # By the clock: after a reset no number comes a second time.
                "update": self.now(),
                "message": 1,
            }
        )

    def keep_bot(self, bot: Doc) -> Doc:
        """Store a bot as it is now."""
        return self.sandbox.store.put("tg_bot", str(bot["id"]), bot)

    def bots(self) -> list[Doc]:
        """Every bot that was ever heard of."""
        return self.sandbox.store.all("tg_bot")

    def of_token(self, token: str) -> Doc | None:
        """The bot of a token; None for one that @BotFather never gave or took back."""
        found = TOKEN.fullmatch(token)
        bot = self.bot(int(found[1])) if found else None
        return None if bot is None or bot["revoked"] else bot

    def person(self, number: int) -> Doc | None:
        """Somebody who uses Telegram."""
        return self.sandbox.store.get("tg_person", str(number))

    def chat(self, bot: int, name: str) -> Doc | None:
        """A dialogue: with the bot (`<person>`) or of a business account (`<connection>:<person>`)."""
        return self.sandbox.store.get(f"tg_chat:{bot}", name)

    def chats(self, bot: int) -> list[Doc]:
        """Dialogues of a bot, oldest first."""
        return self.sandbox.store.all(f"tg_chat:{bot}")

    def keep_chat(self, bot: int, chat: Doc) -> Doc:
        """Store a dialogue as it is now."""
        return self.sandbox.store.put(f"tg_chat:{bot}", chat["name"], chat)

    def messages(self, bot: int, name: str) -> list[Doc]:
        """Lines of a dialogue, oldest first: `{side, message, deleted}`."""
        return self.sandbox.store.all(_lines(bot, name))

    def message(self, bot: int, name: str, number: int) -> Doc | None:
        """One line of a dialogue."""
        return self.sandbox.store.get(_lines(bot, name), str(number))

    def keep_message(self, bot: int, name: str, line: Doc) -> Doc:
        """Store a line of a dialogue."""
        return self.sandbox.store.put(_lines(bot, name), str(line["message"]["message_id"]), line)

    def next_message(self, bot: int) -> int:
        """A number for a new message."""
        doc = self.bot(bot)
        self.keep_bot(doc | {"message": doc["message"] + 1})
        return int(doc["message"])

    def keep_file(self, data: bytes, name: str, mime: str, size: int | None = None) -> Doc:
        """Store a file; `size` pretends another one."""
        number = uuid4().hex
        folder = {"image": "photos", "audio": "voice"}.get(mime.partition("/")[0], "documents")
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        doc: Doc = {
            "file_id": f"AgACAgIAAx{number}",
            "file_unique_id": number[:16],
            "file_size": len(data) if size is None else size,
            "file_path": f"{folder}/file_{number[:8]}.{suffix}",
            "name": name,
            "mime": mime,
            "content": base64.b64encode(data).decode(),
        }
        return self.sandbox.store.put("tg_file", doc["file_id"], doc)

    def file(self, file_id: str) -> Doc | None:
        """A stored file."""
        return self.sandbox.store.get("tg_file", file_id)

    def push(self, bot: int, kind: str, content: Doc) -> int | None:
        """Queue an update for a bot; None when it does not want this kind."""
        doc = self.bot(bot)
        if doc["allowed"] and kind not in doc["allowed"]:
            return None
        number = int(doc["update"])
        update = {"update_id": number, kind: content}
        with self.sandbox.store.batch():
            self.keep_bot(doc | {"update": number + 1})
            self.sandbox.store.put(f"tg_update:{bot}", str(number), update)
        self.news(bot).set()
        self.wake(bot)
        return number

    def pending(self, bot: int) -> list[Doc]:
        """Updates that wait, in the order they will be given."""
        if self.behaviour.hold:
            return []
        found = self.sandbox.store.all(f"tg_update:{bot}")
        return found[::-1] if self.behaviour.reorder else found

    def next_update(self, bot: int) -> Doc | None:
        """The first of `pending`, without reading all others: thousands may wait in a storm."""
        if self.behaviour.hold:
            return None
        return self.sandbox.store.first(f"tg_update:{bot}", newest=self.behaviour.reorder)

    def confirm(self, bot: int, number: int) -> None:
        """Forget an update."""
        self.sandbox.store.delete(f"tg_update:{bot}", str(number))

    def stir(self) -> None:
        """Look again at what waits: the behaviour has changed."""
        for bot in self.bots():
            self.news(bot["id"]).set()
            self.wake(bot["id"])

    def news(self, bot: int) -> asyncio.Event:
        """Set when something is queued for a bot."""
        return self._news.setdefault(bot, asyncio.Event())


def _lines(bot: int, name: str) -> str:
    return f"tg_line:{bot}:{name}"
