"""A language model looks at what the rules are not sure about; its quotation must be in the message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

import structlog
from pydantic import BaseModel, Field

from insurance_chat.core.db.unit import Database
from insurance_chat.llm import profile as profiles
from insurance_chat.llm.ports import ChatMessage, ChatModel, ChatRequest
from insurance_chat.llm.prompting import block, instructions
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.operators.pull_away.ports import Question
from insurance_chat.operators.pull_away.types import Level

log = structlog.get_logger()
NAME: Final = "second_opinion v1"
LONGEST = 4000  # characters of a message that are shown
MOST_TOKENS = 200
_SPACES = re.compile(r"\s+")


class Opinion(BaseModel):
    """What the model answers."""

    level: Literal["ok", "warn", "block"]
    quote: str = Field(max_length=LONGEST)


class ModelOpinion:
    """A `SecondOpinion` of the tenant's language model.

    Args:
        db: where the assistant's profile is read; no transaction is open while the model reads.
        model: answers.
        settings: the profile while nobody has changed it.
        seconds: how long the agent's message may wait for it.
    """

    def __init__(
        self, db: Database, model: ChatModel, settings: LlmSettings, seconds: float
    ) -> None:
        self._db = db
        self._model = model
        self._settings = settings
        self._seconds = seconds

    async def look(self, question: Question) -> Level:
        """See the port; without a verbatim quotation a suspicion counts for nothing."""
        async with self._db.unit() as unit:
            profile = await profiles.load(unit, question.tenant_id, self._settings)
        request = ChatRequest(
            question.tenant_id,
            _prompt(question),
            model=profile.model,
            temperature=0,
            max_tokens=MOST_TOKENS,
            output=Opinion,
            known=question.names,
            budget_seconds=self._seconds,
        )
        answer = await self._model.complete(request)
        opinion = answer.parsed
        if not isinstance(opinion, Opinion) or not _is_quoted(opinion.quote, question.text):
            return question.verdict.level
        log.info("pull_away.second_opinion", prompt=NAME, level=opinion.level)
        return Level(opinion.level)


def _prompt(question: Question) -> tuple[ChatMessage, ...]:
    blocks = (
        block("признаки", question.verdict.reasons),
        block("сообщение", [question.text[:LONGEST]]),
    )
    return (
        ChatMessage("system", instructions(Path(__file__).parent, NAME)),
        ChatMessage("user", "\n".join(filter(None, blocks))),
    )


def _is_quoted(quote: str, text: str) -> bool:
    words = _flat(quote)
    return bool(words) and words in _flat(text)


def _flat(text: str) -> str:
    # The prompt shows other brackets than the agent typed, and so does a quotation.
    return _SPACES.sub(" ", text.replace("<", "‹").replace(">", "›")).strip(' .,!?«»"').lower()
