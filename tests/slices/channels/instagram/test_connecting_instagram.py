"""Connecting an Instagram account names the wrong value and tells what to paste where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from insurance_chat.core.errors import ServiceError
from tests.support.graph import Meta


async def test_an_account_is_connected_by_its_name(meta: Meta) -> None:
    made = await meta.instagram.connect(await meta.form("instagram"))
    assert made.title == "@practice_agency"
    assert "meta_app_secret" not in made.secrets
    assert made.secrets["verify_token"] in made.wants[0]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("token", "IGAAwrong", "не принимает токен"),
        ("account_id", "17841400000000000", "Токен выпущен для другого аккаунта: @practice_agency"),
        ("account_id", "practice_agency", "длинное число"),
        ("app_secret", "", "Заполните поле «Секрет приложения Instagram»"),
    ],
)
async def test_a_wrong_value_is_named(meta: Meta, field: str, value: str, words: str) -> None:
    with pytest.raises(ServiceError) as refused:
        await meta.instagram.connect(await meta.form("instagram") | {field: value})
    assert words in refused.value.message


async def test_what_to_paste_is_told_until_the_first_message(direct: Meta) -> None:
    probe = await direct.instagram.probe(direct.account)
    assert direct.account.hook_url in probe.wants[0]
    assert direct.account.secrets["verify_token"] in probe.wants[0]
    heard = replace(direct.account, options=dict(direct.account.options) | {"heard": True})
    assert (await direct.instagram.probe(heard)).wants == ()


async def test_without_a_public_address_that_is_said(direct: Meta) -> None:
    hidden = replace(direct.account, hook_url="")
    assert "PUBLIC_URL" in (await direct.instagram.probe(hidden)).wants[0]


async def test_a_token_is_renewed_in_good_time_and_then_left_alone(direct: Meta) -> None:
    probe = await direct.instagram.probe(direct.account)
    assert probe.secrets["token"] != direct.account.secrets["token"]
    renewed = replace(
        direct.account,
        secrets=dict(direct.account.secrets) | probe.secrets,
        options=dict(direct.account.options) | probe.options,
    )
    again = await direct.instagram.probe(renewed)
    assert again.ok
    assert again.secrets == {}


async def test_a_revoked_token_is_told_by_the_probe(direct: Meta) -> None:
    await direct.control(f"tokens/{direct.account.secrets['token']}/revoke")
    probe = await direct.instagram.probe(direct.account)
    assert not probe.ok
    assert "Токен больше не действует" in probe.words


async def test_either_secret_of_the_application_signs(direct: Meta) -> None:
    await direct.act("6140000000000001", "say", text="Здравствуйте")
    await direct.control("flush")
    call, secret = direct.door.calls[0], direct.account.secrets["app_secret"]
    assert direct.instagram.verify(direct.account, call)
    other = {"app_secret": "другой", "meta_app_secret": secret}
    assert direct.instagram.verify(replace(direct.account, secrets=other), call)
    assert not direct.instagram.verify(replace(direct.account, secrets={"app_secret": "x"}), call)
    assert not direct.instagram.verify(direct.account, replace(call, body=b"{}"))


async def test_nothing_comes_after_the_end(direct: Meta) -> None:
    await direct.instagram.end(direct.account)
    await direct.act("6140000000000001", "say", text="Здравствуйте")
    assert await direct.updates() == []
