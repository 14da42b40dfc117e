"""The form «Подключить WhatsApp» and the trial of what was pasted into it.

Sources: https://developers.facebook.com/docs/whatsapp/cloud-api/get-started,
https://developers.facebook.com/docs/graph-api/reference/debug_token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from insurance_chat.channels.meta.errors import GraphError
from insurance_chat.channels.meta.graph import Graph, text_of
from insurance_chat.channels.meta.hooks import dicts, inner, whole
from insurance_chat.channels.ports import ChannelError, Failure, Field
from insurance_chat.core.errors import ServiceError, invalid, unavailable

NEEDED = ("whatsapp_business_messaging", "whatsapp_business_management")
NUMBER_FIELDS = (
    "display_phone_number,verified_name,quality_rating,code_verification_status,platform_type,"
    "name_status,status,webhook_configuration"
)
FIELDS = (
    Field(
        "phone_number_id",
        "Идентификатор номера телефона",
        "developers.facebook.com → Мои приложения → ваше приложение → WhatsApp → Настройка API: "
        "«Идентификатор номера телефона» под выбранным номером. Это длинное число, а не сам номер.",
        secret=False,
    ),
    Field(
        "waba_id",
        "Идентификатор аккаунта WhatsApp Business",
        "Там же, строкой ниже: «Идентификатор аккаунта WhatsApp Business».",
        secret=False,
    ),
    Field(
        "token",
        "Постоянный токен доступа",
        "business.facebook.com → Настройки компании → Пользователи → Системные пользователи → "
        "«Сгенерировать токен»: выберите приложение, срок «Никогда» и права "
        "whatsapp_business_messaging и whatsapp_business_management. Токен со страницы «Настройка "
        "API» живёт только сутки.",
    ),
    Field(
        "app_secret",
        "Секрет приложения",
        "developers.facebook.com → ваше приложение → Настройки приложения → Основное: «Секрет "
        "приложения», кнопка «Показать».",
    ),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What the trial has shown.

    Args:
        number: the phone number with its name, as Meta tells.
        token_until: Unix seconds; 0 is for ever.
        wants: what is still to be done, in Russian.
    """

    number: Mapping[str, Any]
    app_id: str
    token_until: int
    wants: tuple[str, ...]


async def try_values(graph: Graph, values: Mapping[str, str]) -> Tried:
    """Call Meta with every value of the form, so that each wrong one is named.

    Raises:
        ServiceError: a Russian sentence about the wrong value, or Meta does not answer.
    """
    token, phone = values["token"], values["phone_number_id"]
    try:
        app = await graph.get("app", token, fields="id,name")
        number = await _number(graph, phone, token)
        await _belongs(graph, values)
        app_id = text_of(app, "id")
        until = await _rights(graph, values, app_id)
    except ChannelError as problem:
        raise _said(problem) from None
    return Tried(number, app_id, until, (*token_wants(until), *number_wants(number)))


def _said(problem: ChannelError) -> ServiceError:
    if isinstance(problem, GraphError) and problem.code in (0, 190):
        return invalid(
            "channel_token",
            "Meta не принимает токен. Скопируйте его ещё раз целиком или создайте новый: "
            "Настройки компании → Системные пользователи → «Сгенерировать токен».",
        )
    if problem.failure in (Failure.RETRY, Failure.LATER):
        return unavailable(
            "channel_silent",
            f"{problem.words} Проверьте интернет; если Meta закрыта, укажите адрес прокси в "
            "настройке WHATSAPP_API_URL.",
        )
    return invalid("channel_refused", problem.words)


async def _number(graph: Graph, phone: str, token: str) -> Mapping[str, Any]:
    try:
        found = await graph.get(phone, token, fields=NUMBER_FIELDS)
    except GraphError as problem:
        if problem.code not in (10, 33, 100, 200):
            raise
        raise invalid(
            "channel_phone_number_id",
            "Meta не находит такой «Идентификатор номера телефона» или у токена нет к нему доступа. "
            "Проверьте, что вставлен идентификатор, а не сам номер, и что системному пользователю "
            "назначен этот аккаунт WhatsApp.",
        ) from None
    if not found.get("display_phone_number"):
        raise invalid(
            "channel_phone_number_id",
            "Это идентификатор не номера телефона, а чего-то другого. Возьмите «Идентификатор номера "
            "телефона» на странице WhatsApp → Настройка API.",
        )
    return found


async def _belongs(graph: Graph, values: Mapping[str, str]) -> None:
    wrong = invalid(
        "channel_waba_id",
        "Номер не принадлежит этому аккаунту WhatsApp Business. Проверьте «Идентификатор аккаунта "
        "WhatsApp Business»: он стоит строкой ниже идентификатора номера.",
    )
    try:
        found = await graph.get(
            f"{values['waba_id']}/phone_numbers", values["token"], fields="id", limit="200"
        )
    except GraphError as problem:
        if problem.code in (10, 33, 100, 200):
            raise wrong from None
        raise
    if values["phone_number_id"] not in {text_of(one, "id") for one in dicts(found.get("data"))}:
        raise wrong


async def _rights(graph: Graph, values: Mapping[str, str], app_id: str) -> int:
    """Ask with the app's own secret, which shows at once whether it is right; the token's end."""
    try:
        told = await graph.get(
            "debug_token", f"{app_id}|{values['app_secret']}", input_token=values["token"]
        )
    except GraphError as problem:
        if problem.failure in (Failure.RETRY, Failure.LATER):
            raise
        raise invalid(
            "channel_app_secret",
            "«Секрет приложения» не подходит к приложению, для которого выпущен токен. Он нужен, "
            "чтобы отличать настоящие сообщения от поддельных.",
        ) from None
    data = inner(told, "data")
    given = data.get("scopes")
    missing = [name for name in NEEDED if not isinstance(given, list) or name not in given]
    if missing:
        raise invalid(
            "channel_scopes",
            f"Токену не хватает прав: {', '.join(missing)}. Создайте новый и отметьте их.",
        )
    return whole(data.get("expires_at"))


def token_wants(until: int) -> tuple[str, ...]:
    """A warning about a token that ends.

    Args:
        until: Unix seconds; 0 is for ever.
    """
    if not until:
        return ()
    day = datetime.fromtimestamp(until, UTC).strftime("%d.%m.%Y")
    return (
        f"Токен временный, действует до {day}. Создайте постоянный: Настройки компании → Системные "
        "пользователи → «Сгенерировать токен», срок «Никогда».",
    )


def number_wants(number: Mapping[str, Any]) -> tuple[str, ...]:
    """What Meta still wants for the number itself, in Russian."""
    wants = []
    if number.get("code_verification_status") in ("NOT_VERIFIED", "EXPIRED"):
        wants.append(
            "Подтвердите номер кодом: WhatsApp Manager → Номера телефонов → «Подтвердить»."
        )
    if number.get("status") in ("PENDING", "OFFLINE", "UNVERIFIED"):
        wants.append("Зарегистрируйте номер: WhatsApp → Настройка API → «Зарегистрировать».")
    if number.get("name_status") in ("DECLINED", "EXPIRED", "NONE"):
        wants.append("Отображаемое имя не одобрено: WhatsApp Manager → Номера телефонов → имя.")
    if number.get("quality_rating") == "RED":
        wants.append(
            "Качество номера низкое: клиенты жалуются. Пишите реже, иначе номер ограничат."
        )
    return tuple(wants)
