"""Error codes of messaging in Instagram.

Source: https://developers.facebook.com/docs/messenger-platform/error-codes.
"""

from __future__ import annotations

from insurance_chat.channels.meta.errors import Meaning, Meanings
from insurance_chat.channels.ports import Failure

_WINDOW = Meaning(
    Failure.WINDOW,
    "Прошло больше 24 часов с последнего сообщения клиента. Instagram пропустит только ответ "
    "сотрудника и не позже 7 дней.",
)
_BLOCKED = Meaning(
    Failure.BLOCKED, "Клиент не получает ваших сообщений: заблокировал вас или закрыл переписку."
)
_FILE = Meaning(Failure.REFUSED, "Instagram не смог взять файл: вид, размер или адрес не подходит.")

MEANINGS: Meanings = {
    (10, 2534022): _WINDOW,
    (10, 2018278): _WINDOW,
    (10, 2018108): _BLOCKED,
    (200, 1545041): _BLOCKED,
    (100, 2534014): Meaning(Failure.BLOCKED, "Этого клиента в Instagram больше нет."),
    (100, 2018001): Meaning(Failure.BLOCKED, "Этого клиента в Instagram больше нет."),
    551: _BLOCKED,
    (100, 2534015): Meaning(Failure.REFUSED, "Сообщение длиннее, чем принимает Instagram."),
    (100, 2534080): _FILE,
    (100, 2018047): _FILE,
    (100, 2018008): _FILE,
    (-1, 2534037): Meaning(
        Failure.ACCOUNT,
        "В настройках Instagram запрещён доступ к сообщениям. Приложение Instagram → Настройки → "
        "Сообщения → Инструменты → «Разрешить доступ к сообщениям».",
    ),
    80006: Meaning(Failure.LATER, "Instagram просит слать реже.", 60),
}
