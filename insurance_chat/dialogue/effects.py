"""What the flow engine wants to happen. The engine is pure; `turn.py` carries effects out."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Say:
    """A reply from a template.

    Args:
        key: name of the phrase.
        values: what the template shows.
        amounts: sums of money, in roubles, that the text may show; any other sum is blocked.
        quick_replies: `{title, value}` buttons.
        offers, files, payment: cards of `Message.metadata`.
    """

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    amounts: tuple[Decimal, ...] = ()
    quick_replies: tuple[dict[str, str], ...] = ()
    offers: tuple[dict[str, Any], ...] = ()
    files: tuple[dict[str, Any], ...] = ()
    payment: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """The question of the step where the flow stands; `missing` are the slots it asks for.

    `amounts` are sums, in roubles, that the question may name besides the prices of `offers`.
    `own_word`: nobody but the client may answer.
    """

    key: str
    missing: tuple[str, ...]
    partly: bool  # some slots of the step are known already
    again: bool  # the same question as in the last reply
    quick_replies: tuple[dict[str, str], ...] = ()
    offers: tuple[dict[str, Any], ...] = ()
    amounts: tuple[Decimal, ...] = ()
    own_word: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a question from the knowledge base; `search` is the question made whole, if it was not."""

    question: str
    search: str = ""


@dataclass(frozen=True, slots=True)
class RunAction:
    """Do a product's action; `fingerprint` tells one set of inputs from another."""

    run_id: str
    action: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Handover:
    """Call a human, perhaps a certain one and nobody else (`wait`)."""

    reason: str
    name: str | None = None
    wait: bool = False


@dataclass(frozen=True, slots=True)
class RaiseIncident:
    """Somebody has to look at this."""

    kind: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prefer:
    """The client wants another form of answers."""

    name: str
    value: Any


Effect = Say | Prompt | Answer | RunAction | Handover | RaiseIncident | Prefer
