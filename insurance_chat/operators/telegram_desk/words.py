"""What agents read in Telegram."""

from __future__ import annotations

from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.operators.telegram_desk.types import Act, Knob

STATUSES = {
    AgentStatus.AVAILABLE: "На линии",
    AgentStatus.BUSY: "Занят",
    AgentStatus.OFFLINE: "Не на линии",
}
TAKES = {
    AgentStatus.AVAILABLE: "Новые заявки приходят сюда.",
    AgentStatus.BUSY: "Сюда приходят только заявки, где клиент просит именно вас.",
    AgentStatus.OFFLINE: "Заявки не приходят.",
}
HELP = (
    "Здесь вы работаете с клиентами, ассистент вам не отвечает.\n\n"
    "/status — на линии, занят, не на линии\n"
    "/queue — кто ждёт агента\n"
    "/chats — ваши чаты\n\n"
    "Когда чат взят, пишите сюда обычные сообщения, голосовые, фото и документы: их получит клиент. "
    "Если чатов несколько, ответьте на сообщение нужного клиента или нажмите «Переключиться»."
)
LINKED = "**{name}, Telegram подключён.**\n\n{help}"
LINK_STALE = (
    "Ссылка не действует: она на один раз и на 10 минут. Откройте профиль на сайте и нажмите "
    "«Подключить Telegram» ещё раз."
)
LINK_TAKEN = (
    "К этому Telegram уже подключён другой сотрудник. Сначала отвяжите его: в его профиле, блок "
    "«Работа из Telegram»."
)
LINK_REPLACED = "Теперь вы работаете из другого Telegram. Этот отвязан."
UNLINKED = "Этот Telegram отвязан от вашей учётной записи: заявки и чаты сюда больше не приходят."
ENDED = (
    "Доступ закрыт: учётная запись заблокирована или пароль сменён. Если это не ошибка, войдите на "
    "сайт и подключите Telegram заново."
)
NOT_STAFF = "Эта кнопка для сотрудников, а этот Telegram ни к кому из них не подключён."
OTHER_BOT = "Вы работаете через другого бота: {bot}. Пишите туда."
BOT_GONE = (
    "Бот, через который вы работали, отключён. Подключите Telegram заново: профиль на сайте, блок "
    "«Работа из Telegram»."
)
OLD_BUTTON = "Эта кнопка устарела. /queue — заявки, /chats — ваши чаты."
UNKNOWN_COMMAND = "Такой команды нет.\n\n{help}"
EDITED = "Исправление клиент не увидит: ему ушло прежнее сообщение. Напишите новое."
NO_CHATS = "Открытых чатов нет. /queue — кто ждёт агента."
NOBODY_WAITS = "Никто не ждёт агента."
NOT_WAITING = "Клиент больше не ждёт агента, заявка неактуальна."
CHOOSE = (
    "Кому это сообщение? Ответьте на слова нужного клиента или выберите чат и отправьте ещё раз."
)
NOT_YOURS = "Этот чат вы больше не ведёте, сообщение не отправлено. /chats — ваши чаты."
NOT_YOURS_NOW = "Этот чат вы больше не ведёте. /chats — ваши чаты."
EMPTY = "В сообщении нет ничего, что можно передать клиенту."
SENT = "Отправлено: **{title}**"
DRAFT_SENT = "**Отправлено: {title}**\n\n{text}"
DRAFT_REPEATED = "Этот черновик уже отправлен клиенту."
CHANGE = (
    "Пришлите свой вариант целиком или скажите, что поправить: «короче», «теплее», «официальнее», "
    "«добавь про …». Клиенту это не уйдёт: я покажу новый черновик."
)
FAILED = "Не получилось: на нашей стороне произошла ошибка. Попробуйте ещё раз или откройте сайт."
ONLY_FOR_YOU = "Только для вас, клиенту не показывать"
HAND = "Кому передать чат **{title}**?"
TAKEN = "**Чат ваш: {title}**"
NOW = "Вы пишете: **{title}**"
RETURNED = "**{title}**: чат вернулся ассистенту."
CLOSED = "**{title}**: разговор завершён."
HANDED = "**{title}**: чат передан, {to}."
HANDED_ANY = "ждёт того, кто возьмёт первым"
NEXT = "Теперь вы пишете: **{title}**"
STILL_HOLDS = "У вас есть чаты в работе: верните их ассистенту или передайте коллеге."
GONE_OFFLINE = "Вы не на линии: заявки сюда не приходят. /status"
CARD_MINE = "Вы взяли эту заявку."
CARD_TAKEN = "Взял(а) {name}."
CARD_ENDED = "Заявка неактуальна: клиент больше не ждёт агента."
LEFT_WAITS = "**{title}**: чат снова в очереди, клиент ждёт агента. Вы его больше не ведёте."
LEFT_TAKEN = "**{title}**: чат теперь ведёт {name}."
LEFT = "**{title}**: чат у ассистента, вы его больше не ведёте."
NO_FILE = "файл больше не хранится"
HEARD = "Расшифровка: {text}"
AWAY = "Сейчас на линии никого из коллег нет. Можно вернуть чат в очередь."

LINE_KNOBS = (Knob("Черновик", Act.DRAFT), Knob("Меню", Act.MENU))
SWITCH = Knob("Переключиться", Act.SWITCH)
MENU_KNOBS = (
    Knob("Черновик", Act.DRAFT),
    Knob("Карточка", Act.CARD),
    Knob("Передать", Act.HAND),
    Knob("Закончить", Act.CLOSE),
    Knob("Вернуть ассистенту", Act.RETURN),
)


def status(now: AgentStatus) -> str:
    """What the person's status is and what it means."""
    return f"**{STATUSES[now]}.** {TAKES[now]}"


def status_knobs() -> tuple[Knob, ...]:
    """The three statuses."""
    return tuple(Knob(title, Act.STATUS, one.value) for one, title in STATUSES.items())
