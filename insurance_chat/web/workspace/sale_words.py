"""Russian words of the sale's form: titles, answers of switches, what each stage means."""

from __future__ import annotations

from insurance_chat.operators.sales.views import Field, Stage, Word

YES, NO = "да", "нет"
_TITLES = {
    "same_mortgage": "Продлить прошлый полис",
    "mortgage_risks": "Какие риски",
    "mortgage_uplift": "Надбавка к остатку, %",
    "wooden_floors": "Деревянные перекрытия",
    "gas": "Газ в доме",
    "ownership_registered": "Право собственности зарегистрировано",
    "same_car": "Машина и данные те же, что в прошлом полисе",
    "no_plate": "Госномера ещё нет",
    "vin": "VIN",
    "power_hp": "Мощность двигателя, л. с.",
    "vehicle_document": "СТС, ПТС или ЭПТС",
    "policyholder_is_owner": "Кто страхователь",
    "drivers_unlimited": "Кто будет водить",
    "driver_is_owner": "Водитель — сам собственник",
    "driver_experience_start": "Дата начала стажа",
}
_ANSWERS = {
    "policyholder_is_owner": ("Сам собственник", "Другой человек"),
    "drivers_unlimited": ("Кто угодно", "По списку"),
}
_HINTS = {
    "plate": "А123ВС77",
    "make_model": "Hyundai Solaris",
    "vehicle_document": "СТС 9912 345678",
    "full_name": "Иванов Иван Иванович",
    "birth_date": "12.05.1985",
    "experience": "01.06.2005",
    "date": "01.12.2026",
    "passport": "4510 123456",
    "license": "9912 345678",
    "address": "Москва, ул. Ленина, д. 1, кв. 2",
    "phone": "+7 916 123-45-67",
    "email": "name@mail.ru",
    "risks": "имущество и жизнь",
    "bank": "Сбер",
    "balance": "2 350 000",
    "percent": "10 % или «без надбавки»",
    "object_kind": "квартира",
    "gender": "мужской",
    "danger": "работа или спорт",
    "contract": "12-345/2021",
    "past_date": "02.04.2021",
    "area": "54,2",
}
#: Name of the flow → what an agent should know of its offers.
OFFERS = {
    "osago": "Лимиты выплат по ОСАГО установлены законом и одинаковы у всех страховых.",
    "mortgage": "Под названием страховой стоит цена каждого риска и то, чего её полис не покрывает.",
}
STAGES = {
    Stage.NOT_STARTED: ("Не начато", "", "Спросите у клиента согласие на обработку данных."),
    Stage.CONSENT: ("Нет согласия", "warn", "Данные сохранятся только после согласия клиента."),
    Stage.FILLING: ("Заполняем данные", "info", ""),
    Stage.COUNTING: ("Считаем предложения", "info", "Обычно это занимает меньше минуты."),
    Stage.ANSWERING: (
        "Ждём ответов клиента",
        "warn",
        "Клиент отвечает на вопросы о здоровье на своей странице. Ответов не видит никто, кроме "
        "страховых; не спрашивайте о здоровье в чате.",
    ),
    Stage.CHOOSING: (
        "Выбор предложения",
        "info",
        "Клиент выберет в чате сам, или предложите вариант вы.",
    ),
    Stage.PRICING: ("Фиксируем цену", "info", "Страховая готовит черновик полиса."),
    Stage.CONFIRMING: (
        "Ждём подтверждения",
        "warn",
        "Клиент видит в чате все данные и цену и подтверждает их.",
    ),
    Stage.LINKING: ("Готовим оплату", "info", "Страховая готовит ссылку на оплату."),
    Stage.PAYING: (
        "Ждём оплаты",
        "warn",
        "Ссылка на оплату отправлена клиенту в чат. Платит только клиент.",
    ),
    Stage.ISSUING: ("Оплачено", "good", "Страховая выпускает полис."),
    Stage.ISSUED: ("Полис выпущен", "good", "Клиент получил полис в чате."),
}
WORDS = {
    Word.LATER: ("ещё не спрашивали", ""),
    Word.DUE: ("пора спросить", "warn"),
    Word.ASKED: ("ждём клиента", "warn"),
    Word.YES: ("клиент согласен", "good"),
    Word.NO: ("клиент отказался", "bad"),
}


def title(field: Field) -> str:
    """«Год выпуска»."""
    return _TITLES.get(field.slot) or field.title[:1].upper() + field.title[1:]


def answers(field: Field) -> dict[str, str]:
    """Titles of «yes» and «no» of a switch, by what the form sends."""
    yes, no = _ANSWERS.get(field.slot, ("Да", "Нет"))
    return {YES: yes, NO: no}


def hint(field: Field) -> str:
    """An example of what to type."""
    return _HINTS.get(field.type, "")


def months(count: int) -> str:
    """«Год», «6 месяцев»."""
    if count == 12:
        return "Год"
    return f"{count} месяца" if count in (3, 4) else f"{count} месяцев"
