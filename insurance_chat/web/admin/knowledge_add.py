"""«Добавить информацию»: drop files or give a link, watch how they are read, go on to check them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from nicegui import ui
from nicegui.events import GenericEventArguments, UploadEventArguments

from insurance_chat.core.errors import ServiceError
from insurance_chat.knowledge.uploads.service import MEGABYTE, UploadOptions
from insurance_chat.knowledge.uploads.views import DECIDED, UploadView
from insurance_chat.web import tables
from insurance_chat.web.acts import EMIT, act
from insurance_chat.web.admin.knowledge_words import BIN, TREE, companies, page_of, products
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.words import moment, size

LOOK_SECONDS = 0.7
SHOWN = 30
KINDS = "PDF, DOCX, XLSX, PPTX, RTF, HTML, Markdown, текст, картинки и сканы, ZIP с ними"
ACCEPT = (
    ".pdf,.docx,.docm,.xlsx,.xlsm,.pptx,.pptm,.rtf,.html,.htm,.md,.markdown,.txt,.zip,"
    ".png,.jpg,.jpeg,.tif,.tiff,.webp,.bmp,.gif"
)
TONES = {"ready": "good", "failed": "bad", "duplicate": "warn", "cancelled": "", "unpacked": "good"}
_DROP = (
    "(event) => {{ event.preventDefault(); event.currentTarget.classList.remove('over');"
    " getElement({id}).$refs.qRef.addFiles(event.dataTransfer.files); }}"
)
_OVER = "(event) => { event.preventDefault(); event.currentTarget.classList.add('over'); }"
_LEAVE = "(event) => event.currentTarget.classList.remove('over')"


async def build(visit: Visit) -> None:
    """Draw the form and the list of what has been given."""
    tables.show_html(link("← База знаний", TREE), "p")
    page = _Page(visit)
    page.form()
    page.list = ui.html("", sanitize=False)
    page.list.on("click", visit.action(page.pressed), js_handler=EMIT)
    await page.look()
    ui.timer(LOOK_SECONDS, visit.action(page.look))


class _Page:
    """One open page: what is said about its files, and how far they are."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._batch = uuid4()
        self._seen: list[UploadView] | None = None
        self.list: ui.html

    def form(self) -> None:
        """The place to drop files, the link, and where they belong."""
        most = self._visit.services.settings.knowledge.max_file_megabytes
        with ui.element("div").classes("panel drop") as zone:
            tables.show_html(tag("b", "Перетащите файлы сюда"), "p")
            pick = ui.button("Выбрать файлы", icon="upload_file").props("no-caps unelevated")
            tables.show_html(tag("p", f"{KINDS}. До {most} МБ каждый.", class_="hint"))
            moving = ui.label("Файлы передаются…").props("role=status")
            moving.set_visibility(False)
            # Its own look cannot be used by a screen reader, so a plain button opens the choice.
            field = ui.upload(
                multiple=True,
                auto_upload=True,
                max_file_size=most * MEGABYTE,
                on_upload=self._visit.action(self._accept),
                on_rejected=lambda: ui.notify(
                    f"Файл больше {most} МБ или не подходит.", type="negative"
                ),
            ).props(f'accept="{ACCEPT}"')
            field.classes("gone")

        def finished() -> None:
            moving.set_visibility(False)
            field.reset()

        field.on("start", lambda: moving.set_visibility(True)).on("finish", finished)
        pick.on("click", js_handler=f"() => getElement({field.id}).$refs.qRef.pickFiles()")
        zone.on("drop", js_handler=_DROP.format(id=field.id))
        zone.on("dragover", js_handler=_OVER).on("dragleave", js_handler=_LEAVE)
        self._link_form()
        self._place_form()

    def _link_form(self) -> None:
        with ui.row().classes("link-row"):
            address = ui.input("Или ссылка на страницу или файл", placeholder="https://")
            address.props("outlined dense type=url").classes("grow")

            async def take() -> None:
                await self._take_link(str(address.value or ""))
                address.set_value("")

            address.on("keydown.enter", self._visit.action(take))
            ui.button("Добавить по ссылке", on_click=self._visit.action(take), color=None).props(
                "no-caps outline"
            ).classes("quiet-button")

    def _place_form(self) -> None:
        with ui.expansion("Куда относится (сервис определит сам)").classes("panel place"):
            unknown = {"": "Определить по файлу"}
            own = companies() | unknown
            self._company = ui.select(own, value="", label="Компания")
            self._goods = ui.select(products() | unknown, value="", label="Продукт")
            readers = {"": "Как в файле или все", "public": "Клиенты и агенты"}
            self._reader = ui.select(
                readers | {"agents": "Только агенты"}, value="", label="Кто видит ответы"
            )
            for field in (self._company, self._goods, self._reader):
                field.props("outlined").classes("wide")

    def _options(self) -> UploadOptions:
        return UploadOptions(
            batch_id=self._batch,
            company_code=self._company.value or None,
            product_code=self._goods.value or None,
            visibility=self._reader.value or None,
        )

    async def _accept(self, event: UploadEventArguments) -> None:
        async with self._visit.unit() as (_, principal):
            pass
        data = await event.file.read()
        uploads, name = self._visit.services.uploads, event.file.name
        try:
            await uploads.accept_file(principal, name, data, self._options())
        except ServiceError as error:
            # Of several files only this one is refused, so the message names it.
            ui.notify(f"{name}: {error.message}", type="negative", close_button="Закрыть")
        await self.look()

    async def _take_link(self, address: str) -> None:
        async with self._visit.unit() as (_, principal):
            pass
        await self._visit.services.uploads.accept_link(principal, address, self._options())
        await self.look()

    async def pressed(self, event: GenericEventArguments) -> None:
        """Cancel the upload whose button was pressed."""
        async with self._visit.unit() as (_, principal):
            pass
        await self._visit.services.uploads.cancel(principal, str(event.args[1]))
        await self.look()

    async def look(self) -> None:
        """Show how far the files are, when that has changed."""
        async with self._visit.unit() as (_, principal):
            pass
        found = await self._visit.services.uploads.newest(principal, limit=SHOWN)
        if found != self._seen:
            self._seen = found
            self.list.set_content(_list(found))


def _list(found: Sequence[UploadView]) -> Markup:
    if not found:
        return tag("p", "Здесь появятся ваши файлы.", class_="hint")
    rows = tag("ul", *map(_row, found), class_="documents uploads panel")
    return join(tag("h2", "Файлы"), rows)


def _row(one: UploadView) -> Markup:
    facts = [moment(one.created_at)]
    if one.size:
        facts.insert(0, size(one.size))
    tone = "" if one.words == DECIDED["deleted"] else TONES.get(one.stage, "info")
    state = badge(one.words, tone)
    bar = None
    if not one.is_over:
        label = f"{one.file_name}: {one.words}"
        bar = tag("progress", value=one.percent, max=100, aria_label=label)
    about = tag("small", " · ".join(facts))
    message = tag("p", one.message, class_="hint") if one.message else None
    text = tag("div", tag("b", one.file_name), " ", state, " ", about, bar, message, class_="grow")
    return tag("li", text, _next_step(one))


def _next_step(one: UploadView) -> Markup | None:
    waits = one.document_status == "preview"
    if one.stage == "ready" and one.document_id and waits:
        words = "Проверить и опубликовать"
        return link(
            words, page_of(one.document_id), class_="plain", aria_label=f"{words}: {one.file_name}"
        )
    if one.stage in ("ready", "duplicate") and one.document_id:
        gone = one.document_status in ("deleted", "purged")
        return link("Корзина", BIN) if gone else link("Открыть документ", page_of(one.document_id))
    if not one.is_over:
        return act("cancel", "Отменить", one.id, f"Отменить {one.file_name}", danger=True)
    return None
