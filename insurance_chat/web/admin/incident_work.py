"""Work on one incident: take it, correct the knowledge base, close it and tell who reported it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.conversations.incidents import CLIENT, INACCURACY, IncidentView
from insurance_chat.conversations.reports import service as reports
from insurance_chat.conversations.reports.service import Decision, Evidence, Status
from insurance_chat.conversations.types import Entry
from insurance_chat.insurance.insurers import all_insurers
from insurance_chat.web.admin import documents
from insurance_chat.web.admin.incident_evidence import DECISIONS
from insurance_chat.web.admin.knowledge_words import TREE
from insurance_chat.web.markup import link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import PRODUCTS

Redraw = Callable[[str], Awaitable[None]]
_OF_ANSWERS = (Decision.FIXED, Decision.ANSWER_ADDED, Decision.NO_FAULT, Decision.OTHER)
_OF_PEOPLE = (Decision.CONFIRMED, Decision.REJECTED, Decision.OTHER)
_SAID = {
    Decision.FIXED: "Спасибо: мы проверили ответ{about} и исправили его.",
    Decision.ANSWER_ADDED: "Спасибо: мы проверили ответ{about} и исправили его.\n\n{answer}",
    Decision.NO_FAULT: "Спасибо за сообщение. Мы проверили ответ{about}: ошибки в нём нет.",
}
_QUOTED = 120  # characters of a question in a letter


def draw(
    visit: Visit, incident: IncidentView, evidence: Evidence, again: Redraw, written: str
) -> None:
    """Buttons and forms that fit the status of an incident.

    Args:
        again: draws the page anew.
        written: the answer that has just been added to the knowledge base.
    """
    if incident.status == Status.CLOSED:
        _move(visit, incident, Status.OPEN, "Открыть снова", again)
        return
    if incident.status == Status.OPEN:
        _move(visit, incident, Status.IN_WORK, "Взять в работу", again)
    if incident.type == INACCURACY and not written:
        fix = tag("p", link("Исправить в базе знаний", TREE))
        show_html(fix)
        with ui.expansion("Добавить вопрос и ответ").classes("wide"):
            _answer_form(visit, incident, evidence, again)
    _closing_form(visit, incident, evidence, again, written)


def _move(visit: Visit, incident: IncidentView, status: Status, words: str, again: Redraw) -> None:
    async def move() -> None:
        async with visit.unit() as (unit, principal):
            await reports.change(unit, principal, incident.id, status)
        await again("")

    ui.button(words, on_click=visit.action(move)).props("no-caps unelevated")


def _answer_form(visit: Visit, incident: IncidentView, evidence: Evidence, again: Redraw) -> None:
    hint = (
        "Каждый вариант вопроса — с новой строки. Ассистент ответит так всем, кто спросит о том же."
    )
    show_html(tag("p", hint, class_="hint"))
    questions = ui.textarea("Как спрашивают клиенты", value=_text(evidence.question))
    answer = ui.textarea("Верный ответ", value=_text(evidence.answer))
    companies = {"": "Для всех компаний", **{one.slug: one.short for one in all_insurers()}}
    company = ui.select(companies, value="", label="Компания")
    product = ui.select({"": "Для всех продуктов", **PRODUCTS}, value="", label="Продукт")
    for field in (questions, answer, company, product):
        field.props("outlined autogrow" if field in (questions, answer) else "outlined")
        field.classes("wide")

    async def publish() -> None:
        said = str(answer.value or "")
        done = await documents.add_answer(
            visit,
            str(questions.value or "").splitlines(),
            said,
            company.value or None,
            product.value or None,
        )
        ui.notify(f"«{done.title}» опубликован", type="positive")
        if incident.status == Status.OPEN:
            async with visit.unit() as (unit, principal):
                await reports.change(unit, principal, incident.id, Status.IN_WORK)
        await again(said.strip())

    ui.button("Опубликовать ответ", on_click=visit.action(publish)).props("no-caps unelevated")


def _closing_form(
    visit: Visit, incident: IncidentView, evidence: Evidence, again: Redraw, written: str
) -> None:
    about_answer = incident.type == INACCURACY
    fitting = _OF_ANSWERS if about_answer else _OF_PEOPLE
    show_html(tag("h2", "Закрыть инцидент"))
    decision = ui.select({one.value: DECISIONS[one] for one in fitting}, label="Решение")
    comment = ui.textarea("Комментарий для сотрудников").props("outlined autogrow maxlength=4000")
    tells = about_answer and incident.reporter == CLIENT and incident.session_id is not None
    tell = ui.checkbox("Сообщить клиенту в чате", value=tells)
    words = ui.textarea("Что прочитает клиент").props("outlined autogrow maxlength=4000")
    decision.props("outlined").classes("wide")
    comment.classes("wide")
    words.classes("wide").bind_visibility_from(tell, "value")
    tell.set_visibility(tells)

    def suggest() -> None:
        words.value = letter(Decision(decision.value), evidence, written)

    decision.on_value_change(suggest)
    if written:
        decision.value = Decision.ANSWER_ADDED.value

    async def close() -> None:
        async with visit.unit() as (unit, principal):
            await reports.change(
                unit,
                principal,
                incident.id,
                Status.CLOSED,
                decision=Decision(decision.value) if decision.value else None,
                comment=str(comment.value or "").strip(),
                tell=str(words.value or "") if tells and tell.value else "",
            )
        ui.notify("Инцидент закрыт", type="positive")
        await again("")

    ui.button("Закрыть инцидент", on_click=visit.action(close)).props("no-caps unelevated")


def letter(decision: Decision, evidence: Evidence, written: str = "") -> str:
    """What the client who reported an answer is offered to read; the administrator may change it.

    Args:
        written: the right answer, when one has been added.
    """
    asked = " ".join(_text(evidence.question).split())
    if len(asked) > _QUOTED:
        asked = asked[:_QUOTED].rstrip() + "…"
    about = f" на вопрос «{asked}»" if asked else ""
    return _SAID.get(decision, "").format(about=about, answer=written).strip()


def _text(entry: Entry | None) -> str:
    return str(entry.body.get("text") or "") if entry is not None else ""
