"""What a stored update means, before anything is done about it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from insurance_chat.channels.ports import Deleted, Edited, Happening, Incoming
from insurance_chat.channels.types import StoredUpdate

INBOUND = "in:"  # client keys of lines that came by a messenger: they are never sent back to it
LONGEST_CLIENT_KEY = 110
GREETING = "Здравствуйте!"
_NUMBER = re.compile(r"\s*(?:№|#)?\s*(\d{1,2})\s*[.)]?\s*")
_START = re.compile(r"/start(?:@\w+)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """One happening of one update.

    Args:
        place: number among the happenings of the update.
        edited: the words were changed before anybody read them.
    """

    update: StoredUpdate
    place: int
    happening: Happening
    edited: bool = False

    @property
    def key(self) -> str:
        """Unique key of what comes of it in the log; the same when it is read again."""
        key = f"{INBOUND}{self.update.key}" + (f":{self.place}" if self.place else "")
        if len(key) <= LONGEST_CLIENT_KEY:
            return key
        return INBOUND + hashlib.sha256(key.encode()).hexdigest()


def settled(items: Sequence[Item]) -> list[Item]:
    """Apply edits and deletions to messages that nobody has read yet.

    A message that was changed at once counts with its last words, one that was taken back at once
    was never said.
    """
    left: list[Item] = []
    for item in items:
        happening = item.happening
        if isinstance(happening, Edited):
            at = _unread(left, happening.message_id)
            if at is not None:
                said = left[at].happening
                assert isinstance(said, Incoming)
                left[at] = replace(
                    left[at], happening=replace(said, text=happening.text), edited=True
                )
                continue
        elif isinstance(happening, Deleted):
            gone = set(happening.message_ids)
            kept = [one for one in left if _message_id(one) not in gone]
            rest = gone - {_message_id(one) for one in left}
            left = kept
            if not rest:
                continue
            later = replace(happening, message_ids=tuple(sorted(rest)))
            left.append(replace(item, happening=later))
            continue
        left.append(item)
    return left


def _message_id(item: Item) -> str | None:
    return item.happening.message_id if isinstance(item.happening, Incoming) else None


def _unread(items: Sequence[Item], message_id: str) -> int | None:
    for at, item in enumerate(items):
        if _message_id(item) == message_id:
            return at
    return None


def words_of(incoming: Incoming, offered: list[list[str]] | None) -> tuple[str, dict[str, Any]]:
    """What a client says: their words, or the choice that a bare number names.

    Args:
        offered: the last numbered choices, `[title, value]` each.
    """
    text = incoming.text.strip()
    if _START.fullmatch(text):
        return GREETING, {}
    number = _NUMBER.fullmatch(text)
    if number and offered and 1 <= int(number.group(1)) <= len(offered):
        title, value = offered[int(number.group(1)) - 1]
        return value, {"pressed": title}
    return text, {}


def pressed_at(pressed: str) -> tuple[int, int] | None:
    """Line and number of a button of ours (`<seq>.<n>`); None when it is not one."""
    seq, _, number = pressed.partition(".")
    if seq.isascii() and seq.isdigit() and number.isascii() and number.isdigit():
        return int(seq), int(number)
    return None
