"""Error codes of WhatsApp Cloud API.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes.
"""

from __future__ import annotations

from insurance_chat.channels.meta.errors import Meaning, Meanings
from insurance_chat.channels.ports import Failure

_WINDOW = Meaning(
    Failure.WINDOW,
    "Прошло больше 24 часов с последнего сообщения клиента: WhatsApp пропустит только шаблон.",
)
_TEMPLATE = "Шаблон не отправлен: "


def _refused(words: str) -> Meaning:
    return Meaning(Failure.REFUSED, words)


def _account(words: str) -> Meaning:
    return Meaning(Failure.ACCOUNT, words)


MEANINGS: Meanings = {
    131047: _WINDOW,
    131026: Meaning(
        Failure.BLOCKED,
        "Сообщение не доставить: номера нет в WhatsApp, у клиента старая версия приложения, или он "
        "запретил вам писать.",
    ),
    131021: _refused("Нельзя писать на тот же номер, с которого отправляется сообщение."),
    131030: _refused(
        "Тестовый номер Meta пишет только получателям из списка. Добавьте номер клиента в список "
        "в панели Meta или подключите настоящий номер."
    ),
    131049: _refused("Meta решила не показывать это сообщение: клиенту и так много пишут."),
    131050: _refused("Клиент отказался от рекламных сообщений этого номера."),
    130472: _refused("Meta не доставляет рекламные шаблоны этому клиенту (её эксперимент)."),
    130497: _refused("Этому номеру запрещено писать в страну клиента."),
    131051: _refused("WhatsApp не принимает сообщения такого вида."),
    131052: _refused("WhatsApp не смог скачать файл клиента; попросите прислать его ещё раз."),
    131053: _refused("WhatsApp не принял файл: вид или размер не подходит."),
    131008: _refused("В запросе нет обязательного поля (131008)."),
    131009: _refused("Значение в сообщении не подходит WhatsApp (131009)."),
    132000: _refused(f"{_TEMPLATE}число переменных не то, что в шаблоне."),
    132001: _refused(f"{_TEMPLATE}такого шаблона на этом языке нет или он ещё не одобрен."),
    132005: _refused(f"{_TEMPLATE}текст с подставленными значениями слишком длинный."),
    132007: _refused(f"{_TEMPLATE}его текст нарушает правила WhatsApp."),
    132012: _refused(f"{_TEMPLATE}значение переменной записано не так, как требует шаблон."),
    132015: _refused(f"{_TEMPLATE}Meta приостановила его из-за низкого качества."),
    132016: _refused(f"{_TEMPLATE}Meta отключила его из-за низкого качества."),
    130429: Meaning(Failure.LATER, "WhatsApp просит слать реже.", 10),
    131056: Meaning(Failure.LATER, "Слишком много сообщений одному клиенту подряд.", 10),
    131048: Meaning(
        Failure.LATER, "Номер ограничен: клиенты жаловались на спам или блокировали его.", 3600
    ),
    80007: Meaning(Failure.LATER, "Исчерпан лимит запросов аккаунта WhatsApp.", 300),
    133016: Meaning(Failure.LATER, "Слишком много попыток регистрации номера.", 3600),
    131000: Meaning(Failure.RETRY, "Временный сбой WhatsApp."),
    131016: Meaning(Failure.RETRY, "WhatsApp временно недоступен."),
    131057: Meaning(Failure.RETRY, "У Meta идут работы с этим аккаунтом."),
    133004: Meaning(Failure.RETRY, "WhatsApp временно недоступен."),
    131005: _account("У токена нет прав на этот номер WhatsApp."),
    131031: _account(
        "Meta заблокировала аккаунт WhatsApp. Причина — в центре качества Meta Business Suite."
    ),
    131037: _account("Отображаемое имя номера ещё не одобрено Meta, писать с него нельзя."),
    131042: _account(
        "Не настроена оплата WhatsApp. Добавьте способ оплаты в WhatsApp Manager → Настройки оплаты."
    ),
    131045: _account("Номер не зарегистрирован в Cloud API: завершите регистрацию номера."),
    133010: _account("Номер не зарегистрирован в Cloud API: завершите регистрацию номера."),
}
