"""Renews the summary of a long chat by a model; a failure keeps the old one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog

from insurance_chat.conversations import summary_repository as kept
from insurance_chat.conversations.types import Entry
from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.known import known_names, whole_and_parts
from insurance_chat.llm.availability import Availability
from insurance_chat.llm.ports import ChatMessage, ChatModel, ChatRequest, ModelUnavailable
from insurance_chat.llm.prompting import block, instructions

log = structlog.get_logger()
PROMPT: Final = "summary v1"
LONGEST: Final = 1200  # letters of a summary
MOST_LINES: Final = 40  # of a chat that got a model late, the older ones are left out
LONGEST_LINE: Final = 300
_MOST_TOKENS = 600
_HERE = Path(__file__).parent
_SPEAKERS = {"user": "клиент", "ai": "ассистент", "agent": "агент", "system": "система"}


class Summaries:
    """Keeps the summaries of chats.

    Args:
        model: the pool of keys.
        availability: who has a key, and which model the assistant uses.
        slots: definitions, to know which facts are names and addresses.
    """

    def __init__(
        self,
        db: Database,
        model: ChatModel,
        availability: Availability,
        slots: Mapping[str, SlotDefinition],
    ) -> None:
        self._db = db
        self._model = model
        self._availability = availability
        self._slots = slots

    async def renew(self, tenant_id: int, conversation_id: int, upto_seq: int) -> None:
        """Sum up the old summary and the lines after it, up to a line of the log.

        Costs the same however long the chat is. Without a model, or when it fails, the old summary
        stays and the next turns order a new one.
        """
        if not self._availability.usable(tenant_id):
            return
        cipher = self._db.cipher
        async with self._db.pool.connection() as connection:
            facts = await kept.facts_of(connection, cipher, tenant_id, conversation_id)
            old = await kept.load(connection, cipher, conversation_id)
            if facts is None or old.upto_seq >= upto_seq:
                return
            lines = await kept.lines(
                connection, cipher, conversation_id, old.upto_seq, upto_seq, MOST_LINES
            )
        text = await self._summed_up(tenant_id, old.text, lines, known_names(facts, self._slots))
        if text:
            async with self._db.pool.connection() as connection:
                summary = kept.Summary(text, upto_seq)
                await kept.store(connection, cipher, conversation_id, summary)

    async def _summed_up(
        self, tenant_id: int, old: str, lines: Sequence[Entry], names: Sequence[str]
    ) -> str:
        if not lines:
            return old
        said = [_line(entry) for entry in lines]
        text = "\n".join(
            part for part in (block("прежняя_запись", [old]), block("новые_строки", said)) if part
        )
        request = ChatRequest(
            tenant_id,
            (ChatMessage("system", instructions(_HERE, PROMPT)), ChatMessage("user", text)),
            model=self._availability.profile(tenant_id).model,
            temperature=0.0,
            max_tokens=_MOST_TOKENS,
            known=whole_and_parts(names),
        )
        try:
            answer = await self._model.complete(request)
        except ModelUnavailable as failure:
            log.info("summary.kept_old", why=failure.why.value)
            return ""
        return bounded(answer.text)


def bounded(text: str) -> str:
    """At most `LONGEST` letters, cut after a whole sentence where there is one."""
    clean = re.sub(r"\s+", " ", text).strip()
    if len(clean) <= LONGEST:
        return clean
    cut = clean[:LONGEST]
    end = max(cut.rfind(sign) for sign in (". ", "! ", "? "))
    return cut[: end + 1] if end > LONGEST // 2 else cut


def _line(entry: Entry) -> str:
    text = str(entry.body.get("text") or "").replace("\n", " ")[:LONGEST_LINE]
    return f"{_SPEAKERS.get(entry.sender.value, entry.sender.value)}: {text}"
