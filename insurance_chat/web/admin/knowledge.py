"""The knowledge base as a tree: company, product, documents."""

from __future__ import annotations

import json

from nicegui import ui

from insurance_chat.insurance.policies import company_name
from insurance_chat.knowledge import library
from insurance_chat.knowledge.library import GENERAL, CompanyBranch, Offer
from insurance_chat.web import tables
from insurance_chat.web.admin import documents
from insurance_chat.web.confirm import confirm
from insurance_chat.web.downloads import source_path
from insurance_chat.web.markup import link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.words import plural, product

ADD = f"{PREFIX}/admin/knowledge/add"


async def build(visit: Visit) -> None:
    """Draw the tree."""
    words = "Компания → продукт → документы. Ассистент отвечает только по документам этой страницы."
    tables.show_html(tag("p", words, class_="lead"))
    tables.show_html(link("Добавить информацию", ADD, class_="plain"), "p")
    box = ui.element("div")
    await _draw(visit, box)
    wanted = visit.query.get("document", "")
    if wanted:
        place = json.dumps(f"document-{wanted}")
        _ = ui.run_javascript(
            f"const row = document.getElementById({place});"
            "if (row) { row.classList.add('note'); row.scrollIntoView({block: 'center'}); }"
        )


def document_path(document_id: str) -> str:
    """The knowledge base with one document shown among the others."""
    return f"{PREFIX}/admin/knowledge?document={document_id}"


async def _draw(visit: Visit, box: ui.element) -> None:
    async with visit.unit() as (unit, principal):
        tree = await library.tree(unit, principal)
    box.clear()
    with box:
        if not tree["companies"]:
            tables.empty(
                "База знаний пуста",
                "Ассистенту не по чему отвечать. Добавьте правила, тарифы или ответы на вопросы.",
                tag("p", link("Добавить информацию", ADD)),
            )
        for branch in tree["companies"]:
            _company(visit, box, branch)


def _company(visit: Visit, box: ui.element, branch: CompanyBranch) -> None:
    code = branch["companyCode"]
    title = "Для всех компаний" if code == GENERAL else company_name(code)
    count = sum(len(one["offers"]) for one in branch["products"])
    words = plural(count, "документ", "документа", "документов")
    with ui.element("details").classes("branch").props("open"):
        tables.show_html(tag("span", tag("b", title), f" · {words}"), "summary")
        for one in branch["products"]:
            shared = one["productCode"] == GENERAL
            name = "Для всех продуктов" if shared else product(one["productCode"])
            tables.show_html(tag("span", name), "h2", "minor")
            with ui.element("ul").classes("documents"):
                for offer in one["offers"]:
                    _document(visit, box, offer)


def _document(visit: Visit, box: ui.element, offer: Offer) -> None:
    with ui.element("li").props(f"id=document-{offer['id']}"):
        tables.show_html(tag("span", offer["title"]), "span", "grow")
        original = link(
            "Открыть исходный файл",
            source_path(offer["id"]),
            target="_blank",
            aria_label=f"Открыть исходный файл: {offer['title']}",
        )
        tables.show_html(original, "span")
        button = ui.button("Удалить", on_click=lambda: _delete(visit, box, offer), color=None)
        button.props("flat dense no-caps").classes("danger")
        button.props["aria-label"] = f"Удалить документ {offer['title']}"


async def _delete(visit: Visit, box: ui.element, offer: Offer) -> None:
    question = f"Удалить «{offer['title']}»?"
    detail = (
        "Ассистент сразу перестанет отвечать по этому документу. Вернуть его можно новой загрузкой."
    )
    if not await confirm(question, detail, "Удалить"):
        return

    async def delete() -> None:
        await documents.delete(visit, offer["id"])
        ui.notify("Документ удалён", type="positive")
        await _draw(visit, box)

    await visit.action(delete)()
