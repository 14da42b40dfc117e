"""A sale as the agent sees it. Nothing here carries a hidden value in the open."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Stage(StrEnum):
    """Where a sale stands."""

    NOT_STARTED = "not_started"
    CONSENT = "consent"  # the client has not agreed to give data
    FILLING = "filling"
    COUNTING = "counting"  # insurers make their offers
    ANSWERING = "answering"  # the client answers on a page that nobody else sees
    CHOOSING = "choosing"
    PRICING = "pricing"  # the insurer fixes the price of the chosen offer
    CONFIRMING = "confirming"  # the client checks the data and the price
    LINKING = "linking"  # the insurer prepares the payment page
    PAYING = "paying"
    ISSUING = "issuing"
    ISSUED = "issued"


class Word(StrEnum):
    """A question that only the client may answer."""

    LATER = "later"
    DUE = "due"  # the flow stands at it, but nobody has asked
    ASKED = "asked"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form.

    Args:
        slot: name of the fact; `title` as people call it.
        type: of the slot, e.g. `boolean`, `months`, `birth_date`.
        value: as people write it, masked when `hidden`; empty when it is not known.
        hidden: the value may be replaced, never read.
        shown: belongs to the sale as it stands now.
    """

    slot: str
    title: str
    type: str
    value: str
    hidden: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together, under one heading."""

    title: str
    fields: tuple[Field, ...]

    @property
    def shown(self) -> bool:
        """Whether there is anything in it now."""
        return any(field.shown for field in self.fields)


@dataclass(frozen=True, slots=True)
class Decision:
    """What only the client may say, and what has become of it."""

    slot: str
    title: str
    word: Word


@dataclass(frozen=True, slots=True)
class DriverLine:
    """A driver who is on the list already; the licence is masked, dates are «12.05.1985»."""

    name: str
    born: str
    license: str
    since: str


@dataclass(frozen=True, slots=True)
class OfferLine:
    """An insurer's offer in roubles; without a price `note` says why."""

    id: str
    company: str
    price: Decimal | None
    details: str
    note: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class IssuedPolicy:
    """What the sale has ended in."""

    id: UUID
    number: str
    company: str


@dataclass(frozen=True, slots=True)
class SaleForm:
    """A sale of one chat.

    Args:
        conversation_id: inner key, to follow the chat live.
        flow: whose form it is, e.g. `mortgage`; `title`: «оформление ОСАГО».
        started: the chat is in this flow.
        agreed: the client has consented, so data may be stored.
        needed: titles of facts that the flow waits for now.
        more_drivers: the last driver is on the list, another one may be added.
        drivers_open: the flow waits to hear whether there are more drivers.
        price: binding price of the chosen offer, when the insurer has fixed it.
        open: facts may still be changed and an offer chosen: the money has not been paid.
        said: what the assistant has said to the client last.
    """

    conversation_id: int
    flow: str
    title: str
    started: bool
    agreed: bool
    stage: Stage
    sections: tuple[Section, ...]
    decisions: tuple[Decision, ...]
    needed: tuple[str, ...]
    drivers: tuple[DriverLine, ...]
    more_drivers: bool
    drivers_open: bool
    offers: tuple[OfferLine, ...]
    open: bool
    price: Decimal | None
    policy: IssuedPolicy | None
    said: str

    @property
    def fields(self) -> dict[str, Field]:
        """All fields by slot."""
        return {field.slot: field for section in self.sections for field in section.fields}

    @property
    def missing(self) -> list[Field]:
        """What the agent can still fill."""
        return [field for field in self.fields.values() if field.shown and not field.value]
