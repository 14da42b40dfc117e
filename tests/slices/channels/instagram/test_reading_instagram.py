"""What clients and the owner do in Instagram is read as happenings."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from insurance_chat.channels.ports import (
    AccountChanged,
    ChannelError,
    Deleted,
    Edited,
    Incoming,
    MediaKind,
    OwnerWrote,
    Person,
    Progress,
    StatusChange,
    TextPart,
)
from tests.support.graph import Meta

ANNA = "6140000000000001"


@pytest.fixture
async def known(direct: Meta) -> Meta:
    """Anna has just written, and the first message was noted."""
    await direct.act(ANNA, "say", text="Здравствуйте")
    await direct.updates()
    direct.account = replace(direct.account, options={"heard": True})
    return direct


async def test_the_first_message_also_proves_the_address(direct: Meta) -> None:
    message_id = await direct.act(ANNA, "say", text="Здравствуйте!", ref="vizitka")
    said, changed = await direct.happened()
    assert isinstance(said, Incoming)
    assert (said.chat, said.text, said.message_id) == (ANNA, "Здравствуйте!", message_id)
    assert (said.person.phone, said.start) == ("", "vizitka")
    assert changed == AccountChanged(options={"heard": True})


async def test_a_new_person_is_asked_for_by_name(known: Meta) -> None:
    person = await known.instagram.introduce(known.account, Person(ANNA))
    assert (person.id, person.name, person.username) == (ANNA, "Анна Смирнова", "client_0001")
    unknown = Person("6140000000009999")
    assert await known.instagram.introduce(known.account, unknown) == unknown


async def test_files_come_by_address(known: Meta) -> None:
    await known.act(ANNA, "file", kind="image", data=b"\xff\xd8\xffphoto", mime="image/jpeg")
    await known.act(ANNA, "file", kind="audio", data=b"sound", mime="audio/mp4", voice=True)
    photo, sound = await known.happened()
    assert isinstance(photo, Incoming)
    assert isinstance(sound, Incoming)
    assert (photo.media[0].kind, sound.media[0].kind) == (MediaKind.IMAGE, MediaKind.VOICE)
    pieces = [piece async for piece in known.instagram.fetch(known.account, photo.media[0])]
    assert b"".join(pieces) == b"\xff\xd8\xffphoto"


async def test_a_file_is_taken_from_no_foreign_host(known: Meta) -> None:
    await known.act(ANNA, "file", kind="image", data=b"x", mime="image/jpeg")
    (photo,) = await known.happened()
    assert isinstance(photo, Incoming)
    for url in ("http://169.254.169.254/latest", "https://evil.example/fbcdn.net", "file:///etc"):
        with pytest.raises(ChannelError, match="не принадлежит Meta"):
            await anext(
                aiter(known.instagram.fetch(known.account, replace(photo.media[0], ref=url)))
            )


async def test_edits_deletions_readings_and_what_is_not_passed_on(known: Meta) -> None:
    message_id = await known.act(ANNA, "say", text="Лада")
    await known.updates()
    await known.act(ANNA, "edit", id=message_id, text="Лада Веста")
    await known.act(ANNA, "delete", id=message_id)
    await known.act(ANNA, "unseen")
    edited, deleted, unseen = await known.happened()
    assert edited == Edited(ANNA, message_id, "Лада Веста")
    assert deleted == Deleted(ANNA, (message_id,))
    assert isinstance(unseen, Incoming)
    assert "Instagram не передаёт" in unseen.text
    ours = await known.send(ANNA, TextPart("Записал"))
    await known.updates()
    await known.act(ANNA, "receive", id=ours, on=True)
    assert await known.happened() == [StatusChange(ours, Progress.READ)]


async def test_the_owner_who_answers_by_hand_is_heard_and_we_are_not(known: Meta) -> None:
    await known.send(ANNA, TextPart("Это ассистент"))
    message_id = await known.act(ANNA, "owner", text="Это Иван")
    assert await known.happened() == [OwnerWrote(ANNA, message_id, "Это Иван")]


async def test_the_owner_may_say_what_we_have_said(known: Meta) -> None:
    await known.send(ANNA, TextPart("Здравствуйте"))
    await known.updates()
    message_id = await known.act(ANNA, "owner", text="Здравствуйте")
    assert await known.happened() == [OwnerWrote(ANNA, message_id, "Здравствуйте")]


async def test_the_echo_of_a_send_whose_answer_was_lost_proves_it(known: Meta) -> None:
    await known.control("faults", operation="messages", kind="cut_after_work")
    with pytest.raises(ChannelError):
        await known.send(ANNA, TextPart("Здравствуйте"), key="delivery-9")
    (shown,) = await known.shown(ANNA)
    assert await known.happened() == [StatusChange(shown["id"], Progress.SENT, key="delivery-9")]


async def test_what_another_program_sends_is_no_person(known: Meta) -> None:
    await known.act(ANNA, "owner", text="Акция!")
    (update,) = await known.updates()
    message = dict(update.body["message"]) | {"app_id": 77}
    assert known.instagram.parse(known.account, update.body | {"message": message}) == []
    by_hand = message | {"app_id": 263902037430900}  # the inbox of Business Suite
    found = known.instagram.parse(known.account, update.body | {"message": by_hand})
    assert [type(one) for one in found] == [OwnerWrote]


async def test_a_repeat_has_the_same_key_and_long_keys_fit(known: Meta) -> None:
    await known.behave(duplicate_webhooks=1)
    await known.act(ANNA, "say", text="раз")
    updates = await known.updates()
    assert len(updates) == 2
    assert len({update.key for update in updates}) == 1
    body = json.dumps(
        {"object": "instagram", "entry": [{"id": known.account.external_id, "messaging": [
            updates[0].body | {"message": {"mid": "m" * 400, "text": "x"}}]}]}
    )  # fmt: skip
    (long,) = known.instagram.split(known.account, body.encode())
    (said,) = known.instagram.parse(known.account, long.body)
    assert isinstance(said, Incoming)
    assert max(len(long.key), len(said.message_id)) <= 200


async def test_events_of_another_account_are_left_out(known: Meta) -> None:
    await known.act(ANNA, "say", text="раз")
    await known.control("flush")
    other = replace(known.account, external_id="17841400000000009")
    assert known.instagram.split(other, known.door.calls[0].body) == []


async def test_a_chat_that_another_program_answers_is_left_to_it(known: Meta) -> None:
    await known.act(ANNA, "say", text="раз")
    await known.control("flush")
    call = json.loads(known.door.calls[0].body)
    call["entry"][0]["standby"] = call["entry"][0].pop("messaging")
    assert known.instagram.split(known.account, json.dumps(call).encode()) == []


def event(**content: Any) -> dict[str, Any]:
    return {"sender": {"id": ANNA}, "recipient": {"id": "1"}, "timestamp": 1} | content


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"postback": {"mid": "p", "title": "Начать", "payload": "go"}}, "Начать"),
        (
            {"message": {"mid": "m", "attachments": [{"type": "ig_reel", "payload": {}}]}},
            "[Клиент прислал видео Reels]",
        ),
        (
            {"message": {"mid": "m", "attachments": [
                {"type": "share", "payload": {"url": "https://cdn.example/1"}}]}},
            "[Клиент прислал публикацию: https://cdn.example/1]",
        ),
    ],
    ids=["postback", "reel", "share"],
)  # fmt: skip
async def test_other_kinds_become_words(known: Meta, content: dict[str, Any], text: str) -> None:
    (said,) = known.instagram.parse(known.account, event(**content))
    assert isinstance(said, Incoming)
    assert said.text == text


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"reaction": {"mid": "m", "action": "react"}},
        {"read": {}},
        {"message": 7},
        {"optin": {}},
    ],
)
async def test_what_calls_for_no_answer_gives_nothing(known: Meta, content: dict[str, Any]) -> None:
    assert known.instagram.parse(known.account, event(**content)) == []
