"""The agent's side of a handover: who waits, taking a chat, passing it on, giving it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter

from insurance_chat.api import present
from insurance_chat.api.deps import Caller, Opened, SessionId
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Key, Model, session_id
from insurance_chat.api.v1.chat import ChatSession
from insurance_chat.conversations.handover import claiming, queue
from insurance_chat.conversations.handover.claiming import Outcome
from insurance_chat.conversations.handover.queue import Waiting

router = APIRouter(tags=["handover"])


class ReleaseRequest(Model):
    """How the agent leaves: back to the assistant, or the conversation is over."""

    outcome: Literal["returned", "closed"] = "returned"


class TransferRequest(Model):
    """To which colleague; nobody named means whoever takes it first."""

    agent_id: Key | None = None


class WaitingChat(Model):
    """A client who waits for a human, or a chat that the caller leads."""

    session_id: str
    reason: str
    since: datetime
    for_me: bool
    channel: str
    prefer_voice: bool


class TakenChat(Model):
    """A request that another agent has taken in the last minutes."""

    session_id: str
    agent_name: str
    text: str


class Queue(Model):
    """The queue as the caller sees it; `waiting` in the order the requests came."""

    waiting: list[WaitingChat]
    held: list[WaitingChat]
    taken: list[TakenChat]


@router.get(
    "/v1/handover/queue",
    summary="Queue for a human",
    response_model=Queue,
    responses=refusals(401, 403),
)
async def read_queue(unit: Opened, caller: Caller) -> dict[str, Any]:
    """Who waits, what the caller leads, and what others have just taken."""
    desk = await queue.look(unit, caller)
    return {
        "waiting": [_row(row) for row in desk.waiting],
        "held": [_row(row) for row in desk.held],
        "taken": [
            {"sessionId": str(row.session), "agentName": row.agent, "text": row.text}
            for row in desk.taken
        ],
    }


def _row(row: Waiting) -> dict[str, Any]:
    return {
        "sessionId": str(row.session),
        "reason": row.reason,
        "since": present.moment(row.since),
        "forMe": row.for_me,
        "channel": row.channel,
        "preferVoice": row.prefer_voice,
    }


@router.post(
    "/v1/chat/sessions/{id}/handover/claim",
    summary="Claim a chat",
    response_model=ChatSession,
    responses=refusals(401, 403, 404, 409),
)
async def claim(unit: Opened, caller: Caller, id: SessionId) -> dict[str, Any]:
    """Take a chat: the first claim wins, the others get 409 with who has it."""
    return present.session(await claiming.claim(unit, caller, id), caller)


@router.post(
    "/v1/chat/sessions/{id}/handover/release",
    summary="Release a chat",
    response_model=ChatSession,
    responses=refusals(401, 403, 404, 409),
)
async def release(
    unit: Opened, caller: Caller, id: SessionId, body: ReleaseRequest | None = None
) -> dict[str, Any]:
    """End the human's part; the assistant goes on where it stood."""
    outcome = Outcome(body.outcome) if body is not None else Outcome.RETURNED
    return present.session(await claiming.release(unit, caller, id, outcome), caller)


@router.post(
    "/v1/chat/sessions/{id}/handover/transfer",
    summary="Pass a chat on",
    response_model=ChatSession,
    responses=refusals(401, 403, 404, 409),
)
async def transfer(
    unit: Opened, caller: Caller, id: SessionId, body: TransferRequest | None = None
) -> dict[str, Any]:
    """Pass a chat on to one colleague or to whoever takes it first."""
    to = session_id(body.agent_id) if body is not None and body.agent_id else None
    return present.session(await claiming.transfer(unit, caller, id, to), caller)
