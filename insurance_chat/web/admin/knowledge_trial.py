"""«Что ответит ассистент до и после»: questions to a preview that nobody has published."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.core.errors import invalid
from insurance_chat.dialogue.answering.grounded import Answer, ExtractiveAnswerer
from insurance_chat.knowledge import editing, trial
from insurance_chat.knowledge.editing import Fields
from insurance_chat.knowledge.search import Audience
from insurance_chat.web import tables
from insurance_chat.web.admin.knowledge_words import source_link
from insurance_chat.web.markup import Markup, tag
from insurance_chat.web.session import Visit


def draw(visit: Visit, document_id: str, save: Callable[[], Awaitable[None]]) -> None:
    """Draw the field and the two answers.

    Args:
        document_id: the preview.
        save: stores what stands in the form, so that the trial is of that.
    """
    with ui.element("section").classes("panel"):
        tables.show_html(tag("span", "4. Что ответит ассистент до и после"), "h2")
        hint = "Задайте вопрос, как клиент. Документ при этом не публикуется."
        tables.show_html(tag("p", hint, class_="hint"))
        with ui.row().classes("link-row"):
            question = ui.input("Вопрос для проверки").props("outlined dense").classes("grow")
            button = ui.button("Спросить", color=None)
            button.props("no-caps outline").classes("quiet-button")
        shown = ui.html("", sanitize=False).props("role=status")

    trials = _Trials(visit, document_id)

    async def ask() -> None:
        words = str(question.value or "").strip()
        if not words:
            raise invalid("kb_question", "Напишите вопрос.")
        await save()
        button.props("loading")
        try:
            shown.set_content(await trials.both(words))
        finally:
            button.props(remove="loading")

    question.on("keydown.enter", visit.action(ask))
    button.on_click(visit.action(ask))


class _Trials:
    """Answers with and without the preview; it is indexed again only when its fields have changed."""

    def __init__(self, visit: Visit, document_id: str) -> None:
        self._visit, self._id = visit, document_id
        self._of: Fields | None = None
        self._after: ExtractiveAnswerer | None = None

    async def both(self, question: str) -> Markup:
        """Ask both."""
        async with self._visit.unit() as (unit, principal):
            fields = (await editing.read(unit, principal, self._id)).fields
        services = self._visit.services
        if self._after is None or fields != self._of:
            index = await trial.try_out(services.db, services.knowledge, principal, self._id)
            self._after, self._of = ExtractiveAnswerer(index), fields
        public = fields.visibility == editing.PUBLIC
        audience: Audience = "public" if public else "agents"
        now, after = [
            await answerer.answer(question, tenant_id=principal.tenant_id, audience=audience)
            for answerer in (services.answerer, self._after)
        ]
        return _sides(now, after, public=public)


def _sides(now: Answer, after: Answer, *, public: bool) -> Markup:
    who = None if public else "Клиенты этот документ не увидят: ответы — для агентов."
    return tag(
        "div",
        tag("p", who, class_="hint") if who else None,
        tag("p", "Ответ не изменится.", class_="hint") if now.text == after.text else None,
        tag("div", _side("Сейчас", now), _side("После публикации", after), class_="sides"),
    )


def _side(title: str, answer: Answer) -> Markup:
    said = answer.text or "Ассистент не знает ответа и предложит агента."
    sources = [
        tag("p", one.title, " ", source_link(one.document_id, one.title, one.page), class_="hint")
        for one in answer.citations
    ]
    return tag("div", tag("h3", title), tag("p", said, class_="said"), *sources, class_="side")
