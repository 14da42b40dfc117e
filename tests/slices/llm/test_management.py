"""Keys as the administrator manages them, the trial of a key, the profile of the assistant."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import SecretStr

from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.llm import profile, tokens
from insurance_chat.llm.ports import ModelUnavailable, Why
from insurance_chat.llm.profile import Profile
from insurance_chat.llm.settings import LlmSettings
from tests.slices.llm.conftest import Desk

KEY = "sk-first-key-aaaa"


async def test_a_key_is_sealed_and_shown_only_by_its_end(desk: Desk) -> None:
    key = await desk.key(KEY, notes="основной")
    seen = await desk.seen(key)
    assert (seen.hint, seen.notes, seen.is_active) == ("sk-...aaaa", "основной", True)
    (row,) = await desk.rows("select token from ai_tokens")
    assert KEY.encode() not in row["token"]
    assert desk.db.cipher.open(row["token"]) == KEY
    short = await desk.seen(await desk.key("12345678"))
    assert short.hint == "..."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token", "два слова"),
        ("token", " "),
        ("name", " "),
        ("model_access", [" "]),
        ("base_url", "ftp://example.ru"),
        ("base_url", "http://user:password@example.ru"),
        ("base_url", "http://[1"),
        ("provider", "другой"),
    ],
)
async def test_wrong_fields_are_refused_by_name(desk: Desk, field: str, value: Any) -> None:
    values: dict[str, Any] = {"name": "Ключ", "token": KEY, "model_access": ["a"], field: value}
    async with desk.db.unit() as unit:
        with pytest.raises(ServiceError) as refused:
            await tokens.add(unit, desk.admin, values)
    assert refused.value.data["field"] == field


async def test_a_changed_key_is_tried_at_once_and_a_removed_one_never(desk: Desk) -> None:
    key = await desk.key(KEY)
    await desk.script(status=401)
    with pytest.raises(ModelUnavailable):
        await desk.model.complete(desk.ask())
    async with desk.db.unit() as unit:
        await tokens.change(unit, desk.admin, key, {"token": "sk-other-key-dddd"})
    await desk.model.complete(desk.ask())
    assert [one["key"] for one in await desk.asked()] == ["aaaa", "dddd"]
    async with desk.db.unit() as unit:
        await tokens.remove(unit, desk.admin, key)
    with pytest.raises(ModelUnavailable):
        await desk.model.complete(desk.ask())
    (calls,) = await desk.rows("select count(*) as n from ai_calls")
    assert calls["n"] == 2


async def test_only_administrators_of_the_tenant_see_and_change_its_keys(desk: Desk) -> None:
    key = await desk.key(KEY)
    (other,) = await desk.rows(
        "insert into tenants (name, slug) values ('Другая', gen_random_uuid()) returning id"
    )
    stranger = Principal(other["id"], Role.ADMIN, user_public_id="x")
    agent = Principal(desk.tenant_id, Role.AGENT, user_public_id="y")
    async with desk.db.unit() as unit:
        assert await tokens.list_tokens(unit, stranger) == []
        for who, code in ((stranger, "ai_token_not_found"), (agent, "forbidden")):
            with pytest.raises(ServiceError) as refused:
                await tokens.remove(unit, who, key)
            assert refused.value.code == code
    assert await desk.pool.take(other["id"], "") is None


async def test_the_key_of_the_settings_is_the_last_of_the_pool(desk: Desk) -> None:
    settings = LlmSettings(api_key=SecretStr("sk-settings-key-eeee"), model="sandbox-model")
    for _ in range(2):  # every start does it again
        async with desk.db.unit() as unit:
            await tokens.keep_settings_token(unit, settings, f"{desk.url}/llm/v1")
    await desk.key(KEY, 50)
    await desk.script(status=500, key="aaaa")
    assert (await desk.model.complete(desk.ask())).tries == 2
    assert [one["key"] for one in await desk.asked()] == ["aaaa", "eeee"]
    async with desk.db.unit() as unit:
        listed = await tokens.list_tokens(unit, desk.admin, desk.clock())
    assert [one.from_settings for one in listed] == [False, True]
    async with desk.db.unit() as unit:
        with pytest.raises(ServiceError) as refused:
            await tokens.remove(unit, desk.admin, listed[1].id)
    assert refused.value.code == "ai_token_from_settings"
    async with desk.db.unit() as unit:
        await tokens.keep_settings_token(unit, LlmSettings(), f"{desk.url}/llm/v1")
    assert not (await desk.seen(listed[1].id)).is_active


async def test_a_working_key_is_told_to_work_and_stops_resting(desk: Desk) -> None:
    key = await desk.key(KEY)
    await desk.script(status=503)
    with pytest.raises(ModelUnavailable):
        await desk.model.complete(desk.ask())
    verdict = await desk.tester.test(desk.admin, key)
    assert verdict.ok
    assert "sandbox-model" in verdict.words
    seen = await desk.seen(key)
    assert (seen.resting_until, seen.last_failure, seen.daily_usage) == (None, None, 1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 401}, "Ключ не подходит"),
        ({"status": 404}, "нет доступа к этой модели"),
        ({"status": 429, "error": {"code": "insufficient_quota"}}, "закончились деньги"),
        ({"status": 429}, "Слишком много запросов"),
        ({"raw": "<html>"}, "не языковая модель"),
        ({"status": 502}, "сбой"),
    ],
)
async def test_what_is_wrong_with_a_key_is_told_in_words(
    desk: Desk, answer: dict[str, Any], words: str
) -> None:
    key = await desk.key(KEY)
    await desk.script(**answer)
    verdict = await desk.tester.test(desk.admin, key)
    assert not verdict.ok
    assert words in verdict.words


async def test_a_dead_address_is_told_in_words(desk: Desk) -> None:
    verdict = await desk.tester.test(
        desk.admin, await desk.key(KEY, base_url="http://127.0.0.1:9/v1")
    )
    assert (verdict.why, verdict.ok) == (Why.NO_CONNECTION, False)
    assert "Адрес не отвечает" in verdict.words


async def test_the_profile_has_defaults_and_is_changed(desk: Desk) -> None:
    settings = LlmSettings(tone="дружеский")
    async with desk.db.unit() as unit:
        assert await profile.load(unit, desk.tenant_id, settings) == Profile(tone="дружеский")
        wanted = Profile("gpt", 0.5, "Коротко", "строгий", ("ОСАГО", "ипотека"), "русский")
        await profile.save(unit, desk.admin, wanted)
        assert await profile.load(unit, desk.tenant_id, settings) == wanted
        for wrong in (Profile(temperature=3), Profile(tone="а" * 300)):
            with pytest.raises(ServiceError):
                await profile.save(unit, desk.admin, wrong)


def test_a_process_without_a_key_does_not_load_the_client_library() -> None:
    program = (
        "import sys; import insurance_chat.main.wiring; "
        "sys.exit(bool({'openai', 'httpx2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
