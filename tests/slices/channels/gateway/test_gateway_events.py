"""What the gateway calls about: whose it is, who wrote, what is left aside."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from insurance_chat.channels.ports import (
    AccountChanged,
    Deleted,
    Edited,
    HookRequest,
    Incoming,
    MediaKind,
    OwnerWrote,
    Progress,
    StatusChange,
    TextPart,
)
from tests.contracts.channels.drivers.whatsapp_gateway import GatewayClient
from tests.slices.channels.gateway.conftest import ANNA, TO_ANNA, Stand


async def test_words_of_a_client_arrive_with_name_and_phone(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.say("office", ANNA, text="Сколько стоит ОСАГО?", name="Анна")
    (one,) = stand.read(account)
    assert isinstance(one, Incoming)
    assert (one.chat, one.text) == (ANNA, "Сколько стоит ОСАГО?")
    assert (one.person.id, one.person.phone) == ("79030001000", "+79030001000")
    assert one.person.name == "Анна"


async def test_a_hidden_number_is_a_person_without_a_phone(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.say("office", "251556368777322@lid", text="Привет")
    (one,) = stand.words(account)
    assert isinstance(one, Incoming)
    assert one.person.id == "251556368777322@lid"
    assert one.person.phone == ""


async def test_three_devices_are_not_mixed_up(stand: Stand) -> None:
    accounts = {name: await stand.paired(name) for name in ("first", "second", "third")}
    for name in accounts:
        await stand.messenger.say(name, ANNA, text=f"Для {name}")
    for name, account in accounts.items():
        (one,) = stand.words(account, name)
        assert isinstance(one, Incoming)
        assert one.text == f"Для {name}"


async def test_a_device_paired_with_another_number_keeps_its_account(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.die()
    await stand.messenger.pair("office", "79165550909")
    await stand.messenger.say("office", ANNA, text="После новой привязки")
    changed, one = stand.read(account)
    assert isinstance(changed, AccountChanged)
    assert changed.options["jid"] == "79165550909@s.whatsapp.net"
    assert isinstance(one, Incoming)


async def test_on_a_common_address_the_device_is_found_by_id_then_by_jid(stand: Stand) -> None:
    account = await stand.paired()
    shared = replace(account, options={**account.options, "hook": "shared"})
    own_jid = str(account.options["jid"])
    for told, ours in (
        ("office", True),
        (own_jid, True),
        (own_jid.replace("@", ":32@"), True),
        ("79990000000@s.whatsapp.net", False),
        ("", False),
    ):
        found = stand.adapter.split(shared, event(device_id=told))
        assert bool(found) is ours, told


@pytest.mark.parametrize(
    "chat", ["120363402106555001@g.us", "120363123456789@newsletter", "status@broadcast", ""]
)
async def test_groups_and_channels_are_left_aside(stand: Stand, chat: str) -> None:
    account = await stand.paired()
    assert stand.adapter.split(account, event(chat_id=chat)) == []


async def test_the_gateway_is_asked_to_keep_groups_to_itself(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.post("/devices/office/group", {"text": "Соседи!"})
    assert stand.read(account) == []


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"event": 5}', b"oops", b"\xff", b"null"])
async def test_what_is_no_event_is_refused(stand: Stand, body: bytes) -> None:
    account = await stand.paired()
    try:
        found = stand.adapter.split(account, body)
    except ValueError:
        found = []
    assert found == []


async def test_a_signature_covers_every_byte(stand: Stand) -> None:
    account = await stand.paired()
    body = event()
    key = account.secrets["hook_secret"].encode()
    good = "sha256=" + hmac.new(key, body, sha256).hexdigest()
    for told, sent, right in (
        (good, body, True),
        (good, body + b" ", False),
        ("", body, False),
        ("sha256=", body, False),
        (good.removeprefix("sha256="), body, False),
        ("sha256=" + hmac.new(b"secret", body, sha256).hexdigest(), body, False),
        ("подпись", body, False),
    ):
        request = HookRequest({"x-hub-signature-256": told}, {}, sent)
        assert stand.adapter.verify(account, request) is right


async def test_an_answer_by_hand_is_the_owners_and_ours_is_nobodys(stand: Stand) -> None:
    account = await stand.paired()
    client = GatewayClient(stand.messenger, "79030001000")
    await client.owner_says("Я сам отвечу")
    (one,) = stand.words(account)
    assert isinstance(one, OwnerWrote)
    assert one.text == "Я сам отвечу"
    message_id = await stand.adapter.send(account, TO_ANNA, TextPart("Здравствуйте"), "c:1:0")
    echo = json.loads(event(id=message_id, is_from_me=True, body="Здравствуйте"))
    assert [one for one in stand.adapter.parse(account, echo) if isinstance(one, OwnerWrote)] == []


async def test_corrections_and_deletions_name_the_message(stand: Stand) -> None:
    account = await stand.paired()
    client = GatewayClient(stand.messenger, "79030001000")
    message_id = await client.say("Камри")
    await client.edit(message_id, "Королла")
    await client.delete(message_id)
    _, changed, deleted = stand.words(account)
    assert changed == Edited(ANNA, message_id, "Королла")
    assert deleted == Deleted(ANNA, (message_id,))


async def test_receipts_tell_how_far_a_message_got(stand: Stand) -> None:
    account = await stand.paired()
    client = GatewayClient(stand.messenger, "79030001000")
    message_id = await stand.adapter.send(account, TO_ANNA, TextPart("Готово"), "c:1:0")
    await client.receive(message_id)
    await client.receive(message_id, read=True)
    assert stand.words(account) == [
        StatusChange(message_id, Progress.DELIVERED),
        StatusChange(message_id, Progress.READ),
    ]


async def test_files_of_all_kinds_are_named_and_can_be_fetched(stand: Stand) -> None:
    account = await stand.paired()
    client = GatewayClient(stand.messenger, "79030001000")
    await client.voice(b"OggS")
    await client.photo(b"\xff\xd8", "СТС")
    await client.document("Полис № 1.pdf", "application/pdf", b"%PDF")
    voice, photo, document = [one for one in stand.words(account) if isinstance(one, Incoming)]
    assert voice.media[0].kind is MediaKind.VOICE
    assert (photo.media[0].kind, photo.text) == (MediaKind.IMAGE, "СТС")
    assert document.media[0].kind is MediaKind.DOCUMENT
    assert document.media[0].mime == "application/pdf"
    for one, content in ((voice, b"OggS"), (photo, b"\xff\xd8"), (document, b"%PDF")):
        pieces = [piece async for piece in stand.adapter.fetch(account, one.media[0])]
        assert b"".join(pieces) == content


async def test_a_file_that_was_not_downloaded_is_asked_for(stand: Stand) -> None:
    account = await stand.paired()
    client = GatewayClient(stand.messenger, "79030001000")
    message_id = await client.document("a.pdf", "application/pdf", b"%PDF")
    stand.door.take("office")
    far = {"url": "https://mmg.whatsapp.net/x", "filename": "a.pdf"}
    (one,) = stand.adapter.parse(account, json.loads(event(id=message_id, document=far)))
    assert isinstance(one, Incoming)
    assert one.media[0].name == "a.pdf"
    pieces = [piece async for piece in stand.adapter.fetch(account, one.media[0])]
    assert b"".join(pieces) == b"%PDF"


async def test_a_place_and_a_card_are_put_into_words(stand: Stand) -> None:
    account = await stand.paired()
    client = GatewayClient(stand.messenger, "79030001000")
    await client.location(55.75, 37.62)
    await client.contact("+79161234567")
    place, card = [one for one in stand.words(account) if isinstance(one, Incoming)]
    assert "55.75, 37.62" in place.text
    assert "+79161234567" in card.text


async def test_a_webhook_that_was_not_taken_comes_again(stand: Stand) -> None:
    account = await stand.paired()
    stand.door.refuse = 1
    await stand.messenger.say("office", ANNA, text="Ещё раз")
    while not stand.door.calls:
        await stand.messenger.look()
    (one,) = stand.words(account)
    assert isinstance(one, Incoming)


def event(
    device_id: str = "79165550101@s.whatsapp.net", chat_id: str = ANNA, **payload: Any
) -> bytes:
    """An event as the gateway sends it."""
    told = {
        "id": "3EB0C127D7BACC83D6A1",
        "chat_id": chat_id,
        "from": chat_id,
        "timestamp": "2026-11-21T10:30:00Z",
        "is_from_me": False,
        "body": "Привет",
        **payload,
    }
    return json.dumps({"event": "message", "device_id": device_id, "payload": told}).encode()
