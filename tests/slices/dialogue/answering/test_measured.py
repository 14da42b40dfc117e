"""How many honest sentences pass the checks, and that no invented one does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.dialogue.answering.model.check import check
from insurance_chat.dialogue.answering.model.sources import Source
from insurance_chat.dialogue.answering.model.stream import Mark, Unit
from insurance_chat.dialogue.answering.sentences import split_sentences
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.seeding import seed_knowledge

DATA: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "sentences.yml").read_text(encoding="utf-8")
)
QUESTIONS = Path(__file__).parents[4] / "bench" / "data"
SETS = ("knowledge_questions.yml", "knowledge_questions_fresh.yml")
SOURCES = {
    number: Source(number, str(number), "ОСАГО: вопросы", None, one["section"], one["text"])
    for number, one in DATA["passages"].items()
}
REFUSED = [
    pytest.param(one, id=f"{group}-{number}")
    for group, listed in DATA["refused"].items()
    for number, one in enumerate(listed)
]


def said(case: dict[str, Any]) -> Unit:
    return Unit(case["say"], tuple(Mark(number, span) for number, span in case["cite"]))


@pytest.mark.parametrize("case", REFUSED)
def test_no_invented_sentence_passes(case: dict[str, Any]) -> None:
    verdict = check(said(case), SOURCES)
    assert not verdict.ok, verdict


def test_there_are_enough_invented_sentences() -> None:
    assert len(REFUSED) >= 75


def test_most_honest_rewordings_pass() -> None:
    verdicts = [check(said(case), SOURCES) for case in DATA["shown"]]
    refused = [(one.text, one.fault) for one in verdicts if not one.ok]
    assert len(refused) / len(verdicts) <= 0.1, refused


async def test_the_words_of_the_knowledge_base_itself_pass(
    db: Database, tenant_id: int, cipher: Cipher, tmp_path: Path
) -> None:
    async with db.unit() as unit:
        await seed_knowledge(unit, local_file_store(tmp_path, cipher), tenant_id)
    index = KnowledgeIndex(db)
    await index.refresh()
    answerer = ExtractiveAnswerer(index)
    asked = [
        text
        for name in SETS
        for group in yaml.safe_load((QUESTIONS / name).read_text(encoding="utf-8"))
        for text in group["ask"]
    ]
    answered, failed = 0, []
    for question in asked:
        found = await answerer.passages(question, tenant_id=tenant_id)
        if not found:
            continue
        answered += 1
        place = (found[0].title, found[0].section)
        whole = max((one.quote for one in found if (one.title, one.section) == place), key=len)
        whole = whole if found[0].quote in whole else found[0].quote
        source = Source(1, "id", place[0], None, place[1], whole)
        for sentence in split_sentences(found[0].quote):
            verdict = check(Unit(sentence, (Mark(1, sentence),)), {1: source})
            # «Да.» alone says nothing that a citation could prove.
            if not verdict.ok and sentence != "Да.":
                failed.append((sentence, verdict.fault, verdict.detail))
    assert answered >= 200
    assert failed == [], "\n".join(map(str, failed))
