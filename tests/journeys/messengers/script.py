"""The sale: twelve messages of a client, the same in every messenger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from insurance_chat.core.clock import moscow_today

START = moscow_today() + timedelta(days=20)
COMPANY = "АльфаСтрахование"
FILE_WORDS = "Полис ОСАГО"


@dataclass(frozen=True, slots=True)
class Step:
    """One message of the client.

    Args:
        words: what is said.
        answer: a part of the reply that is waited for.
        choice: beginning of a button that is pressed instead, or of a numbered line whose number is
            typed where there are no buttons.
        pays: the client pays on the insurer's page before saying it.
    """

    words: str
    answer: str
    choice: str = ""
    pays: bool = False


STEPS = (
    Step("здравствуйте, хочу осаго", "Согласны?"),
    Step("согласен", "Напишите госномер", "Согласен"),
    Step("А123ВС77", "Нашёл машину"),
    Step(
        "стс 9912 345678, Иванов Иван Иванович, 12.05.1985, паспорт 4510 123456,"
        " г. Москва, ул. Ленина, д. 1, кв. 2, я собственник",
        "Кто будет водить",
    ),
    Step("только я, права 9916 123456, стаж с 15.06.2005", "Когда начать"),
    Step(
        f"с {START:%d.%m.%Y} на год, 8 900 123-45-67, ivan@example.ru", "Какую страховую выбираем"
    ),
    Step("альфа", "Всё верно?", COMPANY),
    Step("подтверждаю", "на странице страховой", "Подтверждаю"),
    Step("оплатил", "Ваши полисы", pays=True),
    Step("да", "Напомнить о продлении", "Да"),
    Step("да", "Напомню о продлении", "Да"),
    Step("спасибо", "Пожалуйста"),
)
