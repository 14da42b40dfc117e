"""Topics of the memory are data: how they are written, masked, meant and cleared."""

from __future__ import annotations

from pathlib import Path

import pytest

from insurance_chat.conversations.memory.types import Memory, Remembered, Source
from insurance_chat.insurance.products import load_catalog, memory_topics
from insurance_chat.insurance.remembered.topics import address, load_topics, slots_of, words

TOPICS = memory_topics()
SOURCE = Source("osago", "web", None)
CAR = {"make_model": {"brand": "Kia", "model": "Rio"}, "year": 2018, "plate": "А123ВС77"}


def test_every_remembered_slot_has_a_topic_and_every_sensitive_document_none() -> None:
    for slot in load_catalog().slots.values():
        if slot.remember is not None:
            assert slot.remember.topic in TOPICS, slot.name
            assert slot.remember.when.get("consent") is True, slot.name
        if slot.type in ("passport", "license", "vehicle_document", "address", "birth_date"):
            assert slot.remember is None, slot.name


def test_a_car_is_written_in_full_and_a_person_is_masked() -> None:
    assert TOPICS["car"].written(CAR) == "Kia Rio, 2018 г., А123ВС77"
    assert TOPICS["car"].written({"make_model": {"brand": "Kia", "model": None}}) == "Kia"
    assert TOPICS["name"].written({"name": "Иванов Иван Иванович"}) == "Иван Иванович И."
    assert TOPICS["phone"].written({"phone": "+79001234567"}) == "+7 ••• •••-••-67"
    assert TOPICS["email"].written({"email": "ivan@example.ru"}) == "i•••@example.ru"
    assert TOPICS["voice"].written({"prefer_voice": False}) == ""


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("забудь мою машину", "car"),
        ("забуть пж мошину", "car"),
        ("сотри мою тачку", "car"),
        ("забудь как меня зовут", "name"),
        ("удали мое имя из памяти", "name"),
        ("забудь номер телефона", "phone"),
        ("забудь мою почту", "email"),
        ("забудь про голосовые", "voice"),
    ],
)
def test_words_name_one_topic(said: str, topic: str) -> None:
    assert [name for name, one in TOPICS.items() if one.is_meant(said)] == [topic]


@pytest.mark.parametrize("said", ["забудь меня", "забудь все обо мне", "очисти память"])
def test_other_words_name_none(said: str) -> None:
    assert not [name for name, one in TOPICS.items() if one.is_meant(said)]


def test_every_button_names_its_own_topic() -> None:
    for name, topic in TOPICS.items():
        said = topic.button["value"].casefold().replace("ё", "е")
        assert [one for one in TOPICS if TOPICS[one].is_meant(said)] == [name]


def test_a_topic_clears_the_slots_that_declare_it_and_its_own() -> None:
    slots = slots_of("car", TOPICS, load_catalog().slots)
    assert {"plate", "vin", "vehicle_document", "register", "draft"} <= slots
    assert not {"phone", "owner_full_name", "consent"} & slots


def test_a_model_reads_the_memory_masked() -> None:
    memory = Memory(
        {
            "car": Remembered(CAR, SOURCE),
            "phone": Remembered({"phone": "+79001234567"}, SOURCE),
        }
    )
    text = "телефон: +7 ••• •••-••-67; машина: Kia Rio, 2018 г., А123ВС77"
    assert words(memory, TOPICS) == text
    assert words(Memory(), TOPICS) == ""


def test_people_are_addressed_by_name_and_patronymic() -> None:
    assert address("Иванов Иван Иванович") == "Иван Иванович"
    assert address("Ли Мэй") == "Мэй"
    assert address("Мадонна") == "Мадонна"
    assert address("") == ""


def test_a_topic_of_a_new_product_is_added_by_a_file(tmp_path: Path) -> None:
    flat = tmp_path / "topics.yml"
    flat.write_text(
        'flat:\n  title: квартира\n  fields: {city: "{}", area: "{} м²"}\n  words: [квартир]\n'
        "  button: {title: Забыть квартиру, value: забудь мою квартиру}\n",
        encoding="utf-8",
    )
    topics = load_topics([flat])
    assert topics["flat"].written({"city": "Казань", "area": 54}) == "Казань, 54 м²"
    with pytest.raises(ValueError, match="flat"):
        load_topics([flat, flat])
