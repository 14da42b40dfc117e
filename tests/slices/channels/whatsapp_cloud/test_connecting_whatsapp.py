"""Connecting a number names the wrong value, sets the address itself and tells what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from insurance_chat.channels.ports import AccountChanged, ChannelError, Failure, HookRequest
from insurance_chat.core.errors import ServiceError
from tests.support.graph import SECOND_NUMBER, Meta


async def test_a_number_is_connected_and_named(meta: Meta) -> None:
    made = await meta.whatsapp.connect(await meta.form())
    assert made.title == "+7 900 000-10-01 · Страховое агентство"
    assert made.secrets["verify_token"]
    assert made.options["app_id"] == "670843887433847"
    assert [want for want in made.wants if "способ оплаты" in want]
    assert made.secrets["token"] not in repr(made)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("token", "EAAwrong", "не принимает токен"),
        ("phone_number_id", "999", "не находит такой «Идентификатор номера телефона»"),
        ("phone_number_id", "+7 900 000-10-01", "длинное число без пробелов"),
        ("waba_id", "12345", "не принадлежит этому аккаунту"),
        ("app_secret", "0" * 32, "«Секрет приложения» не подходит"),
        ("app_secret", " ", "Заполните поле «Секрет приложения»"),
    ],
)
async def test_a_wrong_value_is_named(meta: Meta, field: str, value: str, words: str) -> None:
    given = await meta.form() | {field: value}
    with pytest.raises(ServiceError) as refused:
        await meta.whatsapp.connect(given)
    assert words in refused.value.message
    assert given["token"] not in refused.value.message


async def test_a_token_without_rights_is_refused(meta: Meta) -> None:
    given = await meta.form()
    await meta.control(f"tokens/{given['token']}/change", scopes=["whatsapp_business_management"])
    with pytest.raises(ServiceError, match="не хватает прав: whatsapp_business_messaging"):
        await meta.whatsapp.connect(given)


async def test_a_token_for_a_day_is_taken_with_a_warning(meta: Meta) -> None:
    given = await meta.form()
    await meta.control(f"tokens/{given['token']}/change", expires=1_800_000_000)
    made = await meta.whatsapp.connect(given)
    assert "Токен временный, действует до 15.01.2027" in made.wants[0]
    meta.account = replace(meta.account, secrets=made.secrets, options=made.options)
    probe = await meta.whatsapp.probe(meta.account)
    assert "действует до 15.01.2027" in probe.wants[0]


async def test_meta_out_of_reach_is_said_without_the_token(meta: Meta) -> None:
    given = await meta.form()
    await meta.control("faults", operation="app", kind="status", status=503)
    with pytest.raises(ServiceError, match="WHATSAPP_API_URL"):
        await meta.whatsapp.connect(given)


async def test_meta_sends_to_our_address_and_nothing_is_wanted(office: Meta) -> None:
    probe = await office.whatsapp.probe(office.account)
    assert probe.ok
    assert probe.words == "Работает: +7 900 000-10-01."
    assert probe.wants == ()


async def test_the_advice_of_the_first_steps_ends_with_the_first_message(meta: Meta) -> None:
    await meta.connect()
    assert [want for want in (await meta.whatsapp.probe(meta.account)).wants if "оплаты" in want]
    await meta.act("79161110001", "say", text="Здравствуйте")
    assert (await meta.happened())[-1] == AccountChanged(options={"heard": True})


async def test_a_silent_meta_does_not_stop_the_account(office: Meta) -> None:
    await office.control("faults", operation="node", kind="status", status=503)
    with pytest.raises(ChannelError) as silent:
        await office.whatsapp.probe(office.account)
    assert silent.value.failure is Failure.RETRY


async def test_two_numbers_have_addresses_of_their_own(office: Meta) -> None:
    await office.act("79161110001", "say", text="первому")
    second = replace(office.account, external_id=SECOND_NUMBER, hook_url="http://127.0.0.1:9/hook")
    probe = await office.whatsapp.probe(second)
    assert any("http://127.0.0.1:9/hook" in want for want in probe.wants)
    first = await office.updates()
    assert [update.body["item"]["text"]["body"] for update in first] == ["первому"]


async def test_events_of_a_sibling_number_are_left_out(office: Meta) -> None:
    await office.act("79161110001", "say", text="первому")
    await office.control("flush")
    sibling = replace(office.account, external_id=SECOND_NUMBER)
    assert office.whatsapp.split(sibling, office.door.calls[0].body) == []


async def test_what_is_to_be_pasted_by_hand_is_told_exactly(meta: Meta) -> None:
    await meta.connect()
    await meta.whatsapp.end(meta.account)
    moved = replace(meta.account, hook_url="https://chat.example.ru/hooks/whatsapp_cloud/abc")
    probe = await meta.whatsapp.probe(moved)
    assert any(
        "https://chat.example.ru/hooks/whatsapp_cloud/abc" in want
        and moved.secrets["verify_token"] in want
        for want in probe.wants
    )


async def test_an_address_that_meta_cannot_open_is_explained(meta: Meta) -> None:
    account = await meta.connect()
    from_nowhere = replace(account, hook_url="http://127.0.0.1:9/hook")
    with pytest.raises(Exception, match="PUBLIC_URL"):
        await meta.whatsapp.begin(from_nowhere)


async def test_a_revoked_token_is_told_by_the_probe(office: Meta) -> None:
    await office.control(f"tokens/{office.account.secrets['token']}/revoke")
    probe = await office.whatsapp.probe(office.account)
    assert not probe.ok
    assert "Токен больше не действует" in probe.words


def challenge(word: str, mode: str = "subscribe") -> HookRequest:
    query = {"hub.mode": mode, "hub.verify_token": word, "hub.challenge": "42"}
    return HookRequest({}, query, b"")


async def test_only_our_word_opens_the_address(office: Meta) -> None:
    word = office.account.secrets["verify_token"]
    assert office.whatsapp.challenge(office.account, challenge(word)) == "42"
    assert office.whatsapp.challenge(office.account, challenge("чужое")) is None
    assert office.whatsapp.challenge(office.account, challenge(word, "unsubscribe")) is None


async def test_a_forged_or_changed_call_is_told(office: Meta) -> None:
    await office.act("79161110001", "say", text="настоящее")
    await office.control("flush")
    call = office.door.calls[0]
    assert office.whatsapp.verify(office.account, call)
    assert not office.whatsapp.verify(office.account, replace(call, body=call.body + b" "))
    assert not office.whatsapp.verify(office.account, replace(call, headers={}))
    no_secret = replace(office.account, secrets={"app_secret": ""})
    assert not office.whatsapp.verify(no_secret, call)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"object": "page"}', b"\xff"])
async def test_what_is_no_call_of_whatsapp_is_refused(office: Meta, body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        office.whatsapp.split(office.account, body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"object": "whatsapp_business_account"}',
        b'{"object": "whatsapp_business_account", "entry": [7, {"changes": "x"}]}',
        b'{"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages"}]}]}',
    ],
)
async def test_an_empty_or_odd_call_gives_nothing(office: Meta, body: bytes) -> None:
    assert office.whatsapp.split(office.account, body) == []
