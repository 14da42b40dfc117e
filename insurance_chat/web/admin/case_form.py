"""The form that turns an answer into an example for judging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from nicegui import ui

from insurance_chat.conversations.quality import cases
from insurance_chat.conversations.quality.cases import Expected, Proposal
from insurance_chat.core.errors import invalid
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.web.admin.agent_forms import dialog_buttons
from insurance_chat.web.admin.why_words import command_text
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.markup import link, tag, text
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html

TITLE = "Пример для проверки"
LIST = f"{PREFIX}/admin/cases"
WISHES = {
    "ask_question": "вопрос к базе знаний",
    "request_human": "позвать человека",
    "cancel_flow": "прервать оформление",
    "report_inaccuracy": "жалоба на неточность",
    "unclear": "не понято, переспросить",
}
_FLOW = "flow:"
_HINT = (
    "Имена, телефоны, документы и номера заменены вымышленными. Проверьте слова клиента: если в них "
    "осталось что-то личное, исправьте. Заполните хотя бы одно из полей «Нужно было понять», «Факты» и "
    "«Должно» или «Не должно быть в ответе»."
)


async def case_form(visit: Visit, session: UUID, seq: int) -> None:
    """Ask what should have happened and keep the turn as an example.

    Args:
        seq: line of the answer.

    Raises:
        ServiceError: as `cases.propose`.
    """
    async with visit.unit() as (unit, principal):
        proposal = await cases.propose(unit, principal, session, seq)
    with ui.dialog().props("persistent") as dialog, ui.card().classes("ask why"):
        dialog.props["aria-label"] = TITLE
        ui.label(TITLE).classes("ask-title")
        with ui.element("div").classes("why-text form"):
            read = _fields(visit, proposal)

        async def save() -> None:
            title, messages, expected = read()
            async with visit.unit() as (unit, principal):
                await cases.add(
                    unit, principal, session, seq, expected, title=title, messages=messages
                )
            dialog.submit(True)

        dialog_buttons(dialog, "Сохранить пример", visit.action(save))
    if await answer_of(dialog):
        ui.notify("Пример сохранён. Он на странице «Примеры для проверки».", type="positive")


def _fields(visit: Visit, proposal: Proposal) -> Any:
    slots, flows = visit.services.catalog.slots, visit.services.catalog.flows
    titles = {name: flow.title for name, flow in flows.items()}
    show_html(text(_HINT), "p", "hint")
    name = ui.input("Название", value=proposal.title)
    name.props(f"outlined maxlength={cases.LONGEST_TITLE}")
    messages = _lines("Слова клиента", "\n".join(proposal.messages), "Сообщение на строку")
    understood = [command_text(one, slots, titles) for one in proposal.commands]
    show_html(tag("p", f"Было понято: {'; '.join(understood) or 'ничего'}."), "div", "hint")
    wishes = ui.select(
        {**WISHES, **{f"{_FLOW}{one}": f"начать: {titles[one]}" for one in _offered(flows)}},
        label="Нужно было понять",
        multiple=True,
    ).props("outlined use-chips")
    facts = _lines("Факты", hint="Что нужно было записать: год выпуска = 2018")
    says = _lines("Должно быть в ответе", hint="Фраза на строку")
    not_says = _lines("Не должно быть в ответе", hint="Фраза на строку")
    comment = _lines("Как надо было ответить", hint="Для людей, не проверяется")
    show_html(tag("p", link("Все примеры", LIST)))

    def read() -> tuple[str, list[str], Expected]:
        commands = [read_wish(one) for one in wishes.value or []]
        commands += read_facts(facts.value or "", slots)
        expected = Expected(
            commands, _split(says.value), _split(not_says.value), (comment.value or "").strip()
        )
        return name.value or "", _split(messages.value), expected

    return read


def _lines(label: str, value: str = "", hint: str = "") -> ui.textarea:
    field = ui.textarea(label, value=value).props("outlined autogrow rows=1 maxlength=4000")
    field.props["hint"] = hint
    return field


def _split(value: str | None) -> list[str]:
    return [line.strip() for line in (value or "").splitlines() if line.strip()]


def _offered(flows: Mapping[str, Any]) -> list[str]:
    return [name for name, flow in flows.items() if flow.offered]


def read_wish(chosen: str) -> dict[str, Any]:
    """A choice of the form as an expected command."""
    if chosen.startswith(_FLOW):
        return {"type": "start_flow", "flow": chosen.removeprefix(_FLOW)}
    return {"type": chosen}


def read_facts(lines: str, slots: Mapping[str, SlotDefinition]) -> list[dict[str, Any]]:
    """Lines «год выпуска = 2018» as expected commands.

    Raises:
        ServiceError: `eval_case_invalid` names the line that is not understood.
    """
    by_title = {slot.title.casefold(): slot for slot in slots.values()}
    found = []
    for line in _split(lines):
        title, equals, value = (part.strip() for part in line.partition("="))
        slot = by_title.get(title.casefold()) or slots.get(title)
        if not equals or not value or slot is None:
            raise invalid(
                "eval_case_invalid",
                f"Строка «{line[:60]}» не понята. Пишите так: год выпуска = 2018.",
            )
        found.append({"type": "set_slot", "slot": slot.name, "value": _value(slot, value)})
    return found


def _value(slot: SlotDefinition, value: str) -> Any:
    if slot.type == "boolean" and value.casefold() in ("да", "нет"):
        return value.casefold() == "да"
    return int(value) if value.isascii() and value.isdigit() and len(value) < 5 else value
