"""«Резервные копии»: the last good one, all that are kept, making and checking, how to restore."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from nicegui import ui

from insurance_chat.core.backups.archive import Stored
from insurance_chat.core.backups.schedule import last_due
from insurance_chat.core.clock import utcnow
from insurance_chat.core.errors import ServiceError
from insurance_chat.operators.backups import service
from insurance_chat.operators.backups.service import History, RunView
from insurance_chat.web import tables
from insurance_chat.web.acts import Acts
from insurance_chat.web.markup import Markup, badge, join, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment, size

LOOK_SECONDS = 2.0
EVENTS = 10
LATE = timedelta(hours=26)
KINDS = {"backup": "Копия", "verify": "Проверка", "restore": "Восстановление"}
TRIGGERS = {"daily": "по расписанию", "manual": "по кнопке", "command": "командой"}
RUN_STATES = {
    "running": ("Идёт", "info"),
    "ok": ("Готово", "good"),
    "failed": ("Не удалось", "bad"),
}
RESTORE = "python -m insurance_chat restore"
HOW: tuple[str | tuple[str | Markup, ...], ...] = (
    "Остановите сервис: в его окне нажмите Ctrl+C.",
    "Если компьютер новый, установите сервис, но не запускайте. Положите в папку с данными свой файл "
    "secret.key и папку backups с копиями.",
    (
        "Выполните: ",
        tag("code", RESTORE),
        " — вернётся последняя копия. Другую назовите по имени из списка: ",
        tag("code", f"{RESTORE} ИМЯ"),
        ".",
    ),
    (
        "Если в базе уже есть данные, команда откажется их менять. Добавьте ",
        tag("code", "--force"),
        ", если так и задумано: всё, что появилось после копии, пропадёт.",
    ),
    "Запустите сервис и войдите с паролем, который был на момент копии.",
)
ONLY_KNOWLEDGE = (
    "Вернуть только базу знаний, не останавливая сервис: ",
    tag("code", f"{RESTORE} --only knowledge"),
)
KEY = (
    "Копии зашифрованы. Ключ — файл secret.key в папке с данными или настройка SECRET_KEY. В копиях "
    "его нет. Без ключа копии бесполезны: никто не сможет их прочитать. Запишите ключ на флешку или в "
    "менеджер паролей и храните отдельно от копий."
)
BESIDE = (
    "Копии лежат на том же диске, что и сам сервис. Сломается диск — пропадёт и то и другое. Укажите в "
    "BACKUP_FOLDER папку на другом диске или подключите облачное хранилище (BACKUP_S3_BUCKET)."
)
Refresh = Callable[[], Awaitable[None]]


async def build(visit: Visit) -> None:
    """Draw the state, the list and the instruction; while work is under way, look again."""
    words = (
        "В копии — база данных целиком (чаты, полисы, агенты, настройки), база знаний и все файлы. "
        f"Копия делается каждый день в {visit.services.backups.settings.hour}:00 по Москве."
    )
    if not visit.services.backups.settings.daily:
        words = "Ежедневные копии выключены настройкой BACKUP_DAILY."
    tables.show_html(tag("span", words), "p", "lead")
    with ui.row().classes("links"):
        make = ui.button("Создать сейчас", icon="save").props("no-caps unelevated")
        check = ui.button("Проверить последнюю", icon="fact_check", color=None)
        check.props("no-caps outline").classes("quiet-button")
    box = ui.element("div")
    shown = _Shown(visit, box)
    make.on_click(visit.action(shown.order))
    check.on_click(visit.action(shown.check_newest))
    await shown.draw()
    ui.timer(LOOK_SECONDS, visit.action(shown.look_again))
    _instruction()


class _Shown:
    """The part of the page that changes."""

    def __init__(self, visit: Visit, box: ui.element) -> None:
        self._visit = visit
        self._box = box
        self._acts = Acts(box)
        self._seen: tuple[object, ...] = ()
        self._stored: list[Stored] = []

    async def draw(self) -> None:
        """Look at the history and the storage and draw them."""
        history = await self._history()
        problem = ""
        try:
            self._stored = await asyncio.to_thread(self._visit.services.backups.look)
        except ServiceError as error:
            self._stored, problem = [], error.message
        self._seen = _sight(history)
        self._box.clear()
        self._acts.clear()
        with self._box:
            self._state(history, problem)
            self._list(history)
            self._events(history)

    async def look_again(self) -> None:
        """Draw anew when something has changed since."""
        if _sight(await self._history()) != self._seen:
            await self.draw()

    async def order(self) -> None:
        """Have a backup made."""
        async with self._visit.unit() as (unit, principal):
            await service.order(unit, principal)
        ui.notify("Копия заказана, она начнётся через несколько секунд", type="positive")

    async def check_newest(self) -> None:
        """Have the newest good backup read."""
        good = [one.name for one in self._stored if one.complete and one.own]
        if not good:
            ui.notify("Проверять нечего: копий ещё нет", type="warning")
            return
        await self.check(good[0])

    async def check(self, name: str) -> None:
        """Have one backup read."""
        async with self._visit.unit() as (unit, principal):
            await service.order_check(unit, principal, name)
        ui.notify("Проверка началась: копия читается до конца", type="positive")

    async def _history(self) -> History:
        async with self._visit.unit() as (unit, principal):
            return await service.history(unit, principal)

    def _state(self, history: History, problem: str) -> None:
        good, desk = history.last_good, self._visit.services.backups
        upcoming = last_due(utcnow(), desk.settings.hour) + timedelta(days=1)
        following = moment(upcoming) if desk.settings.daily else "выключено"
        figures = (
            ("Последняя хорошая копия", moment(good.started_at) if good else "ещё не было"),
            ("Размер", size(good.size) if good and good.size else "—"),
            ("Следующая", following),
        )
        cards = [tag("div", tag("dt", title), tag("dd", value)) for title, value in figures]
        tables.show_html(tag("dl", *cards, class_="figures"), "section", "panel")
        tables.show_html(join("Где лежат: ", tag("b", desk.place_title)), "p", "lead")
        for words, tone in _warnings(history, problem, beside=desk.beside_the_data):
            tables.show_html(join(badge(*tone), " ", words), "p", "note")

    def _list(self, history: History) -> None:
        if not self._stored:
            tables.empty("Копий пока нет", "Нажмите «Создать сейчас» или дождитесь ночи.")
            return
        first = tables.offset(self._visit)
        rows = self._stored[first : first + tables.SIZE]
        columns: list[Column[Stored]] = [
            Column("Сделана", lambda one: moment(one.made_at)),
            Column("Имя", lambda one: one.name, kind="wrap"),
            Column("Размер", lambda one: size(one.size), kind="num"),
            Column("Состояние", lambda one: _condition(one, history), kind="wrap"),
            Column("Действия", self._button, kind="act"),
        ]
        tables.table(self._visit, "Резервные копии", columns, rows, len(self._stored))

    def _button(self, one: Stored) -> Markup:
        if not (one.complete and one.own):
            return Markup("")

        async def check() -> None:
            await self.check(one.name)

        label = f"Проверить копию {one.name}"
        return self._acts.button("Проверить", label, self._visit.action(check))

    def _events(self, history: History) -> None:
        if not history.runs:
            return
        tables.show_html(tag("span", "Что происходило"), "h2", "apart")
        columns: list[Column[RunView]] = [
            Column("Когда", lambda run: moment(run.started_at)),
            Column("Что", _what, kind="wrap"),
            Column("Итог", _outcome, kind="wrap"),
        ]
        rows = history.runs[:EVENTS]
        tables.table(self._visit, "Последние события", columns, rows, len(rows))


def _sight(history: History) -> tuple[object, ...]:
    return tuple((run.started_at, run.kind, run.status) for run in history.runs[:EVENTS])


def _warnings(history: History, problem: str, *, beside: bool) -> list[tuple[str, tuple[str, str]]]:
    found = []
    if problem:
        found.append((problem, ("Внимание", "bad")))
    if history.running is not None:
        what = KINDS.get(history.running.kind, "Работа")
        since = moment(history.running.started_at)
        found.append((f"{what}: начато {since}. Страница обновится сама.", ("Идёт", "info")))
    good = history.last_good
    if good is not None and utcnow() - good.started_at > LATE:
        found.append(("Последняя хорошая копия старше суток.", ("Внимание", "bad")))
    if beside:
        found.append((BESIDE, ("Совет", "warn")))
    return found


def _condition(one: Stored, history: History) -> Markup:
    if not one.own:
        return badge("Сделана с другим ключом", "warn")
    if not one.complete:
        return badge("Пишется или прервана", "warn")
    checked = history.verified.get(one.name)
    if checked is None:
        return badge("Не проверялась", "")
    return join(badge("Хорошая", "good"), " ", tag("small", f"проверена {moment(checked)}"))


def _what(run: RunView) -> Markup:
    how = TRIGGERS.get(run.trigger, run.trigger)
    return join(KINDS.get(run.kind, run.kind), " ", tag("small", how))


def _outcome(run: RunView) -> Markup:
    title, tone = RUN_STATES.get(run.status, (run.status, ""))
    return join(badge(title, tone), " ", tag("small", run.error or ""))


def _instruction() -> None:
    steps = tag("ol", *(tag("li", *([step] if isinstance(step, str) else step)) for step in HOW))
    tables.show_html(
        join(tag("h2", "Как восстановить"), steps, tag("p", *ONLY_KNOWLEDGE)),
        "section",
        "panel apart",
    )
    tables.show_html(join(tag("h2", "Ключ к копиям"), tag("p", KEY)), "section", "panel")
