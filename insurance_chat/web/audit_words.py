"""Russian names of actions in the audit log; an unknown code is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.insurance.policies import company_name
from insurance_chat.web.words import AGENT_STATES

ACTIONS = {
    "agent.applied": "Заявка на регистрацию",
    "agent.registered": "Новый агент",
    "agent.approved": "Агент подтверждён",
    "agent.blocked": "Агент заблокирован",
    "agent.unblocked": "Агент разблокирован",
    "agent.password_changed": "Смена пароля",
    "agent.companies_changed": "Смена компаний агента",
    "agent.companies_scope_changed": "Выбор компаний для подсказок",
    "agent.status_changed": "Смена статуса",
    "agent.profile_changed": "Правка профиля",
    "agent.totp_enabled": "Вход по коду включён",
    "agent.totp_disabled": "Вход по коду выключен",
    "agent.totp_reset": "Вход по коду сброшен",
    "desk.linked": "Telegram агента подключён",
    "desk.unlinked": "Telegram агента отвязан",
    "login.succeeded": "Вход",
    "login.failed": "Неудачный вход",
    "login.ended": "Выход",
    "chat.claimed": "Чат взят",
    "chat.released": "Чат возвращён ассистенту",
    "chat.transferred": "Чат передан",
    "chat.closed": "Чат закрыт",
    "chat.exported": "Выгрузка переписки",
    "chat.list_exported": "Выгрузка списка чатов",
    "chat.tagged": "Метки чата",
    "memory.forgotten": "Клиент просил забыть его данные",
    "contact.erasure_asked": "Клиент просит удалить данные",
    "contact.erased": "Данные клиента удалены",
    "contact.exported": "Данные клиента выгружены",
    "contact.data_sent": "Клиенту отправлены его данные",
    "contact.merged": "Клиенты объединены",
    "contact.unmerged": "Объединение клиентов отменено",
    "note.added": "Заметка в чате",
    "note.removed": "Заметка удалена",
    "message.sent": "Сообщение клиенту",
    "message.blocked": "Сообщение не отправлено: увод клиента",
    "template.added": "Новый шаблон",
    "template.changed": "Шаблон изменён",
    "template.removed": "Шаблон удалён",
    "incident.closed": "Инцидент закрыт",
    "incident.reopened": "Инцидент открыт снова",
    "incident.appealed": "Агент оспорил инцидент",
    "incident.taken": "Инцидент взят в работу",
    "document.uploaded": "Документ загружен на проверку",
    "document.published": "Документ опубликован",
    "document.deleted": "Документ удалён",
    "document.restored": "Документ возвращён из корзины",
    "document.rolled_back": "Возвращена прежняя версия документа",
    "document.corrected": "Поля документа исправлены",
    "upload.accepted": "Файл принят на чтение",
    "questions.answered": "Вопросы без ответа: написан ответ",
    "questions.wanted": "Вопросы без ответа: нужен документ",
    "questions.dismissed": "Вопросы без ответа: убраны",
    "knowledge.answer_added": "Новый вопрос и ответ в базе знаний",
    "source.added": "Новый источник",
    "source.changed": "Источник изменён",
    "source.removed": "Источник удалён",
    "update.approved": "Обновление принято",
    "update.rejected": "Обновление отклонено",
    "channel.connected": "Канал подключён",
    "channel.reconnected": "Данные канала обновлены",
    "channel.renamed": "Новое название канала",
    "channel.paused": "Канал приостановлен",
    "channel.resumed": "Канал возобновлён",
    "channel.removed": "Канал удалён",
    "channel.owner_chosen": "Канал: кто отвечает вручную",
    "channel.sent_again": "Недоставленное отправлено ещё раз",
    "channel.let_go": "Недоставленное убрано из списка",
    "message.template_sent": "Шаблон мессенджера отправлен клиенту",
    "webhook.added": "Вебхук добавлен",
    "webhook.removed": "Вебхук удалён",
    "reminder.created": "Напоминание запланировано",
    "reminder.changed": "Напоминание изменено",
    "reminder.handled": "Напоминание выполнено",
    "reminder.reopened": "Напоминание снова в работе",
    "policy.emailed": "Полис отправлен на почту",
    "sale.quoted": "Расчёт цены",
    "sale.drafted": "Черновик полиса",
    "sale.filled": "Анкета заполнена агентом",
    "sale.issued": "Выпуск полиса",
    "invitation.created": "Новое приглашение",
    "invitation.revoked": "Приглашение отозвано",
    "commission.confirmed": "Комиссия подтверждена",
    "commission.paid": "Комиссия выплачена",
    "commission.cancelled": "Комиссия отменена",
    "commission_rule.added": "Новое правило комиссий",
    "commission_rule.ended": "Правило комиссий завершено",
    "settings.changed": "Настройки изменены",
    "settings.renamed": "Новое название компании",
    "ai_token.added": "Ключ модели добавлен",
    "ai_token.changed": "Ключ модели изменён",
    "ai_token.removed": "Ключ модели удалён",
    "assistant_profile.changed": "Настройки ассистента изменены",
    "answer.explained": "Просмотр хода ответа",
    "eval_case.added": "Новый пример для проверки",
    "eval_case.exported": "Пример для проверки скачан",
    "eval_case.removed": "Пример для проверки удалён",
    "backup.ordered": "Заказана резервная копия",
    "backup.checked": "Заказана проверка копии",
    "statistics.exported": "Выгрузка статистики",
    "audit.exported": "Выгрузка журнала",
}
_KINDS = {
    "agent": "сотрудник",
    "chat": "чат",
    "chats": "список чатов",
    "incident": "инцидент",
    "document": "документ",
    "webhook": "вебхук",
    "ai_token": "ключ модели",
    "settings": "настройки",
    "assistant": "ассистент",
    "reminder": "напоминание",
    "policy": "полис",
    "sale": "оформление",
    "quote": "расчёт",
    "invitation": "приглашение",
    "commission": "комиссия",
    "commission_rule": "правило комиссий",
    "note": "заметка",
    "eval_case": "пример для проверки",
    "audit": "журнал",
    "backup": "резервная копия",
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
    "hint": "ключ",
    "provider": "поставщик",
    "base_url": "адрес",
    "model": "модель",
    "model_access": "модели",
    "daily_limit": "запросов в день",
    "monthly_limit": "запросов в месяц",
    "priority": "очередь",
    "is_active": "включён",
    "domestic": "в России",
    "seq": "строка чата",
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
    "True": "да",
    "False": "нет",
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
