"""«Что ты обо мне помнишь?», «забудь меня», and a greeting by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.conversations.memory import service as memory
from insurance_chat.conversations.memory.types import Memory, Remembered
from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome, Status
from insurance_chat.dialogue.effects import Effect, Prefer, Say
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.flows.repair import buttons
from insurance_chat.insurance import policies
from insurance_chat.insurance.remembered.topics import Topic, address, slots_of

FORGET_ALL = {"title": "Забыть всё", "value": "забудь всё обо мне"}
SPARED = ("told_policy", "told_failure")  # that a policy was handed over is no fact about a person
SAID_VOICE = "voice"
MOST_POLICIES = 3


def left_after_forgetting(slots: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the slots that go when a client is forgotten: all but the spared ones."""
    return tuple(name for name in slots if name not in SPARED)


class MemoryActions:
    """What a client may know of the memory, and how they empty it.

    Args:
        db: where memories are kept.
        catalog: flows and slots of all products.
        topics: what may be remembered, see `load_topics`.
    """

    def __init__(self, db: Database, catalog: Catalog, topics: Mapping[str, Topic]) -> None:
        self._db = db
        self._catalog = catalog
        self._topics = topics

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow files use them."""
        return {
            "greet": self.greet,
            "tell_memory": self.tell_memory,
            "choose_forgotten": self.choose_forgotten,
            "forget_chosen": self.forget_chosen,
        }

    async def greet(self, context: ActionContext) -> Outcome:
        """A client who is remembered is greeted by name.

        The name that a messenger shows of a new client is no memory of an earlier talk.
        """
        known = await self._recall(context)
        name = known.value("name", "name")
        offers = buttons(self._catalog)
        if not name or known.topics["name"].source.on is None:
            return Outcome(effects=(Say("chitchat_greeting", quick_replies=offers),))
        say = Say("greeting_by_name", {"name": address(name)}, quick_replies=offers)
        return Outcome(effects=(say,))

    async def tell_memory(self, context: ActionContext) -> Outcome:
        """Everything that is remembered, where it comes from, and how to have it forgotten."""
        known = await self._recall(context)
        async with self._db.unit() as unit:
            sold = await policies.of_contact(unit, context.tenant_id, context.contact_id)
        lines = [self._line(name, kept) for name, kept in self._shown(known)]
        here = self._told_here(context.slots)
        kept = [{"product": p.product_title, "number": p.number, "end": p.expire_at} for p in sold]
        if not (lines or here or kept):
            return Outcome(effects=(Say("nothing_remembered"),))
        values = {
            "lines": lines,
            "here": here,
            "policies": kept[:MOST_POLICIES],
            "more": max(len(kept) - MOST_POLICIES, 0),
        }
        offered = [self._topics[name].button for name, _ in self._shown(known)]
        replies = (FORGET_ALL, *offered) if lines or here else ()
        return Outcome(effects=(Say("what_is_remembered", values, quick_replies=replies),))

    async def choose_forgotten(self, context: ActionContext) -> Outcome:
        """What the words name; without a name it is everything. Nothing there: say so and stop."""
        known = await self._recall(context)
        said = context.message_text.casefold().replace("ё", "е")
        meant = [name for name, topic in self._topics.items() if topic.is_meant(said)]
        there = {name for name, _ in self._shown(known)}
        if not meant:
            if not there and not left_after_forgetting(_told(context.slots)):
                return Outcome(status=Status.STOP, effects=(Say("nothing_remembered"),))
            return Outcome(slots={"forget_topics": ["all"], "forget_sale": True})
        slots = {name: slots_of(name, self._topics, self._catalog.slots) for name in meant}
        found = [name for name in meant if name in there or slots[name] & set(context.slots)]
        titles = [self._topics[name].title for name in found or meant]
        if not found:
            say = Say("topic_not_remembered", {"titles": titles})
            return Outcome(status=Status.STOP, effects=(say,))
        chosen: dict[str, Any] = {"forget_topics": found, "forget_titles": titles}
        if any(slots[name] & set(context.slots) for name in found):
            chosen["forget_sale"] = True
        return Outcome(slots=chosen)

    async def forget_chosen(self, context: ActionContext) -> Outcome:
        """The client has confirmed: forget, and say honestly what has to stay."""
        topics = list(context.slots["forget_topics"])
        if topics == ["all"]:
            return await self._forget_all(context)
        session = str(context.session)
        async with self._db.unit() as unit:
            await memory.forget(unit, context.tenant_id, context.contact_id, topics, session)
        gone = {"forget_topics", "forget_titles", "forget_confirm", "forget_sale"}
        for name in topics:
            gone |= slots_of(name, self._topics, self._catalog.slots)
        values = {"titles": context.slots["forget_titles"]}
        return Outcome(
            status=Status.STOP,
            clear=tuple(sorted(gone)),
            alone=bool(context.slots.get("forget_sale")),
            effects=(Say("topics_forgotten", values), *_silence(topics)),
        )

    async def _forget_all(self, context: ActionContext) -> Outcome:
        async with self._db.unit() as unit:
            sold = await policies.of_contact(unit, context.tenant_id, context.contact_id)
            await memory.forget_all(
                unit,
                context.tenant_id,
                context.contact_id,
                chat=context.conversation_id,
                session=str(context.session),
                spared=SPARED,
            )
        return Outcome(
            status=Status.STOP,
            clear=left_after_forgetting(context.slots),
            alone=True,
            effects=(Say("all_forgotten", {"policies": len(sold)}), *_silence((SAID_VOICE,))),
        )

    async def _recall(self, context: ActionContext) -> Memory:
        async with self._db.unit() as unit:
            return await memory.recall(unit, context.tenant_id, context.contact_id)

    def _shown(self, known: Memory) -> list[tuple[str, Remembered]]:
        return [
            (name, known.topics[name])
            for name, topic in self._topics.items()
            if name in known.topics and topic.written(known.topics[name].values)
        ]

    def _line(self, name: str, kept: Remembered) -> dict[str, Any]:
        flow = self._catalog.flows.get(kept.source.flow)
        return {
            "title": self._topics[name].title,
            "text": self._topics[name].written(kept.values),
            "flow": flow.title if flow is not None else "",
            "channel": kept.source.channel,
            "on": kept.source.on,
        }

    def _told_here(self, slots: Mapping[str, Any]) -> list[str]:
        told = (s for s in self._catalog.slots.values() if s.sensitive and slots.get(s.name))
        return [slot.title for slot in told]


def _told(slots: Mapping[str, Any]) -> dict[str, Any]:
    own = ("forget_topics", "forget_titles", "forget_confirm", "forget_sale")
    return {name: value for name, value in slots.items() if name not in own}


def _silence(topics: list[str] | tuple[str, ...]) -> tuple[Effect, ...]:
    return (Prefer("prefer_voice", value=False),) if SAID_VOICE in topics else ()
