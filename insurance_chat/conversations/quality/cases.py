"""Examples for judging: a turn that went wrong, kept without personal data, with what was right.

`insurance-chat eval --cases` plays them. Body: `{messages, state, history, answer, commands, expected}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import yaml

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import sessions
from insurance_chat.conversations.fold import fold
from insurance_chat.conversations.overview.repository import OverviewRepository
from insurance_chat.conversations.quality.disguise import disguise
from insurance_chat.conversations.quality.repository import CaseRow, EvalCaseRepository
from insurance_chat.conversations.quality.why import find_turn, words
from insurance_chat.conversations.types import EntryKind
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid, not_found
from insurance_chat.core.principal import Principal

HISTORY = 12  # messages before the turn that are kept for an understanding that reads them
LONGEST_TITLE = 200
LONGEST_WORDS = 500
MOST_WORDS = 20
MOST_COMMANDS = 30
_WHOLE = 100_000  # lines of a log that are folded into the state before the turn


@dataclass(frozen=True, slots=True)
class Expected:
    """What should have happened.

    Args:
        commands: each must be among those that are understood: `{"type": "ask_question"}` or
            `{"type": "set_slot", "slot": "year", "value": 2018}`; only the named fields are compared.
        says, not_says: parts of the answer; letter case does not matter.
        comment: how it should have been answered, for people.
    """

    commands: list[dict[str, Any]] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    not_says: list[str] = field(default_factory=list)
    comment: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "commands": self.commands,
            "says": self.says,
            "not_says": self.not_says,
            "comment": self.comment,
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """A turn as it would be kept, nobody's data in it any more.

    Args:
        commands: what was understood then.
        answer: what was answered then.
    """

    title: str
    messages: list[str]
    answer: str
    commands: list[dict[str, Any]]
    state: dict[str, Any]
    history: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A kept example.

    Args:
        session: the chat it came from; None when that is gone.
    """

    id: UUID
    title: str
    session: UUID | None
    seq: int
    author: str | None
    created_at: datetime
    messages: list[str]
    answer: str
    commands: list[dict[str, Any]]
    state: dict[str, Any]
    history: list[dict[str, str]]
    expected: Expected

    def script(self) -> dict[str, Any]:
        """A dialogue script that plays this turn; see docs/contributor/evaluation.md."""
        expect: dict[str, Any] = {}
        if self.expected.commands:
            expect["understood"] = self.expected.commands
        if self.expected.says:
            expect["says"] = self.expected.says
        if self.expected.not_says:
            expect["not_says"] = self.expected.not_says
        start = {"state": self.state, "history": self.history}
        return {
            "about": self.expected.comment or self.title,
            "start": start,
            "steps": [{"client": self.messages}, {"expect": expect}],
            "end": "any",
        }

    def yaml(self) -> str:
        """The script as a file."""
        return yaml.safe_dump(self.script(), allow_unicode=True, sort_keys=False, width=100)


@dataclass(frozen=True, slots=True)
class CasePage:
    """A page of examples; `total` counts all."""

    rows: list[CaseView]
    total: int


async def propose(unit: Unit, principal: Principal, session: UUID, seq: int) -> Proposal:
    """What an example of a turn would hold, for the administrator to read before it is kept.

    Args:
        seq: line of the answer in the log.

    Raises:
        ServiceError: `forbidden`, `session_not_found`, `answer_not_found`; `no_words` when nothing
            that the client wrote led to this answer.
    """
    found = await find_turn(unit, principal, session, seq)
    if found.turn is None or not found.asked:
        raise invalid("no_words", "Этот ответ дан не на слова клиента, примером он быть не может.")
    conversation = await sessions.find(unit, principal, session)
    lines = await OverviewRepository(unit, principal.tenant_id).lines(
        conversation.id, (EntryKind.DIALOGUE,), before=found.turn.seq, limit=_WHOLE
    )
    state = fold(line.body["changes"] for line in lines if "changes" in line.body)
    body = {
        "messages": [words(entry) for entry in found.asked],
        "answer": str(found.answer.body.get("text") or ""),
        "commands": list(found.turn.body.get("commands") or []),
        "state": state,
        "history": [
            {"sender": entry.sender.value, "text": words(entry)}
            for entry in found.before[-HISTORY:]
        ],
    }
    learnt = (found.turn.body.get("changes") or {}).get("slots") or {}
    told = {"before": state.get("slots") or {}, "now": learnt}
    safe = disguise(body, told)
    title = " ".join(" ".join(safe["messages"]).split())[:LONGEST_TITLE]
    return Proposal(title=title, **safe)


async def add(
    unit: Unit,
    principal: Principal,
    session: UUID,
    seq: int,
    expected: Expected,
    *,
    title: str = "",
    messages: list[str] | None = None,
) -> CaseView:
    """Keep a turn as an example.

    Args:
        seq: line of the answer in the log.
        title: empty takes the client's words.
        messages: the client's words as the administrator has edited them; None keeps them.

    Raises:
        ServiceError: as `propose`; `eval_case_invalid` when nothing is expected or too much.
    """
    _check(expected)
    proposal = await propose(unit, principal, session, seq)
    kept = [one.strip() for one in messages or [] if one.strip()] or proposal.messages
    body = {
        "messages": kept,
        "answer": proposal.answer,
        "commands": proposal.commands,
        "state": proposal.state,
        "history": proposal.history,
        "expected": expected.document(),
    }
    conversation = await sessions.find(unit, principal, session)
    name = (title.strip() or proposal.title)[:LONGEST_TITLE]
    case = await EvalCaseRepository(unit, principal.tenant_id).add(
        conversation.id, seq, name, body, principal.user_id
    )
    await audit.record(
        unit, principal, "eval_case.added", f"eval_case:{case.public_id}", {"title": name}
    )
    return _view(CaseRow(case, body, session, None))


async def list_cases(
    unit: Unit, principal: Principal, *, offset: int = 0, limit: int = 25
) -> CasePage:
    """Examples, latest first.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    rows, total = await EvalCaseRepository(unit, principal.tenant_id).page(offset, limit)
    return CasePage([_view(row) for row in rows], total)


async def read_case(unit: Unit, principal: Principal, case: UUID) -> CaseView:
    """One example.

    Raises:
        ServiceError: `forbidden`, `eval_case_not_found`.
    """
    return _view(await _find(unit, principal, case))


async def export(unit: Unit, principal: Principal, case: UUID) -> CaseView:
    """Take an example out as a file; the audit log remembers who did.

    Raises:
        ServiceError: `forbidden`, `eval_case_not_found`.
    """
    found = await _find(unit, principal, case)
    await audit.record(unit, principal, "eval_case.exported", f"eval_case:{case}")
    return _view(found)


async def remove(unit: Unit, principal: Principal, case: UUID) -> None:
    """Forget an example.

    Raises:
        ServiceError: `forbidden`, `eval_case_not_found`.
    """
    found = await _find(unit, principal, case)
    await EvalCaseRepository(unit, principal.tenant_id).delete(found.case)
    await audit.record(
        unit, principal, "eval_case.removed", f"eval_case:{case}", {"title": found.case.title}
    )


async def _find(unit: Unit, principal: Principal, case: UUID) -> CaseRow:
    access.require(principal, Permission.READ_ALL_CHATS)
    found = await EvalCaseRepository(unit, principal.tenant_id).by_public_id(case)
    if found is None:
        raise not_found("eval_case_not_found", "Такого примера нет.")
    return found


def _check(expected: Expected) -> None:
    if not (expected.commands or expected.says or expected.not_says):
        raise invalid(
            "eval_case_invalid",
            "Укажите, что нужно было понять или какие слова должны быть в ответе.",
        )
    lists = (expected.says, expected.not_says, [expected.comment])
    too_long = any(len(one) > LONGEST_WORDS for part in lists for one in part)
    if (
        too_long
        or len(expected.commands) > MOST_COMMANDS
        or any(len(p) > MOST_WORDS for p in lists)
    ):
        raise invalid(
            "eval_case_invalid", f"До {MOST_WORDS} фраз, каждая до {LONGEST_WORDS} знаков."
        )


def _view(row: CaseRow) -> CaseView:
    body: Mapping[str, Any] = row.body
    return CaseView(
        id=row.case.public_id,
        title=row.case.title,
        session=row.session,
        seq=row.case.seq,
        author=row.author,
        created_at=row.case.created_at,
        messages=list(body["messages"]),
        answer=body["answer"],
        commands=list(body["commands"]),
        state=dict(body["state"]),
        history=list(body["history"]),
        expected=Expected(**body["expected"]),
    )
