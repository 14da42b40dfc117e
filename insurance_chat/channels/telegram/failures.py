"""What a refusal of the Bot API means for us.

Source: https://core.telegram.org/bots/api#making-requests and #responseparameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.channels.ports import ChannelError, Failure

FILE_TOO_LARGE = (
    "Файл больше 20 МБ: такие Telegram ботам не отдаёт. Попросите прислать его частями или в "
    "меньшем качестве."
)
_MARKUP = ("can't parse entities",)
_LINKS = ("button_url_invalid", "wrong http url", "unsupported url protocol", "url host is empty")
_VOICE = ("voice_messages_forbidden",)
_PICTURE = ("photo_invalid", "image_process_failed", "photo_ext_invalid", "photo_save_file")
#: 400 and 403 tell their reason only by a text; a part of it, what follows and the words.
_REASONS: tuple[tuple[str, Failure, str], ...] = (
    (
        "peer_usage_missing",
        Failure.WINDOW,
        "Прошло больше 24 часов с последнего сообщения клиента: Telegram Business больше не даёт "
        "отвечать от имени аккаунта, пока клиент не напишет сам.",
    ),
    (
        "business_connection_not_allowed",
        Failure.REFUSED,
        "Боту не разрешено отвечать в Telegram Business. Включите «Отвечать на сообщения» в "
        "настройках Telegram: Telegram для бизнеса → Чат-боты.",
    ),
    (
        "business",
        Failure.REFUSED,
        "Бот больше не подключён к аккаунту Telegram Business или этот чат для него закрыт. "
        "Проверьте в Telegram: Настройки → Telegram для бизнеса → Чат-боты.",
    ),
    ("blocked by the user", Failure.BLOCKED, "Клиент заблокировал бота."),
    ("user is deactivated", Failure.BLOCKED, "Клиент удалил свой аккаунт в Telegram."),
    (
        "can't initiate conversation",
        Failure.BLOCKED,
        "Клиент ещё не нажал «Запустить» у бота: первым в Telegram пишет клиент.",
    ),
    ("chat not found", Failure.REFUSED, "Telegram не находит этот чат."),
    ("file is too big", Failure.REFUSED, FILE_TOO_LARGE),
)


class TelegramRefusalError(ChannelError):
    """An answer that is not `ok`.

    Args:
        code: `error_code` of Telegram.
        reason: its `description`, for deciding what to try instead; not shown as it is.
    """

    def __init__(self, error: ChannelError, code: int, reason: str) -> None:
        super().__init__(error.failure, error.words, error.retry_after)
        self.code = code
        self._reason = reason.lower()

    @property
    def dislikes_markup(self) -> bool:
        """The words would pass without marks."""
        return self.code == 400 and any(sign in self._reason for sign in _MARKUP)

    @property
    def dislikes_links(self) -> bool:
        """A button leads to an address that Telegram does not open."""
        return self.code == 400 and any(sign in self._reason for sign in _LINKS)

    @property
    def dislikes_voice(self) -> bool:
        """The client has forbidden voice messages; a file still passes."""
        return self.code == 400 and any(sign in self._reason for sign in _VOICE)

    @property
    def changes_nothing(self) -> bool:
        """A message was to be changed into what it is."""
        return self.code == 400 and "message is not modified" in self._reason

    @property
    def dislikes_picture(self) -> bool:
        """It would pass as a document."""
        return self.code == 400 and any(sign in self._reason for sign in _PICTURE)


def refusal(status: int, content: Mapping[str, Any]) -> TelegramRefusalError:
    """The error for an answer that is not `ok`.

    Args:
        status: HTTP status.
        content: the JSON that came, empty when it was none.
    """
    code = content.get("error_code")
    code = code if isinstance(code, int) else status
    reason = str(content.get("description", ""))[:200]
    parameters = content.get("parameters")
    error = _error(code, reason, parameters if isinstance(parameters, dict) else {})
    return TelegramRefusalError(error, code, reason)


def _error(code: int, reason: str, parameters: Mapping[str, Any]) -> ChannelError:
    if code == 429:
        wait = parameters.get("retry_after")
        seconds = float(wait) if isinstance(wait, int | float) else 5.0
        return ChannelError(Failure.LATER, "Telegram просит писать реже.", seconds)
    if parameters.get("migrate_to_chat_id"):
        return ChannelError(
            Failure.REFUSED, "Чат стал большой группой, а в группах бот не отвечает."
        )
    if code in (401, 404):
        return ChannelError(
            Failure.ACCOUNT,
            "Telegram больше не знает этого токена. Возьмите у @BotFather новый (/token) и "
            "вставьте его в настройках канала.",
        )
    if code == 409:
        return ChannelError(Failure.RETRY, _conflict(reason))
    if code == 413:
        return ChannelError(Failure.REFUSED, "Файл больше, чем Telegram принимает от ботов: 50 МБ.")
    if code in (400, 403):
        return _by_reason(code, reason)
    return ChannelError(Failure.RETRY, f"Telegram не справился с запросом (ошибка {code}).")


def _conflict(reason: str) -> str:
    if "webhook" in reason.lower():
        return (
            "У этого бота включён вебхук: сообщения забирает другая программа. Отключите бота в "
            "ней или возьмите у @BotFather новый токен."
        )
    return (
        "Сообщения этого бота забирает ещё одна программа с тем же токеном. Остановите её или "
        "возьмите у @BotFather новый токен."
    )


def _by_reason(code: int, reason: str) -> ChannelError:
    low = reason.lower()
    for sign, failure, words in _REASONS:
        if sign in low:
            return ChannelError(failure, words)
    if code == 403:
        return ChannelError(Failure.BLOCKED, "Telegram не даёт боту писать этому клиенту.")
    return ChannelError(Failure.REFUSED, f"Telegram отказал: {reason or 'без объяснения'}.")


def unreachable(host: str) -> ChannelError:
    """Telegram could not be asked at all; never with the library's text, which has the token."""
    return ChannelError(
        Failure.RETRY,
        f"Telegram ({host}) не отвечает. Проверьте интернет; если Telegram закрыт, укажите адрес "
        "прокси в настройке TELEGRAM_API_URL.",
    )
