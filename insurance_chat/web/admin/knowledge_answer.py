"""A dialog in which an administrator writes a question with its answer."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from insurance_chat.knowledge.editing import tags_from
from insurance_chat.knowledge.service import Committed
from insurance_chat.web.admin import documents
from insurance_chat.web.admin.knowledge_words import companies, products
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.session import Visit


async def ask(visit: Visit, questions: Sequence[str]) -> Committed | None:
    """Let the administrator write and publish an answer; None when they thought better of it.

    Args:
        questions: ways to ask that are there already.
    """
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Вопрос и ответ"
        ui.label("Вопрос и ответ").classes("ask-title")
        ui.label("Каждый вариант вопроса — с новой строки. Ассистент ответит так всем клиентам.")
        asked = ui.textarea("Как спрашивают клиенты", value="\n".join(questions))
        answer = ui.textarea("Ответ")
        company = ui.select(companies(), value="", label="Компания")
        goods = ui.select(products(), value="", label="Продукт")
        tags = ui.input("Метки через запятую")
        for field in (asked, answer, company, goods, tags):
            field.props("outlined autogrow" if field in (asked, answer) else "outlined")
            field.classes("wide")

        async def publish() -> None:
            done = await documents.add_answer(
                visit,
                str(asked.value or "").splitlines(),
                str(answer.value or ""),
                company.value or None,
                goods.value or None,
                tags_from(str(tags.value or "")),
            )
            ui.notify(f"«{done.title}» опубликован", type="positive")
            dialog.submit(done)

        with ui.row().classes("ask-buttons"):
            refuse = ui.button("Не сейчас", on_click=lambda: dialog.submit(None), color=None)
            refuse.props("flat no-caps").classes("quiet-button")
            ui.button("Опубликовать ответ", on_click=visit.action(publish)).props(
                "no-caps unelevated"
            )
    done = await answer_of(dialog)
    return done if isinstance(done, Committed) else None
