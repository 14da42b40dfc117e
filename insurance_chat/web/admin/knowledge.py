"""The knowledge base as a tree: company, product, documents; beside them answers and what agents read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from nicegui import ui
from nicegui.events import GenericEventArguments

from insurance_chat.insurance.policies import company_name
from insurance_chat.knowledge import structure
from insurance_chat.knowledge.library import GENERAL
from insurance_chat.knowledge.structure import Branch, Leaf, Structure, Waiting
from insurance_chat.knowledge.unanswered import service as unanswered
from insurance_chat.web import tables
from insurance_chat.web.acts import EMIT, act
from insurance_chat.web.admin import documents, knowledge_answer
from insurance_chat.web.admin.knowledge_words import (
    ADD,
    BIN,
    QUESTIONS,
    TREE,
    kind_words,
    page_of,
    source_link,
    validity,
)
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.words import moment, plural, product

OPEN_UP_TO = 200  # documents; of a larger tree only the chosen company is shown
LISTED = 100  # rows of a section; the others are found by their words


async def build(visit: Visit) -> None:
    """Draw the tree."""
    words = "Компания → продукт → документы. Ассистент отвечает только по документам этой страницы."
    tables.show_html(tag("p", words, class_="lead"))
    async with visit.unit() as (unit, principal):
        questions = await unanswered.count_open(unit, principal)

    async def write() -> None:
        if await knowledge_answer.ask(visit, ()) is not None:
            await _draw(visit, box)

    with ui.row().classes("links"):
        tables.show_html(link("Добавить информацию", ADD, class_="plain first"), "span")
        ui.button("Написать вопрос и ответ", on_click=visit.action(write), color=None).props(
            "no-caps outline"
        ).classes("quiet-button")
        asked = f"Вопросы без ответа ({questions})" if questions else "Вопросы без ответа"
        tables.show_html(link(asked, QUESTIONS), "span")
        tables.show_html(link("Корзина", BIN), "span")
    tables.filters(visit, tables.search_field(visit, "q", "Найти документ", "Название или метка"))
    box = ui.html("", sanitize=False)

    async def pressed(event: GenericEventArguments) -> None:
        what, document_id = event.args
        if what == "delete":
            await _delete(visit, box, str(document_id))

    box.on("click", visit.action(pressed), js_handler=EMIT)
    await _draw(visit, box)


async def _draw(visit: Visit, box: ui.html) -> None:
    async with visit.unit() as (unit, principal):
        found = await structure.structure(unit, principal)
        waiting = await structure.waiting(unit, principal)
    wish = visit.query.get("q", "").strip().lower()
    box.set_content(_page(found, waiting, wish, visit.query.get("company", "")))


def _page(found: Structure, waiting: Sequence[Waiting], wish: str, company: str) -> Markup:
    count = sum(one.count for one in found.branches) + len(found.written) + len(found.private)
    parts = [_waiting(waiting), _expired(found.expired)]
    whole = count <= OPEN_UP_TO or bool(wish)
    parts += [
        _branch(one, wish) if whole or company == (one.company_code or GENERAL) else _folded(one)
        for one in found.branches
    ]
    parts.append(_section("Вопросы и ответы", "Написаны вручную.", found.written, wish))
    private = "Клиенты этого не видят: ни в ответах, ни в файлах."
    parts.append(_section("Только для агентов", private, found.private, wish))
    shown = [one for one in parts if one is not None]
    if not count:
        shown.append(
            _nothing(
                "База знаний пуста",
                "Ассистенту не по чему отвечать. Добавьте правила, тарифы или ответы на вопросы.",
            )
        )
    elif wish and not any("data-id" in one for one in shown):
        shown.append(_nothing("Ничего не найдено", "Попробуйте другое слово."))
    return join(*shown)


def _nothing(title: str, advice: str) -> Markup:
    return tag(
        "div",
        tag("p", title, class_="empty-title"),
        tag("p", advice),
        tag("p", link("Добавить информацию", ADD)),
        class_="empty",
    )


def _waiting(rows: Sequence[Waiting]) -> Markup | None:
    if not rows:
        return None
    lines = [
        tag(
            "li",
            tag("span", row.title, " ", tag("small", moment(row.created_at)), class_="grow"),
            link("Проверить", page_of(row.id), aria_label=f"Проверить: {row.title}"),
        )
        for row in rows
    ]
    title = tag("h2", f"Ждут вашей проверки: {len(rows)}")
    return tag("section", title, tag("ul", *lines, class_="documents"), class_="branch")


def _expired(count: int) -> Markup | None:
    if not count:
        return None
    words = plural(count, "документ", "документа", "документов")
    return tag(
        "p", f"Срок действия закончился: {words}. Ассистент их не использует.", class_="note"
    )


def _folded(branch: Branch) -> Markup:
    code = branch.company_code
    words = plural(branch.count, "документ", "документа", "документов")
    title = company_name(code) if code else "Для всех компаний"
    goal = f"{TREE}?company={quote(code or GENERAL)}"
    return tag("p", link(title, goal), f" · {words}", class_="branch")


def _branch(branch: Branch, wish: str) -> Markup | None:
    code = branch.company_code
    title = company_name(code) if code else "Для всех компаний"
    parts = [_list("О компании" if code else "Общие сведения", _fitting(branch.about, wish))]
    for shelf in branch.shelves:
        name = product(shelf.product_code) if shelf.product_code else "Для всех продуктов"
        parts.append(_list(name, _fitting(shelf.leaves, wish)))
    if not any(parts):
        return None
    words = plural(branch.count, "документ", "документа", "документов")
    summary = tag("summary", tag("b", title), f" · {words}")
    return tag("details", summary, *parts, class_="branch", open=True)


def _section(title: str, hint: str, leaves: Iterable[Leaf], wish: str) -> Markup | None:
    fitting = _fitting(leaves, wish)
    if not fitting:
        return None
    summary = tag("summary", tag("b", title), f" · {len(fitting)}")
    return tag(
        "details",
        summary,
        tag("p", hint, class_="hint"),
        _list("", fitting),
        class_="branch",
        open=True,
    )


def _fitting(leaves: Iterable[Leaf], wish: str) -> list[Leaf]:
    return [
        leaf for leaf in leaves if not wish or wish in f"{leaf.title} {' '.join(leaf.tags)}".lower()
    ]


def _list(title: str, leaves: Sequence[Leaf]) -> Markup | None:
    if not leaves:
        return None
    heading = tag("h2", title, class_="minor") if title else None
    rows = tag("ul", *map(_row, leaves[:LISTED]), class_="documents")
    rest = f"Показаны первые {LISTED} из {len(leaves)}, остальные найдёт поиск."
    return join(heading, rows, tag("p", rest, class_="hint") if len(leaves) > LISTED else None)


def _row(leaf: Leaf) -> Markup:
    name = link(leaf.title, page_of(leaf.id), class_="grow")
    kind = badge(kind_words(leaf.kind)) if leaf.kind != "document" else None
    version = badge(f"Версия {leaf.version}") if leaf.version > 1 else None
    agent = badge(f"Только {leaf.agent}", "warn") if leaf.agent else None
    tags = [badge(f"#{one}") for one in leaf.tags]
    about = join(kind, version, agent, *tags, validity(leaf.valid_from, leaf.valid_until))
    return tag(
        "li",
        tag("span", name, " ", about, class_="grow"),
        source_link(leaf.id, leaf.title),
        act("delete", "Удалить", leaf.id, f"Удалить документ {leaf.title}", danger=True),
        id=f"document-{leaf.id}",
    )


async def _delete(visit: Visit, box: ui.html, document_id: str) -> None:
    detail = "Ассистент сразу перестанет отвечать по нему. Вернуть можно из корзины 30 дней."
    if await confirm("Удалить документ?", detail, "Удалить"):
        await documents.delete(visit, document_id)
        ui.notify("Документ в корзине", type="positive")
        await _draw(visit, box)
