"""Russian names of actions in the audit log; an unknown code is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.insurance.policies import company_name
from insurance_chat.web.words import AGENT_STATES

ACTIONS = {
    "agent.applied": "Подал заявку на регистрацию",
    "agent.registered": "Завёл агента",
    "agent.approved": "Подтвердил агента",
    "agent.blocked": "Заблокировал агента",
    "agent.unblocked": "Разблокировал агента",
    "agent.password_changed": "Сменил пароль",
    "agent.companies_changed": "Изменил компании агента",
    "agent.companies_scope_changed": "Выбрал компании для подсказок",
    "agent.status_changed": "Изменил статус агента",
    "agent.profile_changed": "Изменил профиль",
    "agent.totp_enabled": "Включил вход по коду",
    "agent.totp_disabled": "Выключил вход по коду",
    "agent.totp_reset": "Сбросил агенту вход по коду",
    "login.succeeded": "Вошёл",
    "login.failed": "Неудачный вход",
    "login.ended": "Вышел",
    "chat.claimed": "Взял чат",
    "chat.released": "Вернул чат ассистенту",
    "chat.transferred": "Передал чат",
    "chat.closed": "Закрыл чат",
    "chat.exported": "Скачал переписку",
    "chat.list_exported": "Скачал список чатов",
    "chat.tagged": "Изменил метки чата",
    "chat.noted": "Оставил заметку в чате",
    "message.sent": "Написал клиенту",
    "incident.closed": "Закрыл инцидент",
    "incident.opened": "Открыл инцидент снова",
    "incident.reopened": "Открыл инцидент снова",
    "incident.taken": "Взял инцидент в работу",
    "document.uploaded": "Загрузил документ на проверку",
    "document.published": "Опубликовал документ",
    "document.deleted": "Удалил документ",
    "webhook.added": "Добавил вебхук",
    "webhook.removed": "Удалил вебхук",
    "reminder.created": "Запланировал напоминание",
    "reminder.changed": "Изменил напоминание",
    "reminder.handled": "Отметил напоминание выполненным",
    "reminder.reopened": "Вернул напоминание в работу",
    "policy.emailed": "Отправил полис на почту",
    "sale.quoted": "Запросил расчёт",
    "sale.drafted": "Оформил черновик полиса",
    "sale.issued": "Запустил выпуск полиса",
    "invitation.created": "Создал приглашение",
    "invitation.revoked": "Отозвал приглашение",
    "commission.confirmed": "Подтвердил комиссию",
    "commission.paid": "Отметил комиссию выплаченной",
    "commission.cancelled": "Отменил комиссию",
    "commission_rule.added": "Добавил правило комиссий",
    "commission_rule.ended": "Завершил правило комиссий",
    "knowledge.answer_added": "Добавил вопрос и ответ",
    "statistics.exported": "Скачал статистику",
    "audit.exported": "Скачал журнал действий",
}
_KINDS = {
    "agent": "сотрудник",
    "chat": "чат",
    "chats": "список чатов",
    "incident": "инцидент",
    "document": "документ",
    "webhook": "вебхук",
    "reminder": "напоминание",
    "policy": "полис",
    "sale": "оформление",
    "quote": "расчёт",
    "invitation": "приглашение",
    "commission": "комиссия",
    "audit": "журнал",
    "statistics": "статистика",
}
_FIELDS = {
    "address": "адрес",
    "door": "где",
    "reason": "причина",
    "companies": "компании",
    "company": "компания",
    "status": "статус",
    "title": "название",
    "url": "адрес",
    "events": "события",
    "name": "имя",
    "comment": "комментарий",
    "decision": "решение",
    "format": "вид файла",
    "entries": "записей",
    "lines": "сообщений",
    "chats": "чатов",
    "outcome": "итог",
    "to": "кому",
}
_VALUES = {
    "api": "через API",
    "pages": "на страницах сотрудников",
    "credentials_wrong": "неверный логин или пароль",
    "otp_wrong": "неверный код",
    "blocked": "учётная запись заблокирована",
    "not_approved": "заявка ещё не подтверждена",
    "token_invalid": "вход устарел",
    "cancelled": "отменено",
    "pending": "запланировано",
    "sent": "отправлено",
    **{code: title for code, (title, _) in AGENT_STATES.items()},
}
_HIDDEN = frozenset({"onlyOwn", "hasPhone"})


def action_name(code: str) -> str:
    """What was done, in words."""
    return ACTIONS.get(code, code)


def target_name(target: str, person: str | None) -> str:
    """To what it was done: the name of a person, or the kind with the beginning of its number."""
    if person is not None:
        return person
    kind, _, number = target.partition(":")
    title = _KINDS.get(kind, kind)
    if number == "unknown":
        return "неизвестный логин"
    return f"{title} {number[:8]}".strip()


def details_text(details: Mapping[str, Any]) -> str:
    """More facts in one line: «адрес: 10.0.0.1; где: через API»."""
    shown = [
        f"{_FIELDS.get(name, name)}: {_value(name, value)}"
        for name, value in details.items()
        if name not in _HIDDEN and value not in (None, "", [])
    ]
    if "onlyOwn" in details:
        shown.append("только свои" if details["onlyOwn"] else "все компании")
    return "; ".join(shown)


def _value(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value("company" if name == "companies" else name, one) for one in value)
    if name == "company":
        return company_name(str(value))
    return _VALUES.get(str(value), str(value))
