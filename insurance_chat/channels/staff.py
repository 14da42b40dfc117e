"""The port by which members of staff work from a messenger; their words are no client's words."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.channels.held import Held
from insurance_chat.channels.reading import Item

#: Payloads of buttons that only staff may press begin so: `desk:<message>.<number>`.
PRESS = "desk:"


class StaffDesk(Protocol):
    """What staff do in a messenger account, and what they are told there."""

    async def takes(self, held: Held, item: Item) -> bool:
        """Whether this came from a member of staff, or is for the desk alone; it is dealt with then.

        Asked for everything that a person has said or changed, before it becomes a client's. A repeat
        of the same item must change nothing.
        """
        ...

    async def serve(self, held: Held) -> None:
        """Tell staff what they are owed, for as long as this process holds the account."""
        ...
