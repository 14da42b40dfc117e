"""A model answerer over real HTTP against the emulated model, with the seeded knowledge base."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.dialogue.answering.grounded import Answer, ExtractiveAnswerer
from insurance_chat.dialogue.answering.model.answerer import ModelAnswerer
from insurance_chat.dialogue.answering.ports import Asking, Show
from insurance_chat.dialogue.answering.quotation import QuotingAnswerer
from insurance_chat.dialogue.trace import Trace
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.seeding import seed_knowledge
from insurance_chat.llm.availability import Availability
from tests.slices.llm.conftest import Desk, desk, sandbox_url  # noqa: F401

QUESTION = "Надо ли печатать электронный полис?"


@pytest.fixture(scope="module")
async def index(
    db: Database, tenant_id: int, cipher: Cipher, tmp_path_factory: pytest.TempPathFactory
) -> KnowledgeIndex:
    files = local_file_store(tmp_path_factory.mktemp("files"), cipher)
    async with db.unit() as unit:
        await seed_knowledge(unit, files, tenant_id)
    made = KnowledgeIndex(db)
    await made.refresh()
    return made


@dataclass
class Room:
    """Somebody asks, a scripted model answers."""

    desk: Desk
    index: KnowledgeIndex
    seen: list[str] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    watch: Show | None = None

    async def model_says(self, *texts: str, **more: Any) -> None:
        """What the model answers to the next calls."""
        for text in texts:
            await self.desk.script(text=text, **more)

    async def ask(self, question: str = QUESTION, **more: Any) -> Answer:
        """Ask as a client who watches the answer grow."""
        availability = Availability(self.desk.db, self.desk.settings)
        await availability.refresh()
        quoting = QuotingAnswerer(ExtractiveAnswerer(self.index))
        answerer = ModelAnswerer(quoting, self.desk.model, availability)
        self.seen, self.trace = [], Trace()
        asking = Asking(
            question,
            tenant_id=self.desk.tenant_id,
            contact_id=1,
            trace=self.trace,
            show=self._see,
            **more,
        )
        answer = await answerer.answer_within(asking, None)
        grown = [b.startswith(a) for a, b in zip(self.seen, self.seen[1:], strict=False)]
        assert all(grown), self.seen
        assert not self.seen or answer.text == self.seen[-1]
        return answer

    def _see(self, text: str) -> None:
        self.seen.append(text)
        if self.watch is not None:
            self.watch(text)

    async def prompts(self) -> list[list[dict[str, Any]]]:
        """Messages that reached the model."""
        return [one["body"]["messages"] for one in await self.desk.asked()]

    @property
    def by(self) -> str:
        """Who wrote the last answer."""
        return str(self.trace.of("answer")[-1]["by"])


@pytest.fixture
async def room(desk: Desk, index: KnowledgeIndex) -> Room:  # noqa: F811
    await desk.key("sk-answers-0001")
    return Room(desk, index)
