"""A language model looks at the document too; what it cannot prove with a quote is dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog
from pydantic import BaseModel, Field
from typing_extensions import override

from insurance_chat.knowledge.analysis.dates import read_date
from insurance_chat.knowledge.analysis.dictionary import (
    company_patterns,
    kind_patterns,
    product_patterns,
)
from insurance_chat.knowledge.analysis.findings import Analysis, Condition, ConditionKind, Found
from insurance_chat.knowledge.analysis.ports import Analyst
from insurance_chat.knowledge.passages import Piece
from insurance_chat.llm.ports import ChatMessage, ChatModel, ChatRequest, ModelUnavailable

log = structlog.get_logger()
PROMPT = Path(__file__).parent / "prompts" / "analyse_v1.md"
MOST_LETTERS = 14_000  # of the document that the model is shown
MOST_CONDITIONS = 40
SHORTEST_QUOTE = 4
_SPACES = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")


class Proved(BaseModel):
    """A value and the words that prove it."""

    value: str | None = None
    quote: str = ""


class ProvedCondition(BaseModel):
    """A condition and the words that prove it."""

    kind: ConditionKind
    name: str = ""
    value: str = ""
    quote: str = ""


class Proposal(BaseModel):
    """What a model says about a document."""

    company: Proved | None = None
    product: Proved | None = None
    kind: Proved | None = None
    edition_date: Proved | None = None
    valid_from: Proved | None = None
    valid_until: Proved | None = None
    summary: list[str] = Field(default_factory=list)
    conditions: list[ProvedCondition] = Field(default_factory=list)


class ModelAnalyst(Analyst):
    """Asks the model of the installation; without one the rules stay as they are.

    Args:
        model: the pool of keys.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @override
    async def improve(
        self, tenant_id: int, analysis: Analysis, pieces: Sequence[Piece]
    ) -> Analysis:
        """Fill in what the rules did not find; the rules' own values stand unless they are empty."""
        request = ChatRequest(tenant_id, _prompt(pieces), temperature=0.0, output=Proposal)
        try:
            answer = await self._model.complete(request)
        except ModelUnavailable as problem:  # also an answer of another type
            log.info("analysis_without_model", why=problem.why.value)
            return analysis
        if not isinstance(answer.parsed, Proposal):
            return analysis
        return merge(analysis, answer.parsed, pieces)


def _prompt(pieces: Sequence[Piece]) -> tuple[ChatMessage, ...]:
    codes = {"company": company_patterns(), "product": product_patterns(), "kind": kind_patterns()}
    lists = "\n".join(f"{name}: {', '.join(known)}" for name, known in codes.items())
    shown: list[str] = []
    left = MOST_LETTERS
    for number, piece in enumerate(pieces, 1):
        text = f"[{number}] {piece.heading_path}\n{piece.text}"
        if len(text) > left:
            break
        left -= len(text)
        shown.append(text)
    system = f"{PROMPT.read_text('utf-8').strip()}\n\n{lists}"
    return ChatMessage("system", system), ChatMessage("user", "\n\n".join(shown))


def merge(analysis: Analysis, proposal: Proposal, pieces: Sequence[Piece]) -> Analysis:
    """Take over what the text proves.

    Args:
        analysis: of the rules.
        proposal: of the model, to be distrusted.
        pieces: the text.
    """
    text = _Text(pieces)
    codes = {
        "company": set(company_patterns()),
        "product": set(product_patterns()),
        "kind": set(kind_patterns()),
    }
    found: dict[str, Found | None] = {}
    for name in ("company", "product", "kind", "edition_date", "valid_from", "valid_until"):
        own = getattr(analysis, name)
        said = getattr(proposal, name)
        found[name] = own or (text.prove(said, codes.get(name)) if said else None)
    summary = tuple(one.strip() for one in proposal.summary[:3] if text.place(one) is not None)
    known = {(one.kind, _key(one.value)) for one in analysis.conditions}
    more = [
        one
        for said in proposal.conditions[:MOST_CONDITIONS]
        if (one := text.prove_condition(said)) and (one.kind, _key(one.value)) not in known
    ]
    return replace(
        analysis,
        **found,
        summary=summary if len(summary) > 1 else analysis.summary,
        conditions=(*analysis.conditions, *more),
        by="model",
    )


class _Text:
    """The passages, searched without regard to spaces and case."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._keys = [_key(piece.text) for piece in pieces]

    def place(self, quote: str) -> int | None:
        """Number of the passage that has these very words."""
        key = _key(quote)
        if len(key) < SHORTEST_QUOTE:
            return None
        return next((number for number, text in enumerate(self._keys) if key in text), None)

    def prove(self, said: Proved, codes: set[str] | None) -> Found | None:
        """The value, when its quote stands in the text and says the same."""
        value, place = (said.value or "").strip(), self.place(said.quote)
        if not value or place is None:
            return None
        if codes is not None:
            patterns = {**company_patterns(), **product_patterns(), **kind_patterns()}
            proved = value in codes and patterns[value].search(said.quote) is not None
        else:
            day = read_date(said.quote)
            proved = day is not None and day.isoformat() == value
        page = self._pieces[place].page
        return Found(value, said.quote.strip(), page, place) if proved else None

    def prove_condition(self, said: ProvedCondition) -> Condition | None:
        """The condition, when its value stands in its quote and the quote in the text."""
        place = self.place(said.quote)
        if place is None or not said.value.strip() or _key(said.value) not in _key(said.quote):
            return None
        if said.kind != "exclusion" and not _DIGITS.search(said.value):
            return None
        name = said.name.strip()[:90]
        if set(_DIGITS.findall(name)) - set(_DIGITS.findall(said.quote)):
            return None
        page = self._pieces[place].page
        return Condition(said.kind, name, said.value.strip(), said.quote.strip(), page, place)


def _key(text: str) -> str:
    return _SPACES.sub(" ", text.replace("ё", "е")).strip().lower()
