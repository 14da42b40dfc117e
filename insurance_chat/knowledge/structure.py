"""The knowledge base as administrators see it: company, product, documents, beside them the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge import answers
from insurance_chat.knowledge.library import forbidden
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.versions.repository import VersionRepository

KINDS = {
    "document": "Документ",
    "rules": "Правила страхования",
    "tariffs": "Тарифы",
    "key_information": "Ключевой информационный документ",
    "memo": "Памятка",
    "note": "Справка",
    "contract": "Договор или образец полиса",
    "faq": "Вопросы и ответы",
    "instruction": "Инструкция",
    "stations": "Станции и сервисные центры",
    "contacts": "Контакты и адреса",
    "reviews": "Отзывы",
    "company": "О компании",
    answers.KIND: "Вопрос и ответ",
}
ABOUT_COMPANY = frozenset({"stations", "contacts", "reviews", "company"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A published document in the tree.

    Args:
        state: `active`, `expired` (its last day has passed) or `future` (its first has not come).
        agent: name of the only agent who reads it.
    """

    id: str
    title: str
    kind: str
    version: int
    state: str
    valid_from: date | None
    valid_until: date | None
    tags: tuple[str, ...]
    agent: str | None
    has_source: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """Documents of one product, or of none."""

    product_code: str | None
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A company, or all of them: what it tells about itself, then its products."""

    company_code: str | None
    about: tuple[Leaf, ...]
    shelves: tuple[Shelf, ...]

    @property
    def count(self) -> int:
        """How many documents it has."""
        return len(self.about) + sum(len(shelf.leaves) for shelf in self.shelves)


@dataclass(frozen=True, slots=True)
class Structure:
    """The whole knowledge base.

    Args:
        written: questions and answers written by hand.
        private: what only agents read, of all and of one.
        expired: how many documents do not answer any more.
    """

    branches: tuple[Branch, ...]
    written: tuple[Leaf, ...]
    private: tuple[Leaf, ...]
    expired: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that was read and waits for a decision."""

    id: str
    title: str
    file_name: str
    created_at: datetime


async def structure(unit: Unit, principal: Principal) -> Structure:
    """Published documents, those of other days too, each in its place.

    Raises:
        ServiceError: `forbidden`.
    """
    _require_admin(principal)
    rows = await VersionRepository(unit, principal.tenant_id).shelf()
    shown = [(row, _leaf(row, agent)) for row, agent in rows]
    private = [leaf for row, leaf in shown if row.visibility != "public"]
    written = [leaf for row, leaf in shown if row.visibility == "public" and _by_hand(row)]
    public = [pair for pair in shown if pair[0].visibility == "public" and not _by_hand(pair[0])]
    companies = groupby(public, key=lambda pair: pair[0].company_code)
    return Structure(
        branches=tuple(_branch(code, list(pairs)) for code, pairs in companies),
        written=tuple(written),
        private=tuple(private),
        expired=sum(leaf.state == "expired" for _, leaf in shown),
    )


async def waiting(unit: Unit, principal: Principal) -> list[Waiting]:
    """Documents that were read and not published yet, newest first.

    Raises:
        ServiceError: `forbidden`.
    """
    _require_admin(principal)
    rows = await VersionRepository(unit, principal.tenant_id).previews()
    return [Waiting(str(row.public_id), row.title, row.file_name, row.created_at) for row in rows]


def state_of(valid_from: date | None, valid_until: date | None) -> str:
    """Whether a document answers today: `active`, `expired` or `future`."""
    today = moscow_today()
    if valid_until is not None and valid_until < today:
        return "expired"
    return "future" if valid_from is not None and valid_from > today else "active"


def _branch(code: str | None, pairs: list[tuple[Document, Leaf]]) -> Branch:
    about = [leaf for _, leaf in pairs if leaf.kind in ABOUT_COMPANY]
    rest = [pair for pair in pairs if pair[1].kind not in ABOUT_COMPANY]
    shelves = groupby(rest, key=lambda pair: pair[0].product_code)
    return Branch(
        code,
        tuple(about),
        tuple(Shelf(product, tuple(leaf for _, leaf in some)) for product, some in shelves),
    )


def _leaf(row: Document, agent: str | None) -> Leaf:
    return Leaf(
        id=str(row.public_id),
        title=row.title,
        kind=row.kind,
        version=row.version,
        state=state_of(row.valid_from, row.valid_until),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        tags=tuple(row.tags),
        agent=agent,
        has_source=bool(row.file_key),
    )


def _by_hand(row: Document) -> bool:
    return row.kind == answers.KIND


def _require_admin(principal: Principal) -> None:
    if not principal.is_admin:
        raise forbidden()
