"""What the client is told about the way to a human."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BROKEN = (
    "Не получилось обработать сообщение: на нашей стороне произошла ошибка, мы её уже видим. "
    "Я позвал агента. Можно написать ещё раз — всё, что вы рассказали раньше, сохранено."
)
GO_ON = "Пока можно продолжать: я отвечу на вопросы и помогу с оформлением."
NOBODY = (
    "К сожалению, пока никто из агентов не подключился. Заявка остаётся в очереди, ответ придёт "
    "в этот чат: страницу можно закрыть и вернуться позже. А пока я готов помогать сам."
)
LOST = "Связь с агентом прервалась. Ожидание агента… Заявка снова первая в очереди."
CLOSED = (
    "Агент {name} завершил разговор. Если появятся вопросы, просто напишите: отвечу я или агент."
)
RETURNED = "Агент {name} вышел из чата. Дальше снова отвечает ассистент."
JOINED = "К чату подключился агент {name}."
TRANSFERRED = "{name} передаёт разговор коллеге: {to}. Ожидание агента…"
TRANSFERRED_ANY = "{name} передаёт разговор другому агенту. Ожидание агента…"


class Asked(StrEnum):
    """What became of the wish for one certain agent."""

    FREE = "free"
    AWAY = "away"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a client who wants a human can expect.

    Args:
        position: place in the queue, from 1.
        free: agents who could come now.
        opens: when agents are back, in words; None when it is working time.
        again: the request was there before.
        name: the agent who was asked for, as registered, when they were found.
        asked: what became of a wish for one agent; None when there was no such wish.
        operator_id: the agent who is asked first.
    """

    position: int
    free: int
    opens: str | None = None
    again: bool = False
    name: str | None = None
    asked: Asked | None = None
    operator_id: int | None = None


def waiting(outlook: Outlook) -> str:
    """The notice of a request; it always begins with the agreed words."""
    parts = ["Ожидание агента…"]
    if outlook.again:
        parts.append("Заявка уже принята, она не потерялась.")
    if outlook.asked is Asked.FREE:
        parts.append(f"Зову агента по вашей просьбе: {outlook.name}.")
    elif outlook.asked is Asked.AWAY:
        parts.append(f"Передам заявку агенту, как только он появится: {outlook.name}.")
    elif outlook.asked is Asked.UNKNOWN:
        parts.append("Агента с таким именем не нашёл, поэтому зову любого свободного.")
    parts += [f"Номер в очереди: {outlook.position}.", _when(outlook), GO_ON]
    return " ".join(parts)


def _when(outlook: Outlook) -> str:
    if outlook.opens is not None:
        return (
            f"Сейчас агенты не работают, они будут на связи {outlook.opens}. "
            "Заявка сохранена, ответ придёт в этот чат."
        )
    if outlook.free or outlook.asked is Asked.AWAY:
        return "Заявка сохранена, агент подключится к этому чату."
    return (
        "Сейчас свободных агентов нет. Заявка сохранена: как только агент освободится, "
        "он подключится к этому чату."
    )


#: Why a human was wanted, for the staff.
REASONS = {
    "client_asked": "Клиент просит агента.",
    "button": "Клиент нажал «Позвать агента».",
    "complaint": "Клиент недоволен и просит агента.",
    "unclear": "Ассистент не понял клиента.",
    "angry": "Клиент сердится.",
    "turn_failed": "У ассистента сбой, клиент остался без ответа.",
    "agent_lost": "У агента прервалась связь, клиент остался один.",
    "transfer": "Коллега передаёт разговор.",
    "consent_withdrawn": "Клиент отозвал согласие на обработку данных.",
    "commercial_use": "Машина для такси, аренды или перевозок: оформляет агент.",
    "paid": "Клиент говорит, что оплатил, а заказа не видно.",
    "paid_not_issued": "Полис оплачен, но не выпущен.",
    "agent_came": "Вы подключились сами.",
    "owner_wrote": "Хозяин аккаунта ответил клиенту сам.",
}


def reason_words(reason: str) -> str:
    """Why a client wants a human, in a short sentence for the staff."""
    return REASONS.get(reason, "Нужна помощь агента.")
