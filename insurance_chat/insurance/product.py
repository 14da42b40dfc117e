"""What a product tells the code that all products share: its requests, its words, its duties."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from insurance_chat.conversations.contacts import ConsentText
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.dialogue.understanding.own_types import Readers
from insurance_chat.insurance.providers.ports import Offer, PolicyRequest

Complete = Callable[[Unit, int, PolicyRequest], Awaitable[PolicyRequest]]
Tidy = Callable[[Unit], Awaitable[int]]
Forget = Callable[[Unit, int, int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Wording:
    """How the product speaks where no flow of it is running: files, letters, reminders, refusals.

    Texts hold `{number}`, `{company}`, `{title}`, `{start}`, `{end}`, `{when}` and take only those.

    Args:
        title: «ОСАГО».
        policy: «Полис ОСАГО».
        renew, buy: buttons, `title` and `value`.
        quote_lost: for outside systems, when no calculation fits a draft.
        quote_preliminary: the same, when it names no people.
    """

    title: str
    policy: str
    letter_subject: str
    letter: str
    reminder_subject: str
    reminder: str
    renew: dict[str, str]
    buy: dict[str, str]
    quote_lost: str
    quote_preliminary: str


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the house.

    Args:
        code: in tables, paths and events, e.g. `osago`.
        request: what its insurers are asked with.
        wording: see there.
        describe: payload of a sale: `title`, `start_date` (ISO), `email`, and what else it needs later.
        missing_to_issue: what a preliminary request lacks, as refused fields.
        key_information: КИД is given before payment (voluntary insurance since 01.04.2024, V1: S22).
        complete: puts in what is kept only in a store of its own, just before an insurer is asked.
        forget: erases such a store for a client who withdrew their consent.
        readers: types of slots that only this product has → how their values are read.
        shows: types of slots → how a value is written for a client.
        consents: texts that its clients agree to, for the pages under `/legal/consent`.
        tidy: erases what such a store has kept for longer than its purpose needs; once a day.
    """

    code: str
    request: type[PolicyRequest]
    wording: Wording
    describe: Callable[[PolicyRequest, Offer], dict[str, Any]]
    missing_to_issue: Callable[[PolicyRequest], list[dict[str, str]]]
    key_information: bool = False
    complete: Complete | None = None
    forget: Forget | None = None
    tidy: Tidy | None = None
    readers: Readers = field(default_factory=dict)
    shows: dict[str, Callable[[str], str]] = field(default_factory=dict)
    consents: tuple[ConsentText, ...] = ()


def load_wording(path: Path) -> Wording:
    """The words of a product from its `product.yml`."""
    return Wording(**read_yaml(path))
