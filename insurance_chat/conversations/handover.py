"""The wish for a human: a command with a state, never inferred from text."""

from __future__ import annotations

from uuid import UUID

from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.types import ConversationState, Sender
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service as events

WAITING = (
    "Ожидание агента… Сейчас все агенты заняты. Заявка сохранена: как только агент освободится, "
    "он подключится к этому чату. Пока можно продолжать — я отвечу на вопросы и помогу с оформлением."
)
STILL_WAITING = (
    "Заявка на агента уже принята, она не потерялась. Как только агент освободится, "
    "он подключится к этому чату."
)

BROKEN = (
    "Не получилось обработать сообщение: на нашей стороне произошла ошибка, мы её уже видим. "
    "Я позвал агента. Можно написать ещё раз — всё, что вы рассказали раньше, сохранено."
)


async def request(unit: Unit, principal: Principal, session: UUID, reason: str) -> None:
    """Ask for a human by the button or the API; the client is told in the chat.

    Raises:
        ServiceError: `session_not_found`.
    """
    conversation = await sessions.find(unit, principal, session, lock=True)
    if conversation.state == ConversationState.WITH_AGENT:
        return
    text = WAITING
    if conversation.state == ConversationState.HANDOVER_REQUESTED:
        text = STILL_WAITING
    else:
        await start_waiting(unit, conversation, reason)
    await log.append_message(unit, conversation, Sender.SYSTEM, {"text": text})


async def start_waiting(unit: Unit, conversation: Conversation, reason: str) -> None:
    """Keep the request: the state changes and subscribers hear of it."""
    await log.change_state(unit, conversation, ConversationState.HANDOVER_REQUESTED)
    await announce(unit, conversation.tenant_id, conversation.public_id, reason)


async def announce(unit: Unit, tenant_id: int, session: UUID, reason: str) -> None:
    """Tell subscribers of a request that a turn has already written into the log."""
    await events.record(
        unit,
        tenant_id,
        "chat.handover.requested",
        "user",
        {"sessionId": str(session), "reason": reason},
    )


async def apologise(unit: Unit, conversation: Conversation, key: str) -> None:
    """The assistant has broken down on a message: say so and call a human."""
    if conversation.state != ConversationState.HANDOVER_REQUESTED:
        await start_waiting(unit, conversation, "turn_failed")
    await log.append_message(unit, conversation, Sender.AI, {"text": BROKEN}, key=key)
