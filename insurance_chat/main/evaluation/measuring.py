"""What a dialogue has left in the database, at the insurer and in the traces of its turns."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from insurance_chat.core.money import format_rub
from insurance_chat.main.evaluation.matching import plain
from insurance_chat.main.evaluation.player import ANY
from insurance_chat.main.evaluation.results import Measured
from insurance_chat.main.evaluation.timing import Took
from insurance_chat.main.evaluation.world import Reply, Talk, World

_HUMAN = ("handover_requested", "with_agent")
#: What differs between two policies for the very same thing from the very same day.
_OF_ONE_SALE = {"number", "draftId", "companyCode", "companyName", "price", "endDate", "issuedAt"}
_ANNOUNCED = "Ожидание агента"  # in the words of the service when it has called a human


async def measure(world: World, talks: list[Talk]) -> Measured:
    """Everything that is counted of a dialogue.

    Args:
        talks: its chats; those of several persons when the script has several.
    """
    chats = [talk.conversation_id for talk in talks]
    bodies = [body for talk in talks for body in await world.bodies(talk)]
    notes = [note for body in bodies for note in (body.get("trace") or {}).get("notes") or []]
    calls = [note for note in notes if note.get("kind") == "model"]
    took: list[Took] = [one for chat in chats for one in world.services.timing.took.pop(chat, [])]
    called = await world.number(
        "select count(*) from handovers where conversation_id = any(%s) and reason <> 'agent_came'",
        chats,
    )
    blocked = sum(bool(note.get("unsourced")) for note in notes if note.get("kind") == "reply")
    said = [reply for talk in talks for reply in talk.said]
    people = sorted({talk.contact_id for talk in talks})
    return Measured(
        turns=len(took),
        calls=len(calls),
        prompt_tokens=sum(note.get("prompt_tokens") or 0 for note in calls),
        completion_tokens=sum(note.get("completion_tokens") or 0 for note in calls),
        took=tuple(took),
        called_human=called > 0,
        wrong_prices=tuple(await wrong_prices(world, people, said)),
        double_sales=await double_sales(world, people),
        blocked=blocked,
    )


async def wrong_prices(world: World, people: list[int], said: list[Reply] | None) -> list[str]:
    """Policies whose price is not the insurer's, or that the client has never been told.

    Args:
        said: what the service said to these clients; None skips that check.
    """
    rows = await world.rows(
        "select number, price from policies where contact_id = any(%s) order by id", people
    )
    at_insurer = {one["number"]: Decimal(one["price"]) for one in await world.policies_at_insurer()}
    wrong = []
    for number, price in rows:
        asked = at_insurer.get(number.replace(" ", ""), at_insurer.get(number))
        if asked is not None and asked != price:
            wrong.append(f"полис {number}: {format_rub(price)} вместо {format_rub(asked)}")
        elif said is not None and not _was_shown(price, said):
            wrong.append(f"полис {number}: цена {format_rub(price)} не звучала в чате")
    return wrong


def _was_shown(price: Decimal, said: list[Reply]) -> bool:
    amount = plain(format_rub(price))
    return any(amount in plain(reply.text) for reply in said)


async def double_sales(world: World, people: list[int]) -> int:
    """Policies that were sold twice, or that the insurer has issued and the service does not know."""
    issued = await world.policies_at_insurer()
    kept = await world.number("select count(*) from policies where contact_id = any(%s)", people)
    return repeated(issued) + max(0, len(issued) - kept)


def repeated(issued: list[dict[str, Any]]) -> int:
    """How many policies insure what another one insures from the same day, whatever the insurer.

    Args:
        issued: policies as the insurer's emulator lists them; each product has facts of its own there.
    """
    same = Counter(repr([one[fact] for fact in sorted(set(one) - _OF_ONE_SALE)]) for one in issued)
    return sum(count - 1 for count in same.values())


def wants_human(script: dict[str, Any]) -> bool | None:
    """Whether a human is called somewhere in a script; None for an example that does not tell."""
    end = script.get("end") or {}
    expects = [
        step["expect"] for step in script["steps"] if isinstance(step, dict) and "expect" in step
    ]
    understood = [one for expect in expects for one in expect.get("understood") or []]
    if any(one.get("type") == "request_human" for one in understood):
        return True
    if end == ANY:
        return False if understood else None
    told = [words for expect in expects for words in expect.get("says") or []]
    if any(_ANNOUNCED in words for words in told) or any(_claims(step) for step in script["steps"]):
        return True
    states = [*(expect.get("state") for expect in expects), end.get("state")]
    return bool(end.get("handover")) or any(state in _HUMAN for state in states)


def _claims(step: Any) -> bool:
    return isinstance(step, dict) and "agent_claims" in step
