"""What becomes of each table that knows a client when their data are deleted.

Every table with a foreign key to `contacts` or `conversations` stands here; a test fails for one that
does not, so that a new table cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """Rows of a table are deleted, wiped (columns are replaced), or kept."""

    DELETE = "delete"
    WIPE = "wipe"
    KEEP = "keep"


class Mark(StrEnum):
    """Values that are made at the time of the deletion."""

    SEALED = "sealed"  # a sealed `{"erased": true}`
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Rule:
    """Fate of the rows of a client; `why` says on what ground rows stay."""

    fate: Fate
    columns: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


_DELETE = Rule(Fate.DELETE)
RULES: Mapping[str, Rule] = {
    "identities": _DELETE,
    "contact_memories": _DELETE,
    "contact_merges": _DELETE,  # their bodies hold cards of both clients
    "health_declarations": _DELETE,
    "invited_contacts": _DELETE,
    "consents": Rule(Fate.KEEP, why="proof of the consent; they are withdrawn"),
    "erasure_requests": Rule(Fate.KEEP, why="proof that the wish was fulfilled"),
    "conversations": Rule(
        Fate.WIPE,
        {
            "channel_user_id": "",
            "access_token_hash": None,
            "state": "qa",
            "operator_id": None,
            "tags": [],
            "prefer_voice": False,
            "email": None,
            "dialogue": None,
            "flow_asks": False,
            "turn_owed": False,
        },
    ),
    "log_entries": Rule(Fate.WIPE, {"body": Mark.SEALED, "sound": None, "client_key": None}),
    "conversation_summaries": _DELETE,
    "conversation_notes": _DELETE,
    "handovers": Rule(Fate.KEEP, why="times of the work of agents; no word of the client"),
    "incidents": Rule(Fate.WIPE, {"details": Mark.SEALED, "resolution": None, "dedupe_key": None}),
    "threads": _DELETE,
    "thread_replies": _DELETE,
    "eval_cases": _DELETE,
    "kb_unanswered": _DELETE,
    "continue_links": _DELETE,
    "return_links": _DELETE,
    "channel_chats": _DELETE,  # with deliveries and ids of messages
    "desk_accounts": Rule(Fate.WIPE, {"conversation_id": None, "awaits": None}),  # of an agent
    "desk_chats": _DELETE,
    "desk_messages": _DELETE,
    "quote_requests": _DELETE,
    "sales": Rule(Fate.DELETE, why="paid ones and those with a policy stay: contract and payment"),
    "policies": Rule(Fate.KEEP, why="contract of insurance; the address for letters is wiped"),
    "commissions": Rule(Fate.KEEP, why="accounts with agents; no word of the client"),
    "commission_watches": Rule(Fate.KEEP, why="a number of the log"),
}
