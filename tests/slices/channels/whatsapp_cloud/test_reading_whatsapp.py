"""What clients, their phones and the owner do in WhatsApp is read as happenings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from insurance_chat.channels.ports import (
    AccountChanged,
    Deleted,
    Edited,
    Failure,
    Incoming,
    MediaKind,
    OwnerWrote,
    Progress,
    StatusChange,
    TextPart,
)
from tests.support.graph import Meta

ANNA = "79161110001"


async def only(office: Meta, kind: type) -> Any:
    happened = await office.happened()
    assert [type(one) for one in happened] == [kind], happened
    return happened[0]


async def test_words_come_with_a_name_and_a_number_that_whatsapp_vouches_for(office: Meta) -> None:
    message_id = await office.act(ANNA, "say", text="Здравствуйте!")
    said = await only(office, Incoming)
    assert (said.chat, said.text, said.message_id) == (ANNA, "Здравствуйте!", message_id)
    assert (said.person.id, said.person.name, said.person.phone) == (
        ANNA,
        "Анна Смирнова",
        f"+{ANNA}",
    )
    assert said.extra == {"last_message": message_id}


async def test_a_client_who_hides_the_number_is_answered_by_an_id(office: Meta) -> None:
    hidden = "RU.13491208655302741918"
    await office.act(hidden, "say", text="Кто здесь?")
    said = await only(office, Incoming)
    assert (said.chat, said.person.phone, said.person.username) == (hidden, "", "anna")
    await office.send(hidden, TextPart("Мы"))
    assert [one["text"] for one in await office.shown(hidden)] == ["Мы"]


async def test_updates_are_unique_and_ordered(office: Meta) -> None:
    for text in ("раз", "два"):
        await office.act(ANNA, "say", text=text)
    await office.behave(duplicate_webhooks=1)
    await office.act(ANNA, "say", text="три")
    updates = await office.updates()
    assert len(updates) == 4
    assert len({update.key for update in updates}) == 3
    assert [update.order for update in updates] == sorted(update.order for update in updates)
    assert {update.chat for update in updates} == {ANNA}


async def test_several_messages_of_one_call_keep_their_places(office: Meta) -> None:
    await office.act(ANNA, "say", text="раз")
    await office.control("flush")
    call = json.loads(office.door.calls[0].body)
    messages = call["entry"][0]["changes"][0]["value"]["messages"]
    messages.append({**messages[0], "id": "wamid.2", "text": {"body": "два"}})
    call["entry"].append(json.loads(json.dumps(call["entry"][0]).replace("wamid", "wamidx")))
    updates = office.whatsapp.split(office.account, json.dumps(call).encode())
    assert len({update.key for update in updates}) == 4
    assert [update.order % 1000 for update in updates] == [0, 1, 2, 3]


async def test_files_are_named_and_fetched_with_the_token(office: Meta) -> None:
    content = b"%PDF-1.7 " + bytes(range(256)) * 500
    await office.act(
        ANNA,
        "file",
        kind="document",
        data=content,
        mime="application/pdf",
        name="Полис.pdf",
        text="Мой полис",
    )
    said = await only(office, Incoming)
    (media,) = said.media
    assert (said.text, media.kind, media.name) == ("Мой полис", MediaKind.DOCUMENT, "Полис.pdf")
    fetched = b"".join([piece async for piece in office.whatsapp.fetch(office.account, media)])
    assert fetched == content


@pytest.mark.parametrize(
    ("sent", "kind", "mime"),
    [
        ({"kind": "audio", "mime": "audio/ogg", "voice": True}, MediaKind.VOICE, "audio/ogg"),
        ({"kind": "audio", "mime": "audio/mpeg"}, MediaKind.AUDIO, "audio/mpeg"),
        ({"kind": "image", "mime": "image/jpeg"}, MediaKind.IMAGE, "image/jpeg"),
        ({"kind": "video", "mime": "video/mp4"}, MediaKind.VIDEO, "video/mp4"),
        ({"kind": "sticker", "mime": "image/webp"}, MediaKind.STICKER, "image/webp"),
    ],
    ids=["voice", "audio", "image", "video", "sticker"],
)
async def test_media_are_told_apart(
    office: Meta, sent: dict[str, Any], kind: MediaKind, mime: str
) -> None:
    await office.act(ANNA, "file", data=b"x", **sent)
    said = await only(office, Incoming)
    assert (said.media[0].kind, said.media[0].mime) == (kind, mime)


async def test_a_place_a_card_and_what_is_not_passed_on_become_words(office: Meta) -> None:
    await office.act(ANNA, "location", latitude=55.75, longitude=37.61, name="Дом")
    await office.act(ANNA, "contact", name="Пётр", phone="+79160000000")
    await office.act(ANNA, "unseen")
    place, card, unseen = await office.happened()
    assert place.text == "Моё местоположение: Дом (55.75, 37.61)"
    assert card.text == "Контакт: Пётр, +79160000000"
    assert "WhatsApp не передаёт" in unseen.text


async def test_an_edit_and_a_taken_back_message_name_the_first_one(office: Meta) -> None:
    message_id = await office.act(ANNA, "say", text="Лада")
    await office.happened()
    await office.act(ANNA, "edit", id=message_id, text="Лада Веста")
    assert await office.happened() == [Edited(ANNA, message_id, "Лада Веста")]
    await office.act(ANNA, "delete", id=message_id)
    assert await office.happened() == [Deleted(ANNA, (message_id,))]


async def test_the_owner_who_answers_on_the_phone_is_heard(office: Meta) -> None:
    message_id = await office.act(ANNA, "owner", text="Это Иван, сейчас помогу")
    assert await office.happened() == [OwnerWrote(ANNA, message_id, "Это Иван, сейчас помогу")]


async def test_a_reaction_calls_for_no_answer(office: Meta) -> None:
    await office.act(ANNA, "say", text="раз")
    message_id = await office.send(ANNA, TextPart("два"))
    await office.updates()
    await office.act(ANNA, "react", id=message_id, text="👍")
    assert await office.happened() == []


async def test_statuses_name_the_message_and_the_key_of_its_sending(office: Meta) -> None:
    await office.act(ANNA, "say", text="раз")
    await office.updates()
    message_id = await office.send(ANNA, TextPart("два"), key="delivery-7")
    await office.act(ANNA, "receive", id=message_id, on=True)
    assert await office.happened() == [
        StatusChange(message_id, progress, key="delivery-7")
        for progress in (Progress.SENT, Progress.DELIVERED, Progress.READ)
    ]


async def test_a_message_that_came_late_fails_by_a_status(office: Meta) -> None:
    message_id = await office.send(ANNA, TextPart("два"))
    failed = (await office.happened())[-1]
    assert isinstance(failed, StatusChange)
    assert (failed.external_id, failed.progress) == (message_id, Progress.FAILED)
    assert failed.failure is Failure.WINDOW
    assert "24 часов" in failed.words


async def test_a_blocked_account_hears_of_it_by_a_status(office: Meta) -> None:
    await office.act(ANNA, "say", text="раз")
    await office.act(ANNA, "block", on=True)
    await office.updates()
    await office.send(ANNA, TextPart("два"))
    failed = (await office.happened())[-1]
    assert isinstance(failed, StatusChange)
    assert failed.failure is Failure.BLOCKED


async def test_a_disabled_business_account_stops_the_connection(office: Meta) -> None:
    await office.control(f"accounts/{office.account.external_id}/news?event=DISABLED_UPDATE")
    changed = await only(office, AccountChanged)
    assert changed.state == "failed"
    assert "отключила аккаунт" in changed.words
    await office.control(f"accounts/{office.account.external_id}/news?event=ACCOUNT_REINSTATED")
    assert await office.happened() == [AccountChanged(state="active")]


async def test_talk_of_a_group_is_left_alone(office: Meta) -> None:
    await office.act(ANNA, "say", text="всем привет")
    (update,) = await office.updates()
    item = dict(update.body["item"]) | {"group_id": "120363"}
    assert office.whatsapp.parse(office.account, dict(update.body) | {"item": item}) == ()


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"type": "text", "from": "1"},
        {"type": "interactive", "from": "1", "id": "w", "interactive": []},
        {"type": "contacts", "from": "1", "id": "w", "contacts": [{}]},
        {"type": "system", "from": "1", "id": "w", "system": {"type": "user_changed_number"}},
        {"type": "edit", "from": "1", "id": "w"},
    ],
)
async def test_an_odd_message_breaks_nothing(office: Meta, item: dict[str, Any]) -> None:
    update = {"kind": "message", "item": item, "contact": {}}
    found = office.whatsapp.parse(office.account, update)
    assert all(isinstance(one, Incoming) for one in found)
