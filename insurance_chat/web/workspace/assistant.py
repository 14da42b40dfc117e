"""«Узнать у ИИ»: an agent's own question to the knowledge base, with documents for agents only."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.dialogue.answering.grounded import Answer, Citation
from insurance_chat.web import tables
from insurance_chat.web.downloads import source_path
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import Visit

LONGEST = 1000


async def build(visit: Visit) -> None:
    """Draw the question field; answers appear under it, the latest on top."""
    tables.show_html(
        tag(
            "p",
            "Ответ — цитата из базы знаний, вместе с документами только для агентов. "
            "Клиент этого вопроса и ответа не видит.",
            class_="lead",
        )
    )
    with ui.element("div").classes("question"):
        field = ui.input("Вопрос").props(f"outlined autofocus maxlength={LONGEST}").classes("grow")
        button = ui.button("Спросить", icon="search").props("no-caps unelevated")
    answers = ui.element("div").classes("answers").props('aria-live="polite"')
    with answers:
        tables.empty(
            "Спросите что-нибудь",
            "Например: «Как проверить электронный полис?» или «Можно ли вернуть деньги за полис?»",
        )
    asked: list[str] = []

    async def ask() -> None:
        question = (field.value or "").strip()
        if not question:
            return
        async with visit.unit() as (_, principal):
            access.require(principal, Permission.USE_ASSIST)
        button.disable()
        try:
            answer = await visit.services.answerer.answer(
                question, tenant_id=principal.tenant_id, audience="agents"
            )
        finally:
            button.enable()
        if not asked:
            answers.clear()
        asked.append(question)
        with answers:
            tables.show_html(_shown(question, answer), "article", "answer").move(target_index=0)
        field.value = ""

    handler = visit.action(ask)
    button.on_click(handler)
    field.on("keydown.enter", handler)


def _shown(question: str, answer: Answer) -> Markup:
    if not answer.confident:
        return join(
            tag("h2", question),
            tag(
                "p", "В базе знаний ответа нет. Спросите иначе или добавьте документ по этой теме."
            ),
        )
    sources = [_source(citation) for citation in answer.citations]
    return join(
        tag("h2", question),
        tag("p", answer.text, class_="said"),
        tag("p", "Источники", class_="side-title"),
        tag("ul", *sources, class_="cards"),
    )


def _source(citation: Citation) -> Markup:
    place = f", стр. {citation.page}" if citation.page else ""
    section = f" — {citation.section}" if citation.section else ""
    opened = link(citation.title, source_path(citation.document_id), target="_blank")
    return tag("li", opened, f"{place}{section}")
