"""A phrase may change its tone and nothing else."""

from __future__ import annotations

import pytest

from insurance_chat.dialogue.answering.model.rephrase import Rephraser, harmless, same_sense
from insurance_chat.dialogue.answering.templates import load_phrases
from insurance_chat.dialogue.trace import Trace
from insurance_chat.insurance.products import reply_files
from insurance_chat.llm.availability import Availability
from tests.slices.dialogue.answering.conftest import Room

PHRASE = (
    "По номеру А123ВС77 данных нет. Не страшно, впишем машину вручную до 01.12.2026. "
    "Напишите «данные машины», и полис в «Тесте» за 5 000 ₽ не потеряется. Продолжим?"
)
KIND = (
    "По номеру А123ВС77 данных, увы, нет. Это не страшно: машину впишем вручную до 01.12.2026. "
    "Напишите, пожалуйста, «данные машины», и полис в «Тесте» за 5 000 ₽ не потеряется. Продолжим?"
)


def test_another_tone_is_the_same_sense() -> None:
    assert same_sense(PHRASE, PHRASE)
    assert same_sense(PHRASE, KIND)


@pytest.mark.parametrize(
    ("was", "became"),
    [
        ("5 000 ₽", "4 000 ₽"),
        ("5 000 ₽", "пять рублей"),
        ("01.12.2026", "01.12.2027"),
        ("до 01.12.2026", "вручную"),
        ("А123ВС77", "А124ВС77"),
        ("«Тесте»", "«Ингосе»"),
        ("«данные машины»", "данные машины"),
        (" Продолжим?", ""),
        ("Продолжим?", "Продолжим? Или позвать агента?"),
        ("не потеряется", "потеряется"),
        ("увы, нет", "увы, есть"),
        ("Напишите", "Напишите на https://evil.ru"),
        ("Напишите", "Напишите Анне Петровой"),
        ("полис", "полис гарантированно"),
        ("полис", "бесплатный полис"),
        ("полис", "<b>полис</b>"),
    ],
)
def test_anything_else_is_not(was: str, became: str) -> None:
    assert was in KIND
    assert not same_sense(PHRASE, KIND.replace(was, became))


def test_listed_phrases_exist_and_none_is_about_consent_or_money() -> None:
    phrases = load_phrases(reply_files())
    for key in harmless():
        assert key in phrases, key
        told = f"{key} {phrases.texts[key]}".lower()
        for word in ("consent", "согласи", "confirm", "подтвержда", "оплат", "payment", "₽", "rub"):
            assert word not in told, (key, word)


async def test_a_reworded_phrase_is_asked_for_once_and_a_wrong_one_is_not_said(room: Room) -> None:
    availability = Availability(room.desk.db, room.desk.settings)
    await availability.refresh()
    rephraser = Rephraser(room.desk.model, availability, budget_seconds=60)

    async def said(key: str, text: str) -> str:
        return await rephraser.rephrase(
            key, text, tenant_id=room.desk.tenant_id, known=(), trace=Trace()
        )

    await room.model_says(KIND)
    assert [await said("vehicle_not_found", PHRASE) for _ in range(2)] == [KIND, KIND]
    other = PHRASE.replace("5 000", "6 000")
    await room.model_says(KIND)
    assert [await said("vehicle_not_found", other) for _ in range(2)] == [other, other]
    assert len(await room.prompts()) == 2
    await room.desk.script(status=503, times=None)
    third = PHRASE.replace("5 000", "7 000")
    assert await said("vehicle_not_found", third) == third
    assert await said("ask_consent", PHRASE) == PHRASE
    assert await said("vehicle_not_found", "Коротко.") == "Коротко."
    assert len(await room.prompts()) == 3
