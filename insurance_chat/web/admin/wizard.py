"""The first start: five short steps, each can be skipped and taken up again later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from nicegui import ui

from insurance_chat.accounts.installation import service as installation
from insurance_chat.web import tables
from insurance_chat.web.admin import setup_forms
from insurance_chat.web.admin.setup_mail import mail_form
from insurance_chat.web.admin.setup_parts import Place
from insurance_chat.web.admin.setup_telegram import telegram_form
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit

PATH = "/admin/wizard"
DONE, SKIPPED = "done", "skipped"
Draw = Callable[[Visit, Place], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name in the address, heading, why it is worth a minute, its form."""

    name: str
    title: str
    why: str
    draw: Draw


async def _password(visit: Visit, place: Place) -> None:
    await setup_forms.password_form(visit, place, f"{PATH}?step=mail", "password")


STEPS = (
    Step("company", "Компания", "Как называется ваша компания.", setup_forms.company_form),
    Step(
        "password",
        "Пароль",
        "Пароль первого запуска создан автоматически и записан в файл. Придумайте свой.",
        _password,
    ),
    Step("mail", "Почта", "Через неё клиенты получают полисы и напоминания.", mail_form),
    Step(
        "model",
        "Языковая модель",
        "С ней ассистент понимает любые слова: опечатки, жаргон, длинные рассказы.",
        setup_forms.model_form,
    ),
    Step("telegram", "Telegram", "Бот вашей компании.", telegram_form),
)
NAMES = tuple(step.name for step in STEPS)
STATES = {DONE: ("Готово", "good"), SKIPPED: ("Пропущено", "")}


def left(progress: Mapping[str, str] | None) -> list[Step]:
    """Steps that were neither done nor skipped."""
    return [step for step in STEPS if step.name not in (progress or {})]


async def build(visit: Visit) -> None:
    """Draw the step of the address, else the first one that is left, else what comes next."""
    async with visit.unit() as (unit, principal):
        progress = await installation.note_progress(unit, principal)
    wanted = visit.query.get("step", "")
    rest = left(progress)
    if wanted not in NAMES:
        wanted = rest[0].name if rest and wanted != "end" else "end"
    tables.show_html(_path(progress, wanted), "nav").props('aria-label="Шаги"')
    if wanted == "end":
        tables.show_html(_end(rest), "section", "panel")
        return
    await _draw(visit, STEPS[NAMES.index(wanted)])


async def _draw(visit: Visit, step: Step) -> None:
    place = NAMES.index(step.name)

    async def go_on(state: str, words: str = "") -> None:
        async with visit.unit() as (unit, principal):
            before = await installation.progress(unit) or {}
            # What was done stays done, also when the person only leafs through.
            kept = DONE if before.get(step.name) == DONE else state
            await installation.note_progress(unit, principal, **{step.name: kept})
        if words:
            ui.notify(words, type="positive")
        follows = NAMES[place + 1] if place + 1 < len(NAMES) else "end"
        ui.navigate.to(f"{PATH}?step={follows}")

    async def done(words: str) -> None:
        await go_on(DONE, words)

    async def skip() -> None:
        await go_on(SKIPPED)

    heading = f"Шаг {place + 1} из {len(STEPS)}. {step.title}"
    with ui.element("section").classes("panel form").props(f'aria-label="{step.title}"'):
        tables.show_html(tag("span", heading), "h2")
        tables.show_html(tag("p", step.why, class_="lead"))
        await step.draw(visit, Place("Сохранить и дальше", done))
    with ui.row().classes("form-buttons"):
        if place:
            back = f"{PREFIX}{PATH}?step={NAMES[place - 1]}"
            tables.show_html(link("← Назад", back, class_="quiet"))
        ui.button("Пропустить этот шаг", on_click=visit.action(skip), color=None).props(
            "flat no-caps"
        ).classes("quiet-button")
        tables.show_html(link("Закончить потом", f"{PREFIX}/admin/home", class_="quiet"))


def _path(progress: Mapping[str, str], current: str) -> Markup:
    items = []
    for number, step in enumerate(STEPS, 1):
        title, tone = STATES.get(progress.get(step.name, ""), ("", ""))
        here = "step" if step.name == current else None
        name = link(
            f"{number}. {step.title}", f"{PREFIX}{PATH}?step={step.name}", aria_current=here
        )
        items.append(tag("li", name, " ", badge(title, tone) if title else None))
    return tag("ol", *items, class_="steps")


def _end(rest: list[Step]) -> Markup:
    left_over = None
    if rest:
        names = ", ".join(f"«{step.title}»" for step in rest)
        left_over = tag("p", f"Осталось: {names}. К этому можно вернуться в любой день.")
    following = (
        ("Добавьте документы", "/admin/knowledge/add", "по ним ассистент отвечает клиентам"),
        ("Заведите агентов", "/admin/agents", "им ассистент передаёт клиентов"),
        ("Проверьте состояние сервиса", "/admin/home", "что работает и что требует внимания"),
    )
    items = [tag("li", link(title, PREFIX + path), f" — {why}.") for title, path, why in following]
    demo = tag("li", link("Поговорите с ассистентом как клиент", "/demo"), " — откроется чат.")
    return join(
        tag("h2", "Всё готово" if not rest else "На сегодня всё"),
        left_over,
        tag(
            "p",
            "Все эти поля есть и на странице ",
            link("Настройки", f"{PREFIX}/admin/settings"),
            ".",
        ),
        tag("p", "Что дальше:"),
        tag("ul", *items, demo, class_="decisions"),
    )
