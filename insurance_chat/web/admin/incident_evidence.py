"""What an incident is about: the question, the answer, its sources, the trace; what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from insurance_chat.conversations.incidents import IncidentView
from insurance_chat.conversations.reports.service import Decision, Evidence
from insurance_chat.conversations.types import Entry
from insurance_chat.web.admin.knowledge_words import page_of
from insurance_chat.web.downloads import source_path
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.trace import trace_line
from insurance_chat.web.words import moment

DECISIONS: dict[str, str] = {
    Decision.FIXED: "Исправлено в базе знаний",
    Decision.ANSWER_ADDED: "Добавлен вопрос и ответ",
    Decision.NO_FAULT: "Ошибки нет, ответ верный",
    Decision.CONFIRMED: "Подтвердилось, меры приняты",
    Decision.REJECTED: "Не подтвердилось",
    Decision.OTHER: "Другое",
}
_STEPS = {"open": "открыт снова", "in_work": "взят в работу", "closed": "закрыт"}


def shown(evidence: Evidence) -> Markup:
    """The exchange that was reported."""
    parts = [tag("h2", "Что было в чате"), _said("Вопрос клиента", evidence.question)]
    parts.append(_said("Ответ ассистента", evidence.answer))
    if evidence.citations:
        cards = [_citation(card) for card in evidence.citations]
        parts += [tag("h3", "Источники ответа"), tag("ul", *cards, class_="cards")]
    else:
        parts.append(tag("p", "Ответ дан без ссылки на базу знаний.", class_="hint"))
    if evidence.trace:
        lines = [tag("li", trace_line(entry), class_="line dialogue") for entry in evidence.trace]
        parts += [tag("h3", "Ход разговора"), tag("ol", *lines, class_="transcript")]
    return join(*parts)


def _said(title: str, entry: Entry | None) -> Markup:
    text = str(entry.body.get("text") or "") if entry is not None else ""
    when = moment(entry.created_at) if entry is not None else ""
    return tag(
        "div",
        tag("p", tag("b", title), " ", tag("time", when), class_="by"),
        tag("div", text or "нет в переписке", class_="said"),
        class_="answer",
    )


def _citation(card: dict[str, Any]) -> Markup:
    title = str(card.get("title") or "документ")
    page = f", стр. {card['page']}" if card.get("page") else ""
    document = card.get("documentId")
    links = None
    if document:
        links = tag(
            "p",
            link("Открыть исходный файл", source_path(str(document)), target="_blank"),
            " · ",
            link("Исправить в базе знаний", page_of(str(document))),
        )
    quote = tag("blockquote", str(card.get("quote") or ""))
    return tag("li", tag("b", f"{title}{page}"), quote, links)


def history(incident: IncidentView) -> Markup | None:
    """Who did what about an incident."""
    steps = incident.resolution.get("history") or []
    if not steps:
        return None
    return join(tag("h3", "Что сделано"), tag("ul", *(_step(step) for step in steps)))


def _step(step: dict[str, Any]) -> Markup:
    words = [moment(datetime.fromisoformat(step["at"])), _STEPS.get(step["status"], "изменён")]
    if step.get("by"):
        words.append(str(step["by"]))
    decision = step.get("decision")
    if decision:
        words.append(DECISIONS.get(decision, str(decision)))
    if step.get("comment"):
        words.append(f"«{step['comment']}»")
    return tag("li", " · ".join(words))
