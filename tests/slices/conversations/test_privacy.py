"""An agent sees no phone and no whole e-mail of a client, and everything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from insurance_chat.conversations.contact_spotting.spotting import spot
from insurance_chat.conversations.privacy import (
    for_agent,
    mask_documents,
    mask_email,
    mask_phone,
    mask_text,
)

PIECES = st.sampled_from(
    [
        *"0123456789 -.,@+()•",
        "8 916 555-44-33",
        "+7 ••• •••-••-12",
        "i•••@mail.ru",
        "ivan@mail.ru",
        "восемь девятьсот ",
        "двенадцать ",
        "тысяч ",
        "собака ",
        "точка ",
        "ХХХ ",
        "стс ",
        "45 06 123456",
        "ivan",
        "ру",
        "\n",
    ]
)


def test_a_phone_keeps_its_last_two_digits() -> None:
    assert mask_phone("+79161234512") == "+7 ••• •••-••-12"
    assert mask_phone("8 (916) 123-45-12") == "+7 ••• •••-••-12"
    assert mask_phone("+375291234567") == "+• ••• •••-••-67"


def test_an_email_keeps_its_first_letter_and_domain() -> None:
    assert mask_email("ivan@mail.ru") == "i•••@mail.ru"


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("мой номер 8 916 123-45-12, звоните", "мой номер +7 ••• •••-••-12, звоните"),
        ("+79161234512 и 89031112233", "+7 ••• •••-••-12 и +7 ••• •••-••-33"),
        ("почта ivan@mail.ru.", "почта i•••@mail.ru."),
        ("ivan собака mail точка ru", "i•••@mail.ru"),
        (
            "восемь девятьсот шестнадцать пятьсот пятьдесят пять сорок четыре тридцать три",
            "+7 ••• •••-••-33",
        ),
        ("8\u200b916\u200b555\u200b44\u200b33", "+7 ••• •••-••-33"),
    ],
)
def test_phones_and_emails_are_hidden_however_they_are_written(said: str, seen: str) -> None:
    assert mask_text(said) == seen


@pytest.mark.parametrize(
    "text",
    [
        "VIN XTA210990Y1234567, полис ХХХ 9001234567, А777АЕ178",
        "СТС 9900 123456 от 05.10.2023, паспорт 45 06 123456",
        "остаток 4 120 000 ₽, цена 8 665,40 ₽",
        "горячая линия РСА 8 (800) 200-22-75 и +7 (495) 641-27-85",
        "пишите @ivan_petrov, сайт polis.ru",
    ],
)
def test_documents_sums_helplines_and_names_stay(text: str) -> None:
    assert mask_text(text) == text


def test_contacts_of_the_service_stay() -> None:
    text = "Поддержка: +7 843 200-30-40, help@service.ru"
    assert mask_text(text, {"+78432003040", "help@service.ru"}) == text
    assert mask_text(text) == "Поддержка: +7 ••• •••-••-40, h•••@service.ru"


def test_numbers_of_documents_can_be_hidden_too() -> None:
    assert mask_documents("45 06 123456") == "•• •• ••••56"
    assert mask_documents("паспорт 4506 123456, права 77АА 123456") == (
        "паспорт •••• ••••56, права •••• ••••56"
    )
    assert mask_documents("4506123456") == "••••••••56"
    assert mask_documents("полис ХХХ 0123456789, тел. 89161234512") == (
        "полис ХХХ 0123456789, тел. +7 ••• •••-••-12"
    )


def test_everything_in_a_line_of_the_log_is_masked_but_addresses_of_files() -> None:
    body = {
        "text": "вот 89161234512",
        "fileUrl": "/files/89161234512?sign=1",
        "metadata": {
            "attachments": [
                {"name": "скан 8 916 123-45-12.pdf", "url": "/f/89161234512", "size": 5}
            ],
            "quickReplies": [{"title": "ivan@mail.ru", "value": "почта ivan@mail.ru"}],
            "quote": {"text": "звоните +7 916 123-45-12"},
        },
    }
    kept = json.dumps(body)
    seen = for_agent(body)
    assert json.dumps(body) == kept
    assert seen["text"] == "вот +7 ••• •••-••-12"
    assert seen["fileUrl"] == body["fileUrl"]
    metadata = seen["metadata"]
    assert metadata["attachments"] == [
        {"name": "скан +7 ••• •••-••-12.pdf", "url": "/f/89161234512", "size": 5}
    ]
    assert metadata["quickReplies"] == [{"title": "i•••@mail.ru", "value": "почта i•••@mail.ru"}]
    assert metadata["quote"] == {"text": "звоните +7 ••• •••-••-12"}


def test_a_line_without_text_stays() -> None:
    assert for_agent({"text": None, "voiceUrl": "/v/1"}) == {"text": None, "voiceUrl": "/v/1"}


@given(st.lists(PIECES, max_size=25).map("".join))
@example("8 900 123 45 6+7 ••• •••-••-12 900 123 45 67")
@example("8912345 79 89161234579 123456789")
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once
    assert not [one for one in spot(once) if one.kind == "email"]
    documents = mask_documents(text)
    assert mask_documents(documents) == documents


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        (
            "Ответьте здесь: [открыть вопросы](https://chat.example.ru/anketa/AX9-Rq_Z). Жду.",
            "Ответьте здесь: открыть вопросы (ссылка видна только клиенту). Жду.",
        ),
        ("http://127.0.0.1:8000/anketa/AX9-Rq_Z", "(ссылка видна только клиенту)"),
        (
            "[Правила](https://chat.example.ru/legal/anketa) остались",
            "[Правила](https://chat.example.ru/legal/anketa) остались",
        ),
    ],
    ids=["words", "bare", "another-page"],
)
def test_a_link_that_is_for_the_client_alone_is_not_shown(told: str, seen: str) -> None:
    assert mask_text(told) == seen
    assert mask_text(seen) == seen
    assert for_agent({"text": told, "metadata": {"more": [told]}}) == {
        "text": seen,
        "metadata": {"more": [seen]},
    }
