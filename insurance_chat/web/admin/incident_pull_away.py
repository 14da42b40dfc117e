"""A message that led a client away: what was written, why it was stopped, the appeal, the decision."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.conversations.incidents import IncidentView
from insurance_chat.operators.pull_away import appeals
from insurance_chat.operators.pull_away.appeals import Ruling
from insurance_chat.operators.pull_away.types import KIND, Level
from insurance_chat.web.admin.incident_work import Redraw
from insurance_chat.web.markup import Markup, badge, join, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html

LEVELS = {
    Level.BLOCK.value: badge("Сообщение остановлено", "bad"),
    Level.WARN.value: badge("Отправлено с предупреждением", "warn"),
}


def is_hit(incident: IncidentView) -> bool:
    """Whether the detector made this incident; people report such things, too."""
    return incident.type == KIND and "level" in incident.details


def evidence(incident: IncidentView) -> Markup:
    """What the agent wrote, what the client got, and why."""
    details, appeal = incident.details, incident.resolution.get("appeal") or {}
    contacts = ", ".join(str(one.get("value", "")) for one in details.get("contacts") or [])
    reasons = [tag("li", str(reason)) for reason in details.get("reasons") or []]
    facts = [
        ("Агент", str(details.get("operatorName") or "—")),
        ("Написал", str(details.get("text") or "")),
        ("Клиент получил", str(details.get("sent") or "ничего")),
        ("Найденные контакты", contacts or "нет"),
        ("Оценка", f"{details.get('score', 0)} из 100"),
    ]
    if appeal:
        facts.append(("Возражение агента", str(appeal.get("words", ""))))
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts]
    return join(
        tag("h2", "Что проверить"),
        LEVELS.get(str(details.get("level")), badge("Без оценки")),
        tag("dl", *rows, class_="details"),
        tag("ul", *reasons) if reasons else None,
    )


def draw_decision(visit: Visit, incident: IncidentView, again: Redraw) -> None:
    """Two buttons that decide, with an appeal or without one; the agent reads the comment."""
    title = "Решение по возражению" if incident.resolution.get("appeal") else "Решение"
    show_html(tag("h2", title))
    comment = ui.textarea("Комментарий для агента").props("outlined autogrow maxlength=4000")
    comment.classes("wide")

    def ruling(ruled: Ruling) -> None:
        async def decide() -> None:
            async with visit.unit() as (unit, principal):
                done = await appeals.decide(
                    unit, principal, incident.id, ruled, str(comment.value or "")
                )
            words = "Решение записано"
            if done.send is not None:
                words += ". Агент увидит его и может отправить сообщение снова."
            ui.notify(words, type="positive")
            await again("")

        upheld = ruled is Ruling.UPHELD
        words = "Нарушение подтверждено" if upheld else "Ложное срабатывание"
        button = ui.button(
            words, on_click=visit.action(decide), color=None if upheld else "primary"
        )
        button.props("no-caps unelevated").classes("danger" if upheld else "")

    with ui.row().classes("ask-buttons"):
        ruling(Ruling.DISMISSED)
        ruling(Ruling.UPHELD)
