"""«Почему так ответил?» for programs of the administrator."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from insurance_chat.api.deps import Caller, Opened
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Model, session_id
from insurance_chat.conversations.quality.why import why

router = APIRouter(tags=["admin"])
MOST_LINES = 2**31 - 1


class Explanation(Model):
    """One answer of the assistant and how its turn came to it."""

    session_id: str
    seq: int
    created_at: datetime
    said: list[str] = Field(description="Слова клиента, на которые дан ответ.")
    answer: str
    commands: list[dict[str, Any]] = Field(description="Что понято: `{type, …}`.")
    citations: list[dict[str, Any]] = Field(description="Источники, показанные клиенту.")
    notes: list[dict[str, Any]] = Field(description="Ход ответа по порядку: `{kind, at_ms, …}`.")
    milliseconds: float | None = Field(description="Сколько длился ответ; null — ход не записан.")
    changes: dict[str, Any] = Field(description="Что изменилось в состоянии разговора.")


@router.get(
    "/v1/admin/chats/{id}/messages/{seq}/why",
    summary="Why the assistant answered so",
    response_model=Explanation,
    responses=refusals(401, 403, 404, 422),
)
async def explain_answer(
    unit: Opened,
    caller: Caller,
    session: Annotated[str, Path(alias="id", description="Номер чата.")],
    seq: Annotated[
        int, Path(ge=1, le=MOST_LINES, description="Номер строки ответа: `seq` сообщения.")
    ],
) -> dict[str, Any]:
    """What was understood, found, checked and done before an answer; the audit log remembers it."""
    shown = await why(unit, caller, session_id(session), seq)
    return {
        "sessionId": str(shown.session),
        "seq": shown.seq,
        "createdAt": shown.at,
        "said": shown.said,
        "answer": shown.answer,
        "commands": shown.commands,
        "citations": shown.citations,
        "notes": shown.notes,
        "milliseconds": shown.ms,
        "changes": shown.changes,
    }
