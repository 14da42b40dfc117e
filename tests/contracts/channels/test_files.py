"""Files and voice, both ways; what is not accepted is explained kindly."""

from __future__ import annotations

from typing import Any

import pytest

from insurance_chat.conversations.types import Sender
from tests.contracts.channels.driver import Feature
from tests.contracts.channels.world import World, says

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(64)
OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
VIRUS = b"%PDF-1.7\nEICAR-STANDARD-ANTIVIRUS-TEST-FILE\n%%EOF\n"


async def _card(world: World, data: bytes, name: str, mime: str) -> dict[str, Any]:
    key = await world.parts.files.put(data, sealed=True)
    return {"key": key, "name": name, "mime": mime, "size": len(data), "kind": "policy"}


@pytest.mark.needs(Feature.FILES_OUT)
async def test_a_policy_reaches_the_client_letter_for_letter(world: World) -> None:
    client = await world.client()
    card = await _card(world, PDF, "Полис ОСАГО.pdf", "application/pdf")
    world.assistant.script = says("Ваш полис.", files=[card])
    await client.say("где полис?")
    await world.shown(client)
    await world.settled()
    seen = await client.shown()
    files = [one.file for one in seen if one.file is not None]
    assert [file.data for file in files] == [PDF]
    assert files[0].name == "Полис ОСАГО.pdf"
    assert any("Ваш полис" in one.text for one in seen)


@pytest.mark.needs(Feature.VOICE_OUT)
async def test_a_spoken_reply_is_a_voice_message(world: World) -> None:
    client = await world.client()
    key = await world.parts.files.put(OGG, sealed=True)
    world.assistant.script = lambda _text: [{"text": "Слушаю.", "voiceKey": key}]
    await client.say("голосом")
    await world.shown(client, 2)
    voices = [one for one in await client.shown() if one.voice]
    assert len(voices) == 1
    assert voices[0].file is not None
    assert voices[0].file.data == OGG


@pytest.mark.needs(Feature.FILES_OUT)
async def test_a_file_that_is_gone_does_not_stop_the_chat(world: World) -> None:
    client = await world.client()
    card = await _card(world, PDF, "Полис.pdf", "application/pdf")
    await world.parts.files.delete(card["key"])
    world.assistant.script = says("Вот файл.", files=[card])
    await client.say("файл")
    text = " ".join(await world.texts(client))
    assert "Вот файл." in text
    await world.settled()


@pytest.mark.needs(Feature.PHOTO)
async def test_a_photo_is_kept_with_its_words(world: World) -> None:
    client = await world.client()
    await client.photo(JPEG, "мой СТС")
    await world.shown(client)
    await world.settled()
    said = [entry.body for entry in await world.said()]
    assert "мой СТС" in [body["text"] for body in said]  # some send the words on their own
    card = next(body["metadata"]["files"][0] for body in said if "metadata" in body)
    assert card["mime"] == "image/jpeg"
    assert card["key"].startswith("sealed/")
    assert await world.parts.files.get(card["key"]) == JPEG


@pytest.mark.needs(Feature.DOCUMENT)
async def test_a_document_is_kept(world: World) -> None:
    client = await world.client()
    await client.document("Старый полис.pdf", "application/pdf", PDF)
    said = (await world.said(count=1))[0].body
    card = said["metadata"]["files"][0]
    assert card["name"].endswith(".pdf")
    assert await world.parts.files.get(card["key"]) == PDF


@pytest.mark.needs(Feature.DOCUMENT, Feature.NAMES)
async def test_a_document_keeps_its_name(world: World) -> None:
    client = await world.client()
    await client.document("Старый полис.pdf", "application/pdf", PDF)
    said = (await world.said(count=1))[0].body
    assert said["metadata"]["files"][0]["name"] == "Старый полис.pdf"


@pytest.mark.needs(Feature.VOICE_IN)
async def test_a_voice_message_is_kept_as_one(world: World) -> None:
    client = await world.client()
    await client.voice(OGG)
    said = (await world.said(count=1))[0].body
    assert await world.parts.files.get(said["voiceKey"]) == OGG


@pytest.mark.needs(Feature.PHOTO)
async def test_words_after_a_photo_wait_for_it(world: World) -> None:
    client = await world.client()
    async with world.gathering(2):
        await client.photo(JPEG)
        await client.say("это мой СТС")
    lines = await world.said(count=2)
    assert lines[0].body["metadata"]["files"]
    assert lines[1].body["text"] == "это мой СТС"


@pytest.mark.needs(Feature.DOCUMENT)
@pytest.mark.parametrize(
    ("name", "mime", "data", "why"),
    [
        pytest.param("virus.pdf", "application/pdf", VIRUS, "угроза", id="virus"),
        pytest.param("setup.exe", "application/pdf", b"MZ" + bytes(200), "не принимаем", id="type"),
        pytest.param(
            "big.pdf", "application/pdf", PDF + bytes(1_100_000), "больше 1 МБ", id="size"
        ),
    ],
)
async def test_a_file_that_is_refused_is_explained(
    world: World, name: str, mime: str, data: bytes, why: str
) -> None:
    client = await world.client()
    await client.document(name, mime, data)
    text = (await world.texts(client))[0]
    assert "Не могу принять файл" in text
    assert why in text
    await world.settled()
    assert not await world.said()
    await client.say("понятно")
    assert (await world.texts(client, 2))[1] == "Эхо: понятно"


@pytest.mark.needs(Feature.PHOTO)
async def test_a_file_is_the_same_after_a_repeat(world: World) -> None:
    client = await world.client()
    await world.messenger.duplicate(2)
    await client.photo(JPEG)
    await world.messenger.duplicate(0)
    await world.said(count=1)
    await world.settled()
    assert len(await world.said()) == 1
    assert not await world.said(Sender.SYSTEM)
