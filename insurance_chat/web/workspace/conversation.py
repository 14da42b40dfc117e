"""One conversation, live. An agent reads it here."""

from __future__ import annotations

from insurance_chat.web.markup import link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.transcript import Transcript


async def build(visit: Visit) -> None:
    """Draw the transcript and follow it.

    Raises:
        ServiceError: `session_not_found`, `page_not_found`.
    """
    show_html(link("← Все чаты", f"{PREFIX}/workspace/chats"), "p")
    note = (
        "Переписка обновляется сама. Здесь её можно читать; ответить клиенту с этой страницы пока "
        "нельзя. Клиенту, который ждёт агента, ассистент уже сообщил, что заявка принята, и "
        "продолжает отвечать на вопросы."
    )
    show_html(tag("p", note, class_="note"))
    await Transcript(visit, visit.uuid(), trace=False).build()
