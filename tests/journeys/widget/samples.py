"""One message with every kind of card; companies and prices are invented."""

from __future__ import annotations

from typing import Any

QUICK_REPLIES = [
    {"title": "Да, всё верно", "value": "confirm:yes"},
    {"title": "Исправить", "value": "confirm:no"},
]

CITATIONS = [
    {
        "n": 1,
        "documentId": "d1",
        "title": "Правила страхования «Север»",
        "page": 12,
        "section": "Раздел 4",
        "quote": "Заявление подаётся в письменной форме.",
        "url": "https://docs.example.org/rules",
    },
    {
        "n": 2,
        "documentId": "d2",
        "title": "Памятка клиента",
        "page": None,
        "section": "Документы",
        "quote": "Понадобится паспорт и СТС.",
        "url": None,
    },
]


def offer(code: str, company: str, price: str | None, **more: Any) -> dict[str, Any]:
    """An offer of an insurance company as the API sends it."""
    return {
        "offerId": code,
        "companyCode": code,
        "company": company,
        "price": price,
        "currency": "RUB",
        "status": "offered",
        "details": "Электронный полис, выплата на карту",
        "note": None,
        "value": f"offer:{code}",
        **more,
    }


OFFERS = [
    offer("north", "Север Страхование", "12345.67"),
    offer("coast", "Берег", "9870.5", note="Нужен осмотр по фото"),
    offer("steppe", "Степь", None, status="declined", note="Не страхует этот регион"),
    offer("peak", "Вершина", "101200", details={"Срок": "1 год", "Водители": "без ограничений"}),
]

PAYMENT = {
    "url": "https://pay.example.org/p/1",
    "amount": "9870.50",
    "currency": "RUB",
    "status": "pending",
    "company": "Берег",
    "expiresAt": "2099-01-01T12:00:00Z",
}

FILES = [
    {
        "name": "Полис ОСАГО.pdf",
        "url": "/files/9?sig=1",
        "mime": "application/pdf",
        "size": 245760,
        "kind": "policy",
    },
    {
        "name": "анкета.docx",
        "url": "/files/8?sig=1",
        "mime": "application/msword",
        "size": 18000,
        "kind": "other",
    },
]

MARKDOWN = (
    "Для **ОСАГО** понадобятся:\n- паспорт\n- СТС или ПТС\n- водительские права\n\n"
    "Порядок такой:\n1. Пришлите номер машины\n2. Проверьте данные\n\n"
    "Подробнее: [правила](https://docs.example.org/rules)."
)


def say_everything(stub: Any) -> None:
    """A conversation that shows every kind of message and card."""
    stub.say("Здравствуйте! Чем помочь?")
    stub.say("Какие нужны документы?", sender="user")
    stub.say(MARKDOWN, metadata={"citations": CITATIONS})
    stub.say("Вот предложения страховых компаний.", metadata={"offers": OFFERS})
    stub.say("Агент Мария подключилась к разговору", sender="system")
    stub.say("Здравствуйте, это Мария.", sender="agent")
    stub.say("Ваши документы", sender="agent", metadata={"files": FILES})
    stub.say("Можно оплатить.", metadata={"payment": PAYMENT})
    stub.say("Проверьте данные: всё верно?", metadata={"quickReplies": QUICK_REPLIES})
