"""«Обновления»: what insurers have changed, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from nicegui import ui

from insurance_chat.knowledge.sources import deciding, service
from insurance_chat.knowledge.sources.comparing import Change, Differences, Edit
from insurance_chat.knowledge.sources.repository import WAITING
from insurance_chat.knowledge.sources.service import UpdateView
from insurance_chat.web import tables
from insurance_chat.web.admin import updates_words as words
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment

LOOK_SECONDS = 1.0
LEAD = (
    "Сервис сам смотрит страницы и файлы страховых и показывает, что изменилось. В базу знаний ничего "
    "не попадает, пока вы не решите."
)


async def build(visit: Visit) -> None:
    """Draw what waits for a decision, or everything that was."""
    tables.show_html(tag("p", LEAD, class_="lead"))
    async with visit.unit() as (unit, principal):
        sources = await service.list_sources(unit, principal)
        counts = await service.counts(unit, principal)
        wish = visit.query.get("status", "")
        statuses = WAITING if not wish else () if wish == "all" else (wish,)
        rows, total = await service.list_updates(
            unit,
            principal,
            statuses=statuses,
            source_id=visit.query.get("source") or None,
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
    tables.show_html(words.tabs(counts.waiting, len(sources)), "div", "links form-buttons")
    if counts.broken:
        note = join(
            badge("Внимание", "bad"),
            " ",
            link(f"Источников, которые не открываются: {counts.broken}", words.SOURCES),
        )
        tables.show_html(note, "p", "note")
    if not sources:
        add = tag("p", link("Добавить источник", words.ADD))
        tables.empty(
            "Пока не за чем следить",
            "Укажите страницу с правилами, ленту новостей или карту сайта страховой.",
            add,
        )
        return
    _list(visit, rows, total)


def _list(visit: Visit, rows: list[UpdateView], total: int) -> None:
    choices = [(code, title) for code, (title, _) in words.STATES.items() if code not in WAITING]
    chosen = [("", "Ждут решения"), ("all", "Все"), *choices]
    shown = "".join(
        tag("option", title, value=code, selected=code == visit.query.get("status", ""))
        for code, title in chosen
    )
    field = tag("select", Markup(shown), name="status")
    tables.filters(visit, tag("label", tag("span", "Показать"), field))
    if not rows:
        tables.empty(
            "Ничего не ждёт решения",
            "Когда у страховой что-то изменится, это появится здесь, а администраторам придёт письмо.",
        )
        return
    columns: list[Column[UpdateView]] = [
        Column("Обнаружено", lambda one: moment(one.detected_at)),
        Column("Что", lambda one: badge(*words.KINDS.get(one.kind, (one.kind, "")))),
        Column("Подробно", _summary, kind="wrap"),
        Column("Источник", lambda one: one.source_title, kind="wrap"),
        Column("Состояние", _state, kind="wrap"),
    ]
    tables.table(visit, "Обновления", columns, rows, total)


def _summary(one: UpdateView) -> Markup:
    return link(words.amounts(one.summary), f"{words.UPDATES}/{one.id}")


def _state(one: UpdateView) -> Markup:
    by = tag("small", f" {one.decided_by}") if one.decided_by else None
    return join(words.state(one.status), by)


async def build_one(visit: Visit) -> None:
    """Draw one update: what was, what is now, and the decision."""
    tables.show_html(link("← Обновления", words.UPDATES), "p")
    box = ui.element("div")
    shown = _One(visit, box)
    await shown.draw()
    ui.timer(LOOK_SECONDS, visit.action(shown.look_again))


class _One:
    """One update, drawn anew while its decision is carried out."""

    def __init__(self, visit: Visit, box: ui.element) -> None:
        self._visit, self._box = visit, box
        self._id = str(visit.uuid())
        self._view: UpdateView | None = None

    async def draw(self) -> None:
        """Draw it as it is now."""
        async with self._visit.unit() as (unit, principal):
            self._view = view = await service.read_update(unit, principal, self._id)
        self._box.clear()
        with self._box:
            tables.show_html(_head(view), "section", "panel")
            self._buttons(view)
            tables.show_html(_body(view), "section", "panel")

    async def look_again(self) -> None:
        """Draw anew when the decision has been carried out."""
        if self._view is None or self._view.status != "approved":
            return
        async with self._visit.unit() as (unit, principal):
            now = await service.read_update(unit, principal, self._id)
        if (now.status, now.message) != (self._view.status, self._view.message):
            await self.draw()

    def _buttons(self, view: UpdateView) -> None:
        if view.status not in WAITING:
            return
        with ui.row().classes("form-buttons"):
            for place, decision in enumerate(deciding.choices(view.kind, in_base=view.in_base)):
                self._button(decision, first=place == 0)

    def _button(self, decision: str, *, first: bool) -> None:
        async def decide() -> None:
            await self._decide(decision)

        title = words.DECISIONS[decision]
        if decision == deciding.ADD and not first:
            title = "Добавить отдельным документом"
        button = ui.button(
            title, on_click=self._visit.action(decide), color=None if not first else "primary"
        )
        button.props("no-caps unelevated" if first else "no-caps outline")
        if not first:
            button.classes("quiet-button")

    async def _decide(self, decision: str) -> None:
        if decision == deciding.REMOVE and not await confirm(
            "Убрать документ из базы знаний?",
            "Ассистент перестанет отвечать по нему. Вернуть можно из корзины в течение 30 дней.",
            "Убрать",
        ):
            return
        async with self._visit.unit() as (unit, principal):
            await deciding.decide(unit, principal, self._id, decision)
        done = "Отклонено" if decision == deciding.REJECT else "Принято, вносим в базу знаний"
        ui.notify(done, type="positive")
        await self.draw()


def _head(view: UpdateView) -> Markup:
    kind = badge(*words.KINDS.get(view.kind, (view.kind, "")))
    facts = (
        ("Обнаружено", moment(view.detected_at)),
        ("Источник", view.source_title),
        ("Куда относится", words.where(view.company_code, view.product_code)),
        ("Где найдено", words.address(view.url)),
    )
    rows = [tag("p", tag("b", f"{title}: "), value) for title, value in facts]
    decided = None
    if view.decision:
        by = f", {view.decided_by}" if view.decided_by else ""
        when = f"Решение: {words.DECISIONS[view.decision].lower()}, {moment(view.decided_at)}{by}"
        decided = tag("p", when)
    document = None
    if view.document_id and view.status != "new":
        place = f"{PREFIX}/admin/knowledge/{view.document_id}"
        document = tag("p", link("Документ в базе знаний", place))
    message = tag("p", view.message, class_="verdict bad") if view.message else None
    head = tag("p", kind, " ", words.state(view.status))
    return join(tag("h2", words.amounts(view.summary)), head, *rows, decided, message, document)


def _body(view: UpdateView) -> Markup:
    found = view.differences
    if view.kind == "gone":
        return join(
            tag("h2", "Документ исчез"),
            tag(
                "p",
                "По прежнему адресу его больше нет. Проверьте на сайте страховой, не переехал ли он, и "
                "решите, должен ли ассистент по нему отвечать.",
            ),
        )
    parts = [_conditions(found.changes)] if found.changes else []
    title = "Начало документа" if view.kind == "new" else "Что изменилось в тексте"
    passages = [_edit(one, whole=view.kind == "new") for one in found.edits]
    more = tag("p", f"И ещё мест: {found.more}.", class_="hint") if found.more else None
    listed = tag("ol", *passages, class_="passages") if passages else tag("p", "Текст тот же.")
    return join(*parts, tag("h2", title), _legend(view, found), listed, more)


def _legend(view: UpdateView, found: Differences) -> Markup | None:
    if view.kind == "new" or not found.edits:
        return None
    return tag("p", tag("del", "Так было"), " ", tag("ins", "так стало"), class_="hint")


def _conditions(changes: tuple[Change, ...]) -> Markup:
    cards = [
        tag(
            "li",
            tag("b", one.field),
            tag(
                "p",
                "было ",
                tag("del", words.amounts(one.old)),
                ", стало ",
                tag("ins", words.amounts(one.new)),
            ),
            tag("p", f"«{one.quote}»{f', страница {one.page}' if one.page else ''}", class_="hint"),
        )
        for one in changes
    ]
    return join(tag("h2", "Изменились условия"), tag("ul", *cards, class_="passages"))


def _edit(one: Edit, *, whole: bool) -> Markup:
    page = f", страница {one.page}" if one.page else ""
    heading = tag("b", f"{one.heading or 'Без заголовка'}{page}")
    shown = [one.new] if whole else list(_segments(one.old, one.new))
    return tag("li", heading, tag("p", *shown, class_="said"))


def _segments(old: str, new: str) -> Iterator[str]:
    """Words that went and came, among those that stayed."""
    before, after = words.amounts(old).split(" "), words.amounts(new).split(" ")
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield " ".join(before[a:b]) + " "
            continue
        if b > a:
            yield join(tag("del", " ".join(before[a:b])), " ")
        if d > c:
            yield join(tag("ins", " ".join(after[c:d])), " ")
