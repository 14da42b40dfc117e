"""A reply is put together without repetition, and no sum of money leaves without a source."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from insurance_chat.conversations.handover.texts import Outlook
from insurance_chat.conversations.handover.wishes import Wish
from insurance_chat.conversations.types import (
    ConversationState,
    Entry,
    EntryKind,
    Sender,
    Snapshot,
)
from insurance_chat.core.clock import utcnow
from insurance_chat.dialogue.answering.compose import Composer, Draft
from insurance_chat.dialogue.answering.grounded import Answer, Citation
from insurance_chat.dialogue.answering.money_guard import amounts_in, unsourced
from insurance_chat.dialogue.answering.ports import Asking
from insurance_chat.dialogue.answering.templates import Phrases
from insurance_chat.dialogue.commands import AskQuestion, Command
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.effects import Prompt, Say
from insurance_chat.dialogue.turn import Thinker
from insurance_chat.dialogue.understanding.ports import TurnInput
from tests.slices.dialogue.toy import CATALOG, SLOTS

PHRASES = Phrases(
    {
        "ask_agreed": "Согласны?",
        "ask_cake": "Какой торт и какого размера?",
        "ask_cake_again": "Так какой торт?",
        "ask_rest": "Ещё нужно: {{ titles | join(', ') }}.",
        "cost": "Стоит {{ price | rub }}.",
        "problem_other": "Не прочитал: {{ title }}.",
        "blocked_reply": "Сумму подтвердить не могу.",
        "no_answer": "Не знаю.",
    }
)
COMPOSER = Composer(PHRASES, SLOTS)


def test_the_same_phrase_is_not_said_twice_in_one_reply() -> None:
    draft = Draft()
    COMPOSER.say(draft, Say("ask_agreed"))
    COMPOSER.say(draft, Say("ask_agreed", payment={"url": "u"}))
    assert draft.text() == "Согласны?"
    assert draft.payment == {"url": "u"}


def test_an_unknown_problem_has_a_general_phrase() -> None:
    draft = Draft()
    COMPOSER.say(draft, Say("problem_strange", {"title": "год"}))
    assert draft.text() == "Не прочитал: год."


def test_a_question_about_yes_or_no_has_buttons() -> None:
    draft = Draft()
    COMPOSER.prompt(draft, Prompt("ask_agreed", ("agreed",), partly=False, again=False), {})
    assert [button["title"] for button in draft.quick_replies] == ["Да", "Нет"]
    assert draft.metadata()["expects"] == "agreed"


def test_a_partly_answered_question_names_what_is_left() -> None:
    draft = Draft()
    COMPOSER.prompt(draft, Prompt("ask_cake", ("size",), partly=True, again=False), {})
    assert draft.text() == "Ещё нужно: размер."


def test_a_repeated_question_is_short_after_other_words_and_whole_alone() -> None:
    again = Prompt("ask_cake", ("taste", "size"), partly=False, again=True)
    alone, after = Draft(), Draft()
    COMPOSER.prompt(alone, again, {})
    COMPOSER.say(after, Say("ask_agreed"))
    COMPOSER.prompt(after, again, {})
    assert alone.text() == "Какой торт и какого размера?"
    assert after.text().endswith("Так какой торт?")


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("стоит 5 000 ₽", {5000}),
        ("стоит 5000 рублей и 50 копеек", {5000}),
        ("всего 1,5 тыс. руб.", {1500}),
        ("от 2 тыс ₽ до 3 млн руб", {2000, 3_000_000}),
        ("5\u00a0479,42\u00a0₽", {Decimal("5479.42")}),
        ("123 лошадиные силы, 2018 год", set()),
    ],
)
def test_sums_of_money_are_found_in_words(text: str, sums: set[Any]) -> None:
    assert amounts_in(text) == {Decimal(one).normalize() for one in sums}


def test_a_sum_has_a_source_in_the_offer_or_in_the_cited_passage() -> None:
    assert unsourced("5 000 ₽", [Decimal("5000.00")], []) == set()
    assert unsourced("штраф 800 ₽", [], ["Штраф — 800 рублей"]) == set()
    assert unsourced("5 001 ₽", [Decimal(5000)], ["800 ₽"]) == {Decimal(5001)}


class _Asks:
    """An understanding that hears a question in everything."""

    def history_limit(self, tenant_id: int) -> int:
        return 0

    async def understand(self, turn: TurnInput) -> list[Command]:
        return [AskQuestion(text=turn.messages[0].text or "")]


class _Says:
    """An answerer with one answer."""

    def __init__(self, text: str, quotes: Sequence[str]) -> None:
        self._found = Answer(
            text,
            tuple(Citation(1, "id", "Правила", None, "1", quote) for quote in quotes),
            confident=True,
        )

    async def answer(self, asking: Asking) -> Answer:
        return self._found


class _NoDesk:
    async def outlook(self, tenant_id: int, conversation_id: int, name: str | None) -> Outlook:
        return Outlook(position=1, free=0)

    def wish(self, reason: str, outlook: Outlook) -> Wish:
        return Wish(reason)


async def _think(answer: str, *quotes: str) -> Decision:
    thinker = Thinker(_Asks(), _Says(answer, quotes), CATALOG, {}, COMPOSER, _NoDesk())
    snapshot = Snapshot(
        1, uuid4(), 1, 1, "web", ConversationState.QA, 1, 1, 0, 1, 0, False, False, None, None
    )
    message = Entry(uuid4(), 1, EntryKind.MESSAGE, Sender.USER, {"text": "почём?"}, utcnow())
    return await thinker.think(snapshot, Window([message]))


def _reply(decision: Decision) -> dict[str, Any]:
    return next(e.body for e in decision.entries if e.kind is EntryKind.MESSAGE)


async def test_a_reply_with_an_unsourced_sum_is_blocked_and_becomes_an_incident() -> None:
    decision = await _think("Сделаем за 999 ₽")
    assert _reply(decision)["text"] == "Сумму подтвердить не могу."
    assert _reply(decision)["metadata"]["citations"] == []
    assert [incident.kind for incident in decision.incidents] == ["unsourced_amount"]


async def test_a_sum_out_of_a_cited_passage_is_said() -> None:
    decision = await _think("Штраф — 800 рублей.", "Штраф — 800 рублей.")
    assert _reply(decision)["text"] == "Штраф — 800 рублей."
    assert decision.incidents == []
