"""Every extractor on typical and awkward spellings."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from insurance_chat.dialogue.understanding.extractors.address import find_addresses
from insurance_chat.dialogue.understanding.extractors.amounts import (
    find_months,
    find_power,
    find_years,
)
from insurance_chat.dialogue.understanding.extractors.cars import find_cars
from insurance_chat.dialogue.understanding.extractors.contact import find_emails, find_phones
from insurance_chat.dialogue.understanding.extractors.dates import find_dates
from insurance_chat.dialogue.understanding.extractors.documents import find_documents
from insurance_chat.dialogue.understanding.extractors.names import find_names
from insurance_chat.dialogue.understanding.extractors.places import find_places
from insurance_chat.dialogue.understanding.extractors.plate import find_plates
from insurance_chat.dialogue.understanding.extractors.vin import find_vins
from insurance_chat.dialogue.understanding.text import Text

TODAY = date(2026, 11, 21)  # a Saturday


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("полтора миллиона", "1500000"),
        ("пол ляма", "500000"),
        ("два ляма триста", "2300000"),
        ("двести пятьдесят тыщ", "250000"),
        ("две с половиной тысячи", "2500"),
        ("касарь", "1000"),
        ("9 тыс 800", "9800"),
        ("2,3 млн", "2300000"),
        ("тыща девятсот шестьдесят пятый", "1965"),
        ("двадцать восьмого", "28"),
        ("семьсот семьдесят семь", "777"),
        ("ноль ноль семь", "0 0 7"),
        ("сорок пять десять сто двадцать три четыреста пятьдесят шесть", "45 10 123 456"),
    ],
)
def test_numbers_in_words_become_digits(words: str, digits: str) -> None:
    assert Text(words).flat == digits


@pytest.mark.parametrize(
    ("words", "plate"),
    [
        ("А777АА77", "А777АА77"),
        ("a777aa77", "А777АА77"),
        ("А 777 АА 77", "А777АА77"),
        ("а777аа-177", "А777АА177"),
        ("А777АА77RUS", "А777АА77"),
        ("а сто двадцать три вэ эс сто девяносто шесть", "А123ВС196"),
        ("А 777 АА 77 9 марта", "А777АА77"),
        ("а777оо77", "А777ОО77"),
        ("о0о7оо77", None),
        ("1234АВ77", "1234АВ77"),
        ("с 300 на 20 тысяч", None),
        ("xта777аа77", None),
        ("а777аа77777", None),
    ],
)
def test_plates(words: str, plate: str | None) -> None:
    assert next((one.value for one in find_plates(Text(words))), None) == plate


@pytest.mark.parametrize(
    ("words", "vin"),
    [
        ("XTA219010K0123456", "XTA219010K0123456"),
        ("хта219010к0123456", "XTA219010K0123456"),
        ("vin XTA 219010 K0 123456", "XTA219010K0123456"),
        ("XTA21901OKO123456", "XTA219010K0123456"),
        ("код XTA219010K0123456789", None),
        ("12345678901234567", None),
    ],
)
def test_vins(words: str, vin: str | None) -> None:
    assert next((one.value for one in find_vins(Text(words)) if one.value), None) == vin


@pytest.mark.parametrize(
    ("words", "kind", "value"),
    [
        ("паспорт 45 10 123456", "passport", "4510123456"),
        ("паспорт: серия 45 10, № 123456", "passport", "4510123456"),
        ("паспорт 4510 123456 выдан 12 мая", "passport", "4510123456"),
        ("серия 4510 номер 123456", "number10", "4510123456"),
        ("права 99АА123456", "license", "99АА123456"),
        ("водительское удостоверение 9912345678", "license", "9912345678"),
        ("9900 123456 стс", "vehicle_document", {"type": "sts", "number": "9900123456"}),
        ("птс 77 УА 123456", "vehicle_document", {"type": "pts", "number": "77УА123456"}),
        ("эптс 164301001234567", "vehicle_document", {"type": "epts", "number": "164301001234567"}),
        ("паспорт тс 77УА123456", "vehicle_document", {"type": "pts", "number": "77УА123456"}),
        ("полис ХХХ 0123456789", "policy_number", "ххх 0123456789"),
    ],
)
def test_documents_are_told_apart_by_their_labels(words: str, kind: str, value: Any) -> None:
    (one,) = find_documents(Text(words))
    assert (one.kind, one.value) == (kind, value)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("12.03.1985", date(1985, 3, 12)),
        ("12/3/85", date(1985, 3, 12)),
        ("12 марта 85-го", date(1985, 3, 12)),
        ("1985-03-12", date(1985, 3, 12)),
        ("12 03 1985", date(1985, 3, 12)),
        ("двадцать восьмого ноября восемьдесят пятого года", date(1985, 11, 28)),
        ("завтра", date(2026, 11, 22)),
        ("послезавтра", date(2026, 11, 23)),
        ("через неделю", date(2026, 11, 28)),
        ("через две недели", date(2026, 12, 5)),
        ("с понедельника", date(2026, 11, 23)),
        ("с 1 декабря", date(2026, 12, 1)),
        ("с первого января", date(2027, 1, 1)),
        ("с 1 числа", date(2026, 12, 1)),
        ("со следующего месяца", date(2026, 12, 1)),
        ("с 01.12", date(2026, 12, 1)),
    ],
)
def test_dates(words: str, day: date) -> None:
    (one,) = find_dates(Text(words), TODAY)
    assert one.value == day


@pytest.mark.parametrize(
    ("words", "brand", "model"),
    [
        ("солярис", "Hyundai", "Solaris"),
        ("хендай акцент", "Hyundai", "Accent"),
        ("приора", "LADA", "Priora"),
        ("на приору", "LADA", "Priora"),
        ("лада веста", "LADA", "Vesta"),
        ("тойота камри", "Toyota", "Camry"),
        ("тайота камри", "Toyota", "Camry"),
        ("фольксваген пол", "Volkswagen", "Polo"),
        ("бмв х5", "BMW", "X5"),
        ("мазда 6", "Mazda", "6"),
        ("ваз 2107", "LADA", "2107"),
        ("чери тигго 7 про", "Chery", "Tiggo 7 Pro"),
        ("салярис", "Hyundai", "Solaris"),
        ("Kia Rio", "Kia", "Rio"),
        ("cx-5", "Mazda", "CX-5"),
    ],
)
def test_cars(words: str, brand: str, model: str) -> None:
    (one,) = find_cars(Text(words), expected=True)
    assert one.value == {"brand": brand, "model": model}


@pytest.mark.parametrize(
    "words",
    ["мой деловой партнер", "у меня нота протеста", "он оформил полис", "хочу купить осаго"],
)
def test_ordinary_words_are_not_cars(words: str) -> None:
    assert find_cars(Text(words)) == []


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Иванов Иван Иванович", "Иванов Иван Иванович"),
        ("ИВАНОВ ИВАН ИВАНОВИЧ", "Иванов Иван Иванович"),
        ("иван иванович иванов", "Иванов Иван Иванович"),
        ("на Иванову Марию Сергеевну", "Иванова Мария Сергеевна"),
        ("вписать Сидорова Петра Ивановича", "Сидоров Пётр Иванович"),
        ("Соловьёв Пётр Алексеевич", "Соловьёв Пётр Алексеевич"),
        ("Мамедов Али Гасан оглы", "Мамедов Али Гасан оглы"),
        ("Абрамович Роман Аркадьевич", "Абрамович Роман Аркадьевич"),
        ("Салтыков-Щедрин Михаил Евграфович", "Салтыков-Щедрин Михаил Евграфович"),
        ("сорока инна львовна", "Сорока Инна Львовна"),
        ("фио: кузьмин никита ильич", "Кузьмин Никита Ильич"),
        ("Ким Алексей без отчества", "Ким Алексей"),
    ],
)
def test_names(words: str, name: str) -> None:
    (one,) = find_names(Text(words), expected=True)
    assert one.value == name


@pytest.mark.parametrize(
    "words", ["я не знаю", "хочу купить полис", "мария сергеевна мама", "добрый день"]
)
def test_ordinary_words_are_not_names(words: str) -> None:
    assert [one.value for one in find_names(Text(words), expected=True) if one.value] == []


@pytest.mark.parametrize(
    ("words", "text", "region", "city"),
    [
        ("г Москва ул Ленина д 1 кв 2", "г Москва, ул Ленина, д 1, кв 2", "Москва", "Москва"),
        (
            "казань баумана 5 кв 10",
            "Казань, Баумана, д. 5, кв 10",
            "Республика Татарстан",
            "Казань",
        ),
        (
            "спб невский проспект 10",
            "Санкт-Петербург, Невский проспект, д. 10",
            "Санкт-Петербург",
            "Санкт-Петербург",
        ),
        (
            "Свердловская обл, г. Первоуральск, пр-т Ильича, 12/3, 45",
            "Свердловская обл, г. Первоуральск, пр-т Ильича, д. 12/3, кв. 45",
            "Свердловская область",
            "Первоуральск",
        ),
        (
            "Ленинградская область, Всеволожский район, д. Кудрово, Ленинградская ул., д. 5, кв. 12",
            "Ленинградская область, Всеволожский район, д. Кудрово, Ленинградская ул., д. 5, кв. 12",
            "Ленинградская область",
            None,
        ),
    ],
)
def test_addresses(words: str, text: str, region: str, city: str | None) -> None:
    (one,) = find_addresses(Text(words), expected=True)
    assert one.value == {"text": text, "region": region, "city": city}


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("питер", "Санкт-Петербург"),
        ("мск", "Москва"),
        ("екб", "Екатеринбург"),
        ("нск", "Новосибирск"),
        ("я из ростова", "Ростов-на-Дону"),
        ("в Московской области", "Московская область"),
        ("татарстан", "Республика Татарстан"),
        ("в набережных челнах", "Набережные Челны"),
        ("масква", "Москва"),
    ],
)
def test_places(words: str, place: str) -> None:
    assert find_places(Text(words), expected=True)[0].value.title == place


def test_a_surname_is_not_a_town() -> None:
    assert find_places(Text("артем киров")) == []


@pytest.mark.parametrize(
    ("words", "phone"),
    [
        ("8 (916) 123-45-67", "+79161234567"),
        ("+7 916 123 45 67", "+79161234567"),
        ("9161234567", "+79161234567"),
        (
            "восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь",
            "+79161234567",
        ),
    ],
)
def test_phones(words: str, phone: str) -> None:
    (one,) = find_phones(Text(words))
    assert one.value == phone


@pytest.mark.parametrize(
    ("words", "email"),
    [
        ("Ivan@Mail.Ru", "ivan@mail.ru"),
        ("ivan.petrov@yandex.ru.", "ivan.petrov@yandex.ru"),
        ("ivan точка petrov собака mail точка ru", "ivan.petrov@mail.ru"),
        ("ivan собака яндекс ру", "ivan@yandex.ru"),
    ],
)
def test_emails(words: str, email: str) -> None:
    (one,) = find_emails(Text(words))
    assert one.value == email


def test_amounts_with_their_units() -> None:
    assert [one.value for one in find_power(Text("мощность сто шесть лошадей"))] == [106]
    assert [one.value for one in find_power(Text("78 кВт"))] == [106.1]
    assert [one.value for one in find_years(Text("восемнадцатого года"), TODAY)] == [2018]
    assert [one.value for one in find_months(Text("на полгода"))] == [6]
    assert [one.value for one in find_months(Text("на год"))] == [12]
    assert [one.value for one in find_months(Text("на лето только"))] == [3]
