"""Questions and answers that administrators write by hand: documents of one answer each.

The same words of a client find such an answer before any other document: it was written because
another one had answered wrongly.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import yaml

from insurance_chat.core.errors import invalid
from insurance_chat.knowledge.asked import AskedQuestions
from insurance_chat.knowledge.passages import WHOLE_ANSWER
from insurance_chat.knowledge.words import Question, read_question

KIND = "question-and-answer"
FILE_NAME = "question-and-answer.md"
MOST_QUESTIONS = 10
LONGEST_QUESTION = 250  # characters; the title of a document holds 300
SAME_QUESTION = 0.9  # likeness from which a question counts as the one that was answered
SAME_WEIGHT = 1.0  # what that adds to the score of a passage


@dataclass(frozen=True, slots=True)
class Written:
    """One way to ask, and the passage with its answer."""

    passage_id: int
    document_id: int
    question: str


class WrittenAnswers:
    """The questions that one tenant's administrators have answered by hand.

    Args:
        known: questions that tell how rare words are.
    """

    def __init__(self, known: AskedQuestions) -> None:
        self._known = known
        self._entries: tuple[Written, ...] = ()
        self._asked: AskedQuestions | None = None

    def change(self, gone: Collection[int], added: Sequence[Written]) -> None:
        """Forget the entries of documents and take in new ones."""
        kept = [entry for entry in self._entries if entry.document_id not in gone]
        if len(kept) == len(self._entries) and not added:
            return
        self._entries = (*kept, *added)
        pairs = [(entry.question, str(entry.passage_id)) for entry in self._entries]
        self._asked = AskedQuestions(pairs, weighed_by=self._known) if pairs else None

    def nearest(self, question: Question) -> dict[int, float]:
        """Passages whose question is like this one, with the likeness, 0..1."""
        if self._asked is None:
            return {}
        return {int(place): x for place, x in self._asked.nearest(question).places.items()}


def compose(questions: Sequence[str], answer: str) -> bytes:
    """A Markdown file for `service.upload`; a question written before replaces its old answer.

    Args:
        questions: ways to ask, the main one first; empty ones are left out.
        answer: what clients and agents read, at most 3000 characters.

    Raises:
        ServiceError: `kb_questions`, `kb_answer` with a Russian explanation.
    """
    asked = list(dict.fromkeys(filter(None, (_question(one) for one in questions))))
    if not asked or not all(read_question(one).stems for one in asked):
        raise invalid("kb_questions", "Напишите вопрос словами, как его задают клиенты.")
    if len(asked) > MOST_QUESTIONS or max(map(len, asked)) > LONGEST_QUESTION:
        raise invalid("kb_questions", "Не больше десяти вопросов, каждый до 250 знаков.")
    said = answer.strip()
    if not said or len(said) > WHOLE_ANSWER:
        raise invalid("kb_answer", "Напишите ответ, до 3000 знаков.")
    front = yaml.safe_dump(
        {"title": f"Вопрос и ответ: {asked[0]}", "kind": KIND}, allow_unicode=True, width=1000
    )
    sections = "\n".join(f"## {one}\n\n{_plain(said)}\n" for one in asked)
    return f"---\n{front}---\n\n{sections}".encode()


def _question(text: str) -> str:
    words = " ".join(text.split()).lstrip("#").strip().rstrip("?.! ")
    return f"{words}?" if words else ""


def _plain(answer: str) -> str:
    """The answer as one section: nothing in it opens another one or a comment."""
    lines = [f"\\{line}" if line.startswith("#") else line for line in answer.splitlines()]
    return "\n".join(lines).replace("<!--", "<! --")
