"""One reply of a turn: texts in order, one set of cards, checked before anybody sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from insurance_chat.dialogue.answering import facts
from insurance_chat.dialogue.answering.grounded import Answer
from insurance_chat.dialogue.answering.money_guard import unsourced
from insurance_chat.dialogue.answering.templates import Phrases
from insurance_chat.dialogue.effects import Prompt, Say
from insurance_chat.dialogue.slots import SlotDefinition

YES_NO = ({"title": "Да", "value": "да"}, {"title": "Нет", "value": "нет"})


@dataclass(slots=True)
class Draft:
    """A reply being put together.

    `grounded` are the parts that come from the knowledge base, each with what it may rely on;
    `reworded` are phrases that stand in the reply in another tone.
    """

    parts: list[str] = field(default_factory=list)
    expects: list[str] = field(default_factory=list)
    quick_replies: list[dict[str, str]] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)
    offers: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    payment: dict[str, Any] | None = None
    amounts: list[Decimal] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    grounded: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    reworded: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Nothing to say."""
        return not self.parts

    def text(self) -> str:
        """The whole text of the reply."""
        return "\n\n".join(self.parts)

    def metadata(self) -> dict[str, Any]:
        """`Message.metadata` of the contract."""
        return {
            "expects": self.expects[0] if self.expects else None,
            "expectsAll": self.expects,
            "quickReplies": self.quick_replies,
            "citations": self.citations,
            "offers": self.offers,
            "files": self.files,
            "payment": self.payment,
        }


class Composer:
    """Turns effects into a reply.

    Args:
        phrases: texts by key.
        slots: names of slots for «ещё нужно: …».
    """

    def __init__(self, phrases: Phrases, slots: Mapping[str, SlotDefinition]) -> None:
        self._phrases = phrases
        self._slots = slots

    def say(self, draft: Draft, say: Say) -> None:
        """Add a phrase with its cards; the same phrase is not said twice in one reply."""
        key = say.key if say.key in self._phrases else _fallback(say.key)
        text = self._phrases.render(key, say.values)
        if text in draft.parts or text in draft.reworded:
            draft.payment = say.payment or draft.payment
            return
        draft.parts.append(text)
        draft.said.append(say.key)
        draft.amounts += say.amounts
        draft.quick_replies = list(say.quick_replies) or draft.quick_replies
        draft.offers += say.offers
        draft.files += say.files
        draft.payment = say.payment or draft.payment

    def prompt(self, draft: Draft, prompt: Prompt, slots: Mapping[str, Any]) -> None:
        """Add the question of the step; shorter when it repeats or when a part is known."""
        draft.expects = [self._slots[name].shown_as or name for name in prompt.missing]
        buttons = self._buttons(prompt)
        draft.quick_replies = buttons + [b for b in draft.quick_replies if b not in buttons]
        draft.amounts += prompt.amounts
        short = f"{prompt.key}_again"
        if prompt.partly:
            draft.parts.append(self._rest(prompt, first=not draft.parts, slots=slots))
        elif prompt.again and draft.parts and short in self._phrases:
            draft.parts.append(self._phrases.render(short, {"slots": slots}))
        else:
            draft.parts.append(self._phrases.render(prompt.key, {"slots": slots}))
        if prompt.offers and not (prompt.again and draft.said):
            draft.offers = [card(option) for option in prompt.offers]
            draft.amounts += [Decimal(str(o["price"])) for o in prompt.offers if o.get("price")]

    def _rest(self, prompt: Prompt, *, first: bool, slots: Mapping[str, Any]) -> str:
        alone = f"ask_{prompt.missing[0]}"
        if len(prompt.missing) == 1 and alone in self._phrases:
            return self._phrases.render(alone, {"slots": slots})
        titles = [self._slots[name].title for name in prompt.missing]
        thanks = first and not prompt.again
        return self._phrases.render("ask_rest" if thanks else "ask_rest_again", {"titles": titles})

    def _buttons(self, prompt: Prompt) -> list[dict[str, str]]:
        if prompt.quick_replies:
            return list(prompt.quick_replies)
        definition = self._slots[prompt.missing[0]]
        if definition.type == "boolean" and len(prompt.missing) == 1:
            return list(YES_NO)
        return []

    def answer(self, draft: Draft, found: Answer) -> None:
        """Add an answer from the knowledge base with its citations, counted on through the reply."""
        draft.parts.append(found.text)
        before = len(draft.citations)
        draft.citations += [
            {
                "n": before + citation.n,
                "documentId": citation.document_id,
                "title": citation.title,
                "page": citation.page,
                "section": citation.section,
                "quote": citation.quote,
                "url": f"/v1/kb/docs/{citation.document_id}/source",
            }
            for citation in found.citations
        ]
        relied = [
            text for one in found.citations for text in (one.quote, f"{one.title}. {one.section}")
        ]
        draft.grounded.append((found.text, tuple(relied)))

    def check(self, draft: Draft) -> list[str]:
        """What in the reply has no source; such a reply must not be sent.

        Sums of money of the whole reply; dates, percentages, phones and the like of what comes from
        the knowledge base, because templates take theirs from values.
        """
        quotes = [citation["quote"] for citation in draft.citations]
        found = [str(one) for one in unsourced(draft.text(), draft.amounts, quotes)]
        for text, relied in draft.grounded:
            found += [facts.shown(fact) for fact in facts.missing(text, relied)]
        return found

    def block(self, draft: Draft) -> None:
        """Replace the words of a reply that failed the check."""
        draft.parts = [self._phrases.render("blocked_reply", {})]
        draft.citations, draft.offers, draft.expects, draft.payment = [], [], [], None
        draft.grounded = []
        draft.quick_replies = [{"title": "Позвать агента", "value": "позовите агента"}]


def card(option: Mapping[str, Any]) -> dict[str, Any]:
    """What the client's screen gets of an offer."""
    names = ("offerId", "companyCode", "company", "price", "currency", "status", "details", "note")
    shown = {name: option.get(name) for name in names} | {"value": option["title"]}
    # It covers less than was asked for: a lower price is no better price then.
    return {**shown, "partial": True} if option.get("missing") else shown


def _fallback(key: str) -> str:
    return "problem_other" if key.startswith("problem_") else key
