"""How a turn came to its answer, in plain Russian: one section for each kind of note."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from insurance_chat.conversations.quality.why import Why
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.llm.failures import SHORT
from insurance_chat.web.markup import Markup, badge, join, tag
from insurance_chat.web.words import moment

Note = Mapping[str, Any]
Slots = Mapping[str, SlotDefinition]
BY = {
    "rules": "правила",
    "model": "языковая модель",
    "shortcut": "правила, без модели",
    "button": "нажатая кнопка",
}
PURPOSES = {
    "understand": "понять слова клиента",
    "answer": "ответить по базе знаний",
    "summary": "кратко пересказать начало чата",
    "rephrase": "сказать теми же фактами мягче",
    "draft": "черновик для агента",
    "second_opinion": "второе мнение",
}
OUTCOMES = {
    **SHORT,
    "ok": "ответила",
    "invalid_output": "ответ не разобран",
    "refused": "отказалась отвечать",
    "bad_request": "запрос отклонён",
    "no_keys": "нет рабочего ключа",
}
STATUSES = {
    "done": ("сделано", "good"),
    "parked": ("ждёт результата", "info"),
    "stop": ("остановлено", "warn"),
}
ACTIONS = {
    "find_vehicle": "найти машину по госномеру",
    "check_vehicle": "проверить данные машины",
    "find_territory": "определить город для тарифа",
    "request_quotes": "запросить цены страховых",
    "create_draft": "создать черновик полиса",
    "request_payment": "получить ссылку на оплату",
    "record_consent": "записать согласие на обработку данных",
    "withdraw_consent": "отозвать согласие",
    "estimate_osago": "рассчитать примерную цену",
    "explain_price": "объяснить цену",
    "show_policies": "показать полисы",
    "plan_reminders": "запланировать напоминание",
    "stop_reminders": "отменить напоминания",
    "send_policy_email": "отправить полис на почту",
    "mail_last_policy": "отправить последний полис на почту",
    "check_paid": "проверить оплату",
    "find_document": "найти документ",
    "check_terms": "проверить срок и дату начала",
    "check_owner": "проверить собственника",
    "check_policyholder": "проверить страхователя",
    "keep_driver": "записать водителя",
    "more_drivers": "добавить водителя",
    "owner_drives": "записать собственника водителем",
    "choose_policy": "выбрать полис",
    "reuse_facts": "взять данные прошлого полиса",
    "look_back": "посмотреть прошлые полисы",
    "reconsider": "вернуться к предложениям",
    "give_up_sale": "прекратить оформление",
    "explain_cancellation": "объяснить расторжение",
}
_COMMANDS = {
    "start_flow": "начать сценарий",
    "set_slot": "записать",
    "reject_slot": "не принять",
    "clear_slot": "забыть",
    "ask_question": "вопрос к базе знаний",
    "chitchat": "светская реплика",
    "request_human": "позвать человека",
    "report_inaccuracy": "жалоба на неточность",
    "cancel_flow": "прервать оформление",
    "cancel": "прервать оформление",
    "set_preference": "пожелание",
    "unclear": "не понято",
}
_SHOWN = {
    "start_flow": "flow",
    "ask_question": "text",
    "chitchat": "topic",
    "report_inaccuracy": "text",
    "unclear": "text",
}
_KNOWN = ("understanding", "model", "search", "check", "answer", "action", "reply")
LONGEST = 240


def explanation(shown: Why, slots: Slots, flows: Mapping[str, str]) -> Markup:
    """Everything that the administrator reads of one answer.

    Args:
        slots: facts of all products, for their Russian names.
        flows: code → Russian title.
    """
    notes = shown.notes
    other = [note for note in notes if note.get("kind") not in _KNOWN]
    return join(
        _exchange(shown),
        _section("Что понято", _understood(shown, slots, flows)),
        _section("Что найдено в базе знаний", _found(shown)),
        _section("Проверки перед отправкой", _checks(_of(notes, "check"), _of(notes, "reply"))),
        _section("Что сделано", _list(_action(one) for one in _of(notes, "action"))),
        _section("Обращения к модели", _models(_of(notes, "model"))),
        _section("Другие записи", _list(_generic(one) for one in other)),
        _section("Время", _time(shown)),
    )


def developer(shown: Why) -> Markup:
    """The same as JSON."""
    raw = json.dumps(shown.raw(), ensure_ascii=False, indent=2, default=str)
    return tag(
        "details",
        tag("summary", "Для разработчика"),
        tag("pre", raw, tabindex="0"),
        class_="why-raw",
    )


def command_text(command: Mapping[str, Any], slots: Slots, flows: Mapping[str, str]) -> str:
    """One command as a person says it: «записать: госномер = А123ВС77»."""
    kind = str(command.get("type") or command.get("do") or "")
    words = _COMMANDS.get(kind, kind)
    slot = str(command.get("slot") or "")
    title = slots[slot].title if slot in slots else slot
    if kind == "set_slot":
        return f"{words}: {title} = {value_text(command.get('value'))}"
    if kind in ("reject_slot", "clear_slot"):
        raw = f" «{command['raw']}»" if command.get("raw") else ""
        return f"{words}: {title}{raw}"
    if kind == "set_preference":
        name = "отвечать голосом" if command.get("name") == "prefer_voice" else command.get("name")
        return f"{words}: {name} = {value_text(command.get('value'))}"
    if kind == "request_human" and command.get("name"):
        return f"{words}: {command['name']}"
    said = command.get(_SHOWN.get(kind, ""))
    if kind == "start_flow":
        said = flows.get(str(said), str(said))
    return f"{words}: {_short(str(said))}" if said else words


def value_text(value: Any) -> str:
    """A JSON value as a person reads it."""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, Mapping):
        told = (one for name, one in value.items() if name != "type" and one not in (None, ""))
        return ", ".join(value_text(one) for one in told)
    if isinstance(value, list):
        return "; ".join(value_text(one) for one in value)
    return _short(str(value)) if value is not None else "—"


def _exchange(shown: Why) -> Markup:
    said = [tag("blockquote", one) for one in shown.said]
    woken = tag("p", "Клиент ничего не писал: ответ вызвало событие, например пришли цены.")
    return tag(
        "div",
        tag("h3", "Клиент написал"),
        join(*said) if said else woken,
        tag("h3", "Ассистент ответил"),
        tag("blockquote", shown.answer, class_="said"),
        tag("p", tag("time", moment(shown.at)), class_="hint"),
    )


def _section(title: str, body: Markup | None) -> Markup | None:
    return tag("section", tag("h3", title), body) if body else None


def _list(lines: Any) -> Markup | None:
    items = [tag("li", line) for line in lines]
    return tag("ul", *items) if items else None


def _of(notes: Sequence[Note], kind: str) -> list[Note]:
    return [note for note in notes if note.get("kind") == kind]


def _understood(shown: Why, slots: Slots, flows: Mapping[str, str]) -> Markup:
    understanding = _of(shown.notes, "understanding")
    who = " → ".join(BY.get(str(note.get("by")), str(note.get("by"))) for note in understanding)
    by = tag("p", f"Кто понимал: {who or BY['rules']}.", class_="hint")
    lines = _list(command_text(one, slots, flows) for one in shown.commands)
    dropped = [one for note in understanding for one in note.get("dropped") or []]
    left = _list(_dropped(one, slots, flows) for one in dropped)
    return join(
        lines or tag("p", "Команд нет."),
        join(tag("p", "Отброшено проверкой, этого в словах клиента нет:"), left) if left else None,
        by,
    )


def _dropped(one: Any, slots: Slots, flows: Mapping[str, str]) -> str:
    if not isinstance(one, Mapping):
        return _short(str(one))
    command = one.get("command") or one.get("proposal") or one
    inner = command if isinstance(command, Mapping) else {"type": str(command)}
    why = one.get("why") or one.get("reason")
    said = command_text(inner, slots, flows)
    return f"{said} — {why}" if why else said


def _found(shown: Why) -> Markup | None:
    searched = [one for note in _of(shown.notes, "search") for one in note.get("passages") or []]
    if not searched and not shown.citations:
        answers = _of(shown.notes, "answer")
        if any(note.get("confident") is False for note in answers):
            return tag(
                "p", "Подходящего места не нашлось, поэтому ассистент честно сказал об этом."
            )
        return None
    lines = _list(_passage(one) for one in searched)
    shown_to = [_passage(one) for one in shown.citations]
    cited = join(tag("p", "Показано клиенту как источник:"), _list(shown_to)) if shown_to else None
    by = " → ".join(BY.get(str(n.get("by")), str(n.get("by"))) for n in _of(shown.notes, "answer"))
    return join(lines, cited, tag("p", f"Ответ составили: {by}.", class_="hint") if by else None)


def _passage(one: Mapping[str, Any]) -> Markup:
    page = f", стр. {one['page']}" if one.get("page") else ""
    section = f" — {one['section']}" if one.get("section") else ""
    score = one.get("score")
    how = tag("small", f" совпадение {_number(score)}") if score is not None else None
    quote = tag("blockquote", _short(str(one["quote"]))) if one.get("quote") else None
    return join(f"{one.get('title') or 'документ'}{page}{section}", how, quote)


def _checks(checks: Sequence[Note], replies: Sequence[Note]) -> Markup | None:
    lines = [_check(one) for one in checks]
    for reply in replies:
        blocked = reply.get("unsourced") or []
        if blocked:
            sums = ", ".join(str(one) for one in blocked)
            lines.append(join(badge("не отправлено", "bad"), f" сумма без источника: {sums}"))
    if not lines and replies:
        lines.append(join(badge("верно", "good"), " сумм без источника в ответе нет"))
    return _list(lines)


def _check(note: Note) -> Markup:
    mark = badge("верно", "good") if note.get("ok") else badge("не прошло", "bad")
    why = f" — {note['why']}" if note.get("why") else ""
    return join(mark, f" {_short(str(note.get('sentence') or ''))}{why}")


def _action(note: Note) -> Markup:
    name = str(note.get("name"))
    status, tone = STATUSES.get(str(note.get("status")), (str(note.get("status")), ""))
    return join(f"{ACTIONS.get(name, name)} ", badge(status, tone))


def _models(notes: Sequence[Note]) -> Markup | None:
    return _list(_model(one) for one in notes)


def _model(note: Note) -> Markup:
    purpose = PURPOSES.get(str(note.get("purpose")), str(note.get("purpose") or "вопрос"))
    outcome = OUTCOMES.get(str(note.get("outcome")), str(note.get("outcome") or ""))
    facts = [str(note.get("model") or ""), outcome]
    if note.get("seconds") is not None:
        facts.append(f"{_number(note['seconds'])} с")
    tokens = (note.get("prompt_tokens"), note.get("completion_tokens"))
    if any(one is not None for one in tokens):
        facts.append(f"токены: {tokens[0] or 0} на вопрос, {tokens[1] or 0} на ответ")
    if (note.get("tries") or 1) > 1:
        facts.append(f"ключей опрошено: {note['tries']}")
    if note.get("prompt"):
        facts.append(f"указания: {note['prompt']}")
    return join(tag("b", purpose), tag("br"), " · ".join(one for one in facts if one))


def _generic(note: Note) -> str:
    facts = [
        f"{name}: {value_text(value)}"
        for name, value in note.items()
        if name not in ("kind", "at_ms")
    ]
    return f"{note.get('kind')}: {'; '.join(facts)}" if facts else str(note.get("kind"))


def _time(shown: Why) -> Markup:
    if shown.ms is None:
        return tag(
            "p", "Ход этого ответа не записан: он дан до обновления или не самим ассистентом."
        )
    asked = sum(float(note.get("seconds") or 0) for note in _of(shown.notes, "model"))
    words = f"Ответ занял {_number(shown.ms / 1000)} с"
    return tag("p", f"{words}, из них модель {_number(asked)} с." if asked else f"{words}.")


def _number(value: Any) -> str:
    try:
        return f"{float(value):.2f}".replace(".", ",")
    except (TypeError, ValueError):
        return str(value)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
