"""«Источники»: where the service looks, when it looked last and what went wrong."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.knowledge.sources import service
from insurance_chat.knowledge.sources.schedule import in_words
from insurance_chat.knowledge.sources.service import TYPES, SourceView
from insurance_chat.web import tables
from insurance_chat.web.acts import Acts, Do
from insurance_chat.web.admin import updates_words as words
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment, plural

LOOK_SECONDS = 2.0


async def build(visit: Visit) -> None:
    """Draw the list; it is drawn anew when a look has ended."""
    box = ui.element("div")
    shown = _Sources(visit, box)
    await shown.draw()
    ui.timer(LOOK_SECONDS, visit.action(shown.look_again))


class _Sources:
    """The list of sources."""

    def __init__(self, visit: Visit, box: ui.element) -> None:
        self._visit, self._box = visit, box
        self._rows: list[SourceView] = []
        self._acts = Acts(box)

    async def draw(self) -> None:
        """Draw it as it is now."""
        async with self._visit.unit() as (unit, principal):
            self._rows = await service.list_sources(unit, principal)
            counts = await service.counts(unit, principal)
        self._box.clear()
        self._acts.clear()
        with self._box:
            tables.show_html(
                words.tabs(counts.waiting, len(self._rows)), "div", "links form-buttons"
            )
            self._list()

    async def look_again(self) -> None:
        """Draw anew when something has changed."""
        async with self._visit.unit() as (unit, principal):
            rows = await service.list_sources(unit, principal)
        if rows != self._rows:
            await self.draw()

    def _list(self) -> None:
        if not self._rows:
            add = tag("p", link("Добавить источник", words.ADD))
            tables.empty("Источников пока нет", "Добавьте страницу, ленту новостей или папку.", add)
            return
        first = tables.offset(self._visit)
        columns: list[Column[SourceView]] = [
            Column("Источник", _name, kind="wrap"),
            Column("Куда относится", _where, kind="wrap"),
            Column("Когда смотрим", _when, kind="wrap"),
            Column("Последний просмотр", _last, kind="wrap"),
            Column("Действия", self._buttons, kind="act"),
        ]
        rows = self._rows[first : first + tables.SIZE]
        tables.table(self._visit, "Источники", columns, rows, len(self._rows))

    def _buttons(self, one: SourceView) -> Markup:
        async def look() -> None:
            async with self._visit.unit() as (unit, principal):
                await service.look_now(unit, principal, one.id)
            ui.notify("Смотрим, результат появится здесь", type="positive")

        async def rest() -> None:
            async with self._visit.unit() as (unit, principal):
                await service.change(unit, principal, one.id, active=not one.active)
            await self.draw()

        async def remove() -> None:
            await self._remove(one)

        buttons = [self._button("Посмотреть сейчас", one, look)] if one.active else []
        buttons.append(self._button("Приостановить" if one.active else "Включить", one, rest))
        buttons.append(self._button("Удалить", one, remove, danger=True))
        return tag("span", *buttons, class_="source-buttons")

    def _button(self, title: str, one: SourceView, do: Do, *, danger: bool = False) -> Markup:
        label = f"{title}: {one.title}"
        return self._acts.button(title, label, self._visit.action(do), danger=danger)

    async def _remove(self, one: SourceView) -> None:
        if not await confirm(
            f"Больше не следить за «{one.title}»?",
            "Решения, которые ждут, пропадут. Документы, которые вы уже добавили, останутся.",
            "Удалить",
        ):
            return
        async with self._visit.unit() as (unit, principal):
            keys = await service.remove(unit, principal, one.id)
        for key in keys:
            await self._visit.services.files.delete(key)
        await self.draw()


def _name(one: SourceView) -> Markup:
    only = tag("small", f"Только адреса с «{one.only_with}»") if one.only_with else None
    parts = [tag("b", one.title), tag("small", TYPES.get(one.type, one.type))]
    return join(*parts, words.address(one.url), only, between=tag("br"))


def _where(one: SourceView) -> str:
    return words.where(one.company_code, one.product_code)


def _when(one: SourceView) -> Markup:
    if not one.active:
        return badge("Приостановлен", "")
    return join(in_words(one.schedule), tag("br"), tag("small", f"дальше: {moment(one.next_at)}"))


def _last(one: SourceView) -> Markup:
    if one.checked_at is None:
        return tag("span", "Ещё не смотрели: просмотр начнётся в течение минуты")
    parts = [badge("Не открывается", "bad") if one.error else badge("Всё хорошо", "good")]
    parts.append(tag("span", moment(one.checked_at)))
    parts.append(tag("small", one.error or one.note))
    if one.error and one.ok_at:
        parts.append(tag("small", f"Последний раз открывался: {moment(one.ok_at)}"))
    if one.waiting:
        ready = plural(one.waiting, "обновление ждёт", "обновления ждут", "обновлений ждут")
        parts.append(link(f"{ready} решения", f"{words.UPDATES}?source={one.id}"))
    return join(*parts, between=tag("br"))
