"""The form «Подключить Instagram» and the trial of what was pasted into it.

Source: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.channels.meta.errors import GraphError
from insurance_chat.channels.meta.graph import Graph, text_of
from insurance_chat.channels.ports import ChannelError, Failure, Field
from insurance_chat.core.errors import ServiceError, invalid, unavailable

FIELDS = (
    Field(
        "account_id",
        "Идентификатор аккаунта Instagram",
        "developers.facebook.com → Мои приложения → ваше приложение → Instagram → «Настройка API с "
        "входом через Instagram»: число рядом с именем аккаунта в списке «Генерация токенов доступа».",
        secret=False,
    ),
    Field(
        "token",
        "Токен доступа",
        "Там же, в строке аккаунта: «Сгенерировать токен». Он живёт 60 дней; сервис продлевает его "
        "сам.",
    ),
    Field(
        "app_secret",
        "Секрет приложения Instagram",
        "Вверху той же страницы: «Секрет приложения Instagram», кнопка «Показать».",
    ),
    Field(
        "meta_app_secret",
        "Секрет приложения Meta",
        "Необязательно. Настройки приложения → Основное: «Секрет приложения». Нужен, если сообщения "
        "приходят с подписью основного приложения и сервис их не принимает.",
        required=False,
    ),
)
ME = "user_id,username,name,account_type"


async def try_values(graph: Graph, values: Mapping[str, str]) -> Mapping[str, Any]:
    """Ask Instagram whose token it is.

    Raises:
        ServiceError: a Russian sentence about the wrong value, or Instagram does not answer.
    """
    try:
        me = await graph.get("me", values["token"], fields=ME)
    except ChannelError as problem:
        raise _said(problem) from None
    mine = {text_of(me, "user_id"), text_of(me, "id")} - {""}
    if values["account_id"] not in mine:
        raise invalid(
            "channel_account_id",
            f"Токен выпущен для другого аккаунта: @{text_of(me, 'username')}. Проверьте "
            "«Идентификатор аккаунта Instagram» или создайте токен в строке нужного аккаунта.",
        )
    if text_of(me, "account_type") == "PERSONAL":
        raise invalid(
            "channel_account_type",
            "Это личный аккаунт, а переписку через сервис Instagram разрешает только "
            "профессиональным. Приложение Instagram → Настройки → Тип аккаунта.",
        )
    return me


def _said(problem: ChannelError) -> ServiceError:
    if isinstance(problem, GraphError) and problem.code in (0, 190):
        return invalid(
            "channel_token",
            "Instagram не принимает токен. Создайте новый: Instagram → «Настройка API с входом через "
            "Instagram» → «Сгенерировать токен».",
        )
    if problem.failure in (Failure.RETRY, Failure.LATER):
        return unavailable(
            "channel_silent",
            f"{problem.words} Проверьте интернет; если Meta закрыта, укажите адрес прокси в "
            "настройке INSTAGRAM_API_URL.",
        )
    return invalid("channel_refused", problem.words)
