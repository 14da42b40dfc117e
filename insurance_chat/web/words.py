"""Russian names of everything that the staff pages show."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from insurance_chat.conversations.types import ConversationState, Sender
from insurance_chat.core.clock import MONTHS, MOSCOW, format_date, moscow_today, utcnow
from insurance_chat.core.money import format_rub
from insurance_chat.web.markup import Markup, badge

STATES: dict[str, tuple[str, str]] = {
    ConversationState.QA: ("Вопросы и ответы", ""),
    ConversationState.DATA_COLLECTION: ("Собираем данные", "info"),
    ConversationState.QUOTING: ("Считаем цену", "info"),
    ConversationState.ISSUING: ("Оформляем полис", "info"),
    ConversationState.HANDOVER_REQUESTED: ("Ожидает агента", "warn"),
    ConversationState.WITH_AGENT: ("С агентом", "good"),
}
CHANNELS = {
    "web": "Чат на сайте",
    "telegram": "Telegram",
    "whatsapp": "WhatsApp",
    "instagram": "Instagram",
    "api": "Чат по API",
}
SENDERS = {
    Sender.USER: "Клиент",
    Sender.AI: "Ассистент",
    Sender.AGENT: "Агент",
    Sender.SYSTEM: "Система",
}
POLICY_STATES = {
    "future": ("Ещё не начался", "info"),
    "active": ("Действует", "good"),
    "expired": ("Закончился", ""),
}
REMINDER_STATES = {
    "pending": ("Запланировано", "info"),
    "sent": ("Отправлено", "good"),
    "cancelled": ("Отменено", ""),
}
INVITATION_STATES = {
    "active": ("Действует", "good"),
    "expired": ("Срок истёк", ""),
    "revoked": ("Отозвано", ""),
    "spent": ("Использовано", "info"),
}
RECIPIENTS = {"client": "клиенту", "agent": "агенту"}
INCIDENT_TYPES = {
    "ai_inaccuracy": "Неточный ответ ассистента",
    "client_pull_away": "Клиента уводят от сервиса",
    "abuse": "Оскорбления",
    "turn_failed": "Сбой при ответе",
    "action_failed": "Не удалось выполнить шаг",
    "answer_unsupported": "Модель сказала то, чего нет в источнике",
    "unsourced_amount": "Ответ с неподтверждённой суммой",
    "paid_not_issued": "Оплачено, полиса нет",
    "backup_failed": "Резервная копия не сделана",
}
INCIDENT_STATES = {
    "open": ("Открыт", "warn"),
    "in_work": ("В работе", "info"),
    "closed": ("Закрыт", "good"),
}
AGENT_STATES = {
    "available": ("На связи", "good"),
    "busy": ("Занят", "warn"),
    "offline": ("Не в сети", ""),
}
HANDOVER_OUTCOMES = {
    "returned": "Вернули ассистенту",
    "closed": "Завершён",
    "transferred": "Передан коллеге",
    "lost": "Прервалась связь",
}
OPERATIONS = {
    "login": "Вход в систему",
    "refresh": "Продление входа",
    "register_callback": "Адрес для новостей",
    "vehicle": "Машина по номеру",
    "previous_policy": "Прежний полис",
    "create_quote": "Запрос расчёта",
    "quote": "Результат расчёта",
    "create_draft": "Черновик договора",
    "draft": "Состояние договора",
    "payment_link": "Ссылка на оплату",
    "confirm_payment": "Подтверждение оплаты",
    "find_draft": "Поиск договора",
    "create_kbm": "Запрос КБМ",
    "issue": "Выпуск полиса",
    "cancel": "Отмена договора",
    "policy_pdf": "Файл полиса",
    "key_information": "Ключевой информационный документ",
    "kbm": "КБМ водителей",
    "operation": "Ход операции",
}
PRODUCTS = {"osago": "ОСАГО", "mortgage": "Ипотека", "kasko": "КАСКО"}


def named(names: dict[str, tuple[str, str]], value: str) -> Markup:
    """A label for a state; an unknown one is shown as it is."""
    title, tone = names.get(value, (value, ""))
    return badge(title, tone)


def moment(value: datetime | None) -> str:
    """Moscow time for people: «сегодня, 14:05», «вчера, 14:05», «21.11.2026, 14:05»."""
    if value is None:
        return "—"
    local = value.astimezone(MOSCOW)
    day, today = local.date(), moscow_today()
    if day == today:
        shown = "сегодня"
    elif day == today - timedelta(days=1):
        shown = "вчера"
    else:
        shown = format_date(day)
    return f"{shown}, {local:%H:%M}"


def long_date(value: datetime) -> str:
    """«21 ноября 2026» on the Moscow calendar."""
    local = value.astimezone(MOSCOW)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def elapsed(since: datetime) -> str:
    """How long ago: «42 с», «5 мин 07 с», «1 ч 05 мин»; the page's script goes on counting."""
    seconds = max(0, int((utcnow() - since).total_seconds()))
    if seconds < 60:
        return f"{seconds} с"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} мин {rest:02d} с"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} ч {minutes:02d} мин"


def plural(count: int, one: str, few: str, many: str) -> str:
    """«1 чат», «2 чата», «5 чатов»."""
    last, teens = count % 10, count % 100
    if last == 1 and teens != 11:
        word = one
    elif last in (2, 3, 4) and teens not in (12, 13, 14):
        word = few
    else:
        word = many
    return f"{count} {word}"


def money(value: Decimal | None) -> str:
    """Roubles, or a dash when the sum is not known."""
    return "—" if value is None else format_rub(value)


def size(count: int) -> str:
    """Size of a file: «120 КБ», «1,4 МБ»."""
    if count < 1024 * 1024:
        return f"{max(1, round(count / 1024))} КБ"
    return f"{count / 1024 / 1024:.1f} МБ".replace(".", ",")


def product(code: str) -> str:
    """Name of a product; the code itself when there is none."""
    return PRODUCTS.get(code, code)
