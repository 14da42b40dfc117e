"""«Добавить источник»: an address, «Проверить» that really fetches it, and when to look."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.knowledge.sources import service
from insurance_chat.knowledge.sources.probing import Probe
from insurance_chat.knowledge.sources.schedule import CHOICES, DAILY
from insurance_chat.knowledge.sources.service import TYPES, SourceOptions
from insurance_chat.web import tables
from insurance_chat.web.admin import updates_words as words
from insurance_chat.web.admin.knowledge_words import companies, products
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import Visit

OWN = "own"
SITE, FOLDER = "site", "folder"
HINT = (
    "Подойдёт страница с условиями, файл, лента RSS или карта сайта (sitemap.xml): что это, сервис "
    "поймёт сам."
)
AGREE = (
    "Сервис ходит на сайт вежливо: соблюдает robots.txt, делает паузы и называет себя. Если сайт "
    "запрещает роботам страницу, она не читается."
)


async def build(visit: Visit) -> None:
    """Draw the form."""
    tables.show_html(link("← Источники", words.SOURCES), "p")
    root = await visit.services.sources.prober.folder_of(visit.principal)
    form = _Form(visit, str(root))
    form.draw()


class _Form:
    """The fields, the check and the button that begins to watch."""

    def __init__(self, visit: Visit, root: str) -> None:
        self._visit, self._root = visit, root
        self._found: Probe | None = None

    def draw(self) -> None:
        """Draw it."""
        with ui.element("div").classes("panel form"):
            tables.show_html(tag("span", "1. За чем следить"), "h2")
            kinds = {SITE: "Адрес в интернете", FOLDER: "Папка на сервере"}
            self._kind = ui.radio(kinds, value=SITE, on_change=self._named).props("inline")
            self._url = ui.input("Адрес", on_change=self._forget).props("outlined autocomplete=off")
            self._hint = tables.show_html(tag("span", HINT), "p", "hint")
            self._only = ui.input("Только адреса, где есть (необязательно)", on_change=self._forget)
            self._only.props("outlined").props["hint"] = (
                "Например /osago/ — для ленты и карты сайта"
            )
            check = ui.button("Проверить", icon="travel_explore", color=None)
            check.props("no-caps outline").classes("quiet-button")
            check.on_click(self._visit.action(self._check))
            self._said = ui.element("div").props("role=status aria-live=polite")
            tables.show_html(tag("span", "2. Куда относится"), "h2")
            guessed = "Определять по документу"
            self._company = ui.select({**companies(), "": guessed}, value="", label="Компания")
            self._goods = ui.select({**products(), "": guessed}, value="", label="Продукт")
            readers = {"public": "Клиенты и агенты", "agents": "Только агенты"}
            self._readers = ui.select(readers, value="public", label="Кто видит ответы")
            tables.show_html(tag("span", "3. Когда смотреть"), "h2")
            times = {**CHOICES, OWN: "своё расписание (cron)"}
            self._times = ui.select(times, value=DAILY, label="Расписание, время московское")
            self._cron = ui.input("Пять полей cron").props("outlined")
            self._cron.bind_visibility_from(self._times, "value", value=OWN)
            for field in (self._company, self._goods, self._readers, self._times):
                field.props("outlined")
            self._first = ui.checkbox("Предложить и то, что есть сейчас", value=True)
            about = "Снимите отметку, если нужны только будущие изменения."
            tables.show_html(tag("span", about), "p", "hint")
            tables.show_html(tag("span", AGREE), "p", "hint")
            add = ui.button("Начать следить").props("no-caps unelevated")
            add.on_click(self._visit.action(self._add))

    def _named(self) -> None:
        folder = self._kind.value == FOLDER
        self._url.props["label"] = "Папка" if folder else "Адрес"
        self._url.update()
        where = f"Внутри {self._root}; пусто — она сама. Сюда можно класть файлы и по сети."
        self._hint.set_content(tag("span", where if folder else HINT))
        self._only.set_visibility(not folder)
        self._forget()

    def _forget(self) -> None:
        self._found = None
        self._said.clear()

    async def _check(self) -> None:
        self._said.clear()
        with self._said:
            ui.spinner(size="sm")
        try:
            self._found = await self._probe()
        except Exception:
            self._said.clear()
            raise
        self._said.clear()
        with self._said:
            tone = "verdict" if self._found.warning else "verdict good"
            tables.show_html(_shown(self._found), "div", tone)
            for feed in self._found.feeds[:3]:
                self._offer(feed)

    def _offer(self, feed: str) -> None:
        async def take() -> None:
            self._url.value = feed
            await self._check()

        button = ui.button(f"Взять ленту {feed}", on_click=self._visit.action(take), color=None)
        button.props("flat no-caps").classes("quiet-button")

    async def _probe(self) -> Probe:
        kind = "folder" if self._kind.value == FOLDER else "page"
        return await self._visit.services.sources.prober.probe(
            self._visit.principal, self._options(kind)
        )

    async def _add(self) -> None:
        found = self._found or await self._probe()
        async with self._visit.unit() as (unit, principal):
            await service.add(unit, principal, self._options(found.type, found.title))
        ui.navigate.to(words.SOURCES.removeprefix("/staff"))

    def _options(self, kind: str, title: str = "") -> SourceOptions:
        schedule = self._cron.value if self._times.value == OWN else self._times.value
        return SourceOptions(
            type=kind,
            url=self._url.value or "",
            title=title,
            company_code=self._company.value or None,
            product_code=self._goods.value or None,
            schedule=schedule or "",
            only_with="" if kind == "folder" else self._only.value or "",
            offer_first=bool(self._first.value),
            visibility=self._readers.value,
        )


def _shown(found: Probe) -> Markup:
    examples = [tag("li", one) for one in found.examples]
    return join(
        tag("b", f"{TYPES[found.type]}. "),
        tag("span", found.words),
        tag("ul", *examples) if examples else None,
        tag("p", tag("b", "Внимание. "), found.warning) if found.warning else None,
    )
