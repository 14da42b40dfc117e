"""«Добавить информацию»: choose a place, upload a file, read the preview, publish."""

from __future__ import annotations

from nicegui import ui
from nicegui.events import UploadEventArguments

from insurance_chat.insurance.insurers import all_insurers
from insurance_chat.insurance.policies import company_name
from insurance_chat.knowledge.ingest import MAX_BYTES
from insurance_chat.knowledge.service import IngestPreview
from insurance_chat.web import tables
from insurance_chat.web.admin import documents
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.words import PRODUCTS, plural, product

SHOWN = 30
TREE = f"{PREFIX}/admin/knowledge"


async def build(visit: Visit) -> None:
    """Draw the form."""
    tables.show_html(link("← База знаний", TREE), "p")
    box = ui.element("div")
    with box:
        _form(visit, box)


def _form(visit: Visit, box: ui.element) -> None:
    companies = {"": "Как в файле или для всех"}
    companies |= {one.slug: one.short for one in all_insurers()}
    readers = {"": "Как в файле или все", "public": "Клиенты и агенты", "agents": "Только агенты"}
    with ui.element("div").classes("panel form"):
        tables.show_html(tag("span", "1. Куда относится документ"), "h2")
        company = ui.select(companies, value="", label="Компания").props("outlined")
        goods = ui.select(
            {"": "Как в файле или для всех", **PRODUCTS}, value="", label="Продукт"
        ).props("outlined")
        reader = ui.select(readers, value="", label="Кто видит ответы").props("outlined")
        tables.show_html(tag("span", "2. Файл"), "h2")
        wait = ui.label("Читаем файл, это может занять до минуты…")
        wait.set_visibility(False)

        async def read(event: UploadEventArguments) -> None:
            wait.set_visibility(True)
            try:
                preview = await documents.read_file(
                    visit,
                    event.file.name,
                    await event.file.read(),
                    company.value or None,
                    goods.value or None,
                    reader.value or None,
                )
            finally:
                wait.set_visibility(False)
                field.reset()
            _preview(visit, box, preview)

        pick = ui.button("Выбрать файл", icon="upload_file").props("no-caps unelevated")
        kinds = "PDF, DOCX, XLSX, PPTX, RTF, HTML, Markdown или текст, до 20 МБ."
        tables.show_html(tag("p", kinds, class_="hint"))
        # Its own look cannot be used by a screen reader, so a plain button opens the choice.
        field = ui.upload(
            auto_upload=True,
            max_files=1,
            max_file_size=MAX_BYTES,
            on_upload=visit.action(read),
            on_rejected=lambda: ui.notify("Файл больше 20 МБ или не подходит.", type="negative"),
        ).props('accept=".pdf,.docx,.xlsx,.pptx,.rtf,.html,.htm,.md,.markdown,.txt"')
        field.classes("gone")
        pick.on("click", js_handler=f"() => getElement({field.id}).$refs.qRef.pickFiles()")


def _preview(visit: Visit, box: ui.element, preview: IngestPreview) -> None:
    async def publish() -> None:
        done = await documents.publish(visit, preview.ingest_id)
        box.clear()
        with box:
            words = f"Версия {done.version}. Ассистент уже отвечает по этому документу."
            if done.replaced:
                words += " Прежняя версия больше не используется."
            again = tag("p", link("Добавить ещё", visit.path))
            tables.empty(f"«{done.title}» опубликован", words, again, link("К базе знаний", TREE))

    async def drop() -> None:
        await documents.delete(visit, preview.ingest_id, published=False)
        box.clear()
        with box:
            _form(visit, box)

    box.clear()
    with box:
        tables.show_html(_shown(preview), "div", "panel")
        with ui.row().classes("ask-buttons sticky"):
            ui.button("Не публиковать", on_click=visit.action(drop), color=None).props(
                "flat no-caps"
            ).classes("quiet-button")
            ui.button("Опубликовать", on_click=visit.action(publish)).props("no-caps unelevated")


def _shown(preview: IngestPreview) -> Markup:
    company = company_name(preview.company_code) if preview.company_code else "для всех компаний"
    goods = product(preview.product_code) if preview.product_code else "для всех продуктов"
    count = len(preview.passages)
    facts = ", ".join(
        (
            company,
            goods,
            plural(preview.page_count, "страница", "страницы", "страниц"),
            plural(count, "фрагмент", "фрагмента", "фрагментов"),
        )
    )
    pieces = [
        tag(
            "li",
            tag("b", piece.heading_path or "Без заголовка"),
            tag("p", piece.text, class_="said"),
        )
        for piece in preview.passages[:SHOWN]
    ]
    more = tag("p", f"Показаны первые {SHOWN}.", class_="hint") if count > SHOWN else None
    return join(
        tag("h2", f"3. Проверьте: «{preview.title}»"),
        tag("p", facts),
        tag(
            "p", "Так документ прочитан. Ассистент будет отвечать этими фрагментами.", class_="hint"
        ),
        tag("ol", *pieces, class_="passages"),
        more,
    )
