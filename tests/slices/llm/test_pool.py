"""Keys: order, failures, limits, exact counting, secrecy."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.tracebacks import plain_traceback
from insurance_chat.llm.failures import CallFailed
from insurance_chat.llm.ports import ModelUnavailable, Usage, Why
from tests.slices.llm.conftest import Desk

FIRST, SECOND = "sk-first-key-aaaa", "sk-second-key-bbbb"

FAILURES: list[tuple[dict[str, Any], Why, int]] = [
    ({"status": 429, "retry_after": 7}, Why.RATE_LIMITED, 0),
    ({"status": 429, "error": {"code": "insufficient_quota"}}, Why.NO_MONEY, 0),
    ({"status": 402}, Why.NO_MONEY, 0),
    ({"status": 401}, Why.WRONG_KEY, 0),
    ({"status": 403}, Why.NO_ACCESS, 0),
    ({"status": 404}, Why.NO_ACCESS, 0),
    ({"status": 500}, Why.SERVER_ERROR, 0),
    ({"status": 503}, Why.SERVER_ERROR, 0),
    ({"raw": "<html>не модель"}, Why.MALFORMED, 1),
    ({"raw": '{"choices": []}'}, Why.MALFORMED, 1),
    ({"raw": '"строка"'}, Why.MALFORMED, 1),
    ({"cut": "start"}, Why.CUT, 1),
    ({"cut": "middle"}, Why.CUT, 1),
]


@pytest.mark.parametrize(("answer", "why", "counted"), FAILURES)
async def test_the_next_key_answers_at_once_and_the_failed_one_rests(
    desk: Desk, answer: dict[str, Any], why: Why, counted: int
) -> None:
    first, second = await desk.key(FIRST, 1), await desk.key(SECOND, 2)
    await desk.script(key="aaaa", **answer)
    found = await desk.model.complete(desk.ask())
    assert found.tries == 2
    failed = await desk.seen(first)
    assert failed.last_failure == why
    assert failed.resting_until is not None
    assert failed.daily_usage == counted
    assert (await desk.seen(second)).daily_usage == 1
    await desk.model.complete(desk.ask())
    keys = [one["key"] for one in await desk.asked()]
    assert keys == ["aaaa", "bbbb", "bbbb"]


@pytest.mark.parametrize("answer", [{"status": 503}, {"cut": "start"}, {"raw": "не JSON"}])
async def test_a_stream_takes_the_next_key_before_its_first_word(
    desk: Desk, answer: dict[str, Any]
) -> None:
    await desk.key(FIRST, 1)
    await desk.key(SECOND, 2)
    await desk.script(key="aaaa", **answer)
    await desk.script(key="bbbb", text="Ответ запасного ключа")
    text = "".join([piece.text async for piece in desk.model.stream(desk.ask())])
    assert text == "Ответ запасного ключа"


async def test_a_stream_that_breaks_in_the_middle_says_so_and_mixes_no_answers(desk: Desk) -> None:
    first = await desk.key(FIRST, 1)
    await desk.key(SECOND, 2)
    await desk.script(key="aaaa", chunks=["Полис ", "стоит"], cut="middle")
    heard: list[str] = []

    async def listen() -> None:
        async for piece in desk.model.stream(desk.ask()):
            heard.append(piece.text)

    with pytest.raises(ModelUnavailable) as broken:
        await listen()
    assert heard == ["Полис ", "стоит"]
    assert broken.value.partial
    assert broken.value.why is Why.CUT
    assert [one["key"] for one in await desk.asked()] == ["aaaa"]
    assert (await desk.seen(first)).daily_usage == 1


async def test_a_rest_ends_as_the_provider_asked(desk: Desk) -> None:
    key = await desk.key(FIRST)
    await desk.script(status=429, retry_after=40)
    with pytest.raises(ModelUnavailable) as limited:
        await desk.model.complete(desk.ask())
    assert limited.value.why is Why.RATE_LIMITED
    desk.clock.now += timedelta(seconds=39)
    desk.build(desk.settings)  # another process knows it too
    with pytest.raises(ModelUnavailable) as resting:
        await desk.model.complete(desk.ask())
    assert resting.value.why is Why.NO_KEYS
    assert len(await desk.asked()) == 1
    desk.clock.now += timedelta(seconds=2)
    assert (await desk.model.complete(desk.ask())).text
    assert (await desk.seen(key)).daily_usage == 1


async def test_a_slow_model_is_left_for_the_next_key_and_the_budget_ends_the_search(
    desk: Desk,
) -> None:
    await desk.key(FIRST, 1)
    await desk.key(SECOND, 2)
    desk.build(desk.settings.model_copy(update={"timeout_seconds": 0.3}))
    await desk.script(key="aaaa", delay=60, text="поздно")
    await desk.script(key="bbbb", delay=60, text="поздно")
    with pytest.raises(ModelUnavailable) as slow:
        await desk.model.complete(desk.ask())
    assert slow.value.why is Why.TOO_SLOW
    assert (await desk.rows("select distinct outcome from ai_calls")) == [{"outcome": "too_slow"}]
    desk.clock.now += timedelta(hours=1)
    desk.build(desk.settings.model_copy(update={"budget_seconds": 0.0}))
    with pytest.raises(ModelUnavailable) as none_left:
        await desk.model.complete(desk.ask())
    assert none_left.value.why is Why.TOO_SLOW


async def test_an_address_that_nobody_answers(desk: Desk) -> None:
    await desk.key(FIRST, base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ModelUnavailable) as dead:
        await desk.model.complete(desk.ask())
    assert dead.value.why is Why.NO_CONNECTION


async def test_a_refusal_of_the_model_is_no_answer(desk: Desk) -> None:
    key = await desk.key(FIRST)
    await desk.script(refusal="I can't help", usage={"prompt_tokens": 4, "completion_tokens": 2})
    with pytest.raises(ModelUnavailable) as refused:
        await desk.model.complete(desk.ask())
    assert refused.value.why is Why.REFUSED
    seen = await desk.seen(key)
    assert (seen.daily_usage, seen.monthly_tokens, seen.resting_until) == (1, 6, None)


async def test_a_failed_call_that_reported_its_cost_counts(desk: Desk) -> None:
    key = await desk.key(FIRST)
    await desk.script(status=500, usage={"prompt_tokens": 90, "completion_tokens": 10})
    with pytest.raises(ModelUnavailable):
        await desk.model.complete(desk.ask())
    seen = await desk.seen(key)
    assert (seen.daily_usage, seen.monthly_tokens) == (1, 100)


async def test_limits_start_anew_at_midnight_in_moscow(desk: Desk) -> None:
    # 23:59 in Moscow on the last day but one of the month
    desk.clock.now = datetime(2026, 11, 29, 20, 59, tzinfo=UTC)
    key = await desk.key(FIRST, daily_limit=2, monthly_limit=3)
    await desk.model.complete(desk.ask())
    await desk.model.complete(desk.ask())
    with pytest.raises(ModelUnavailable) as spent:
        await desk.model.complete(desk.ask())
    assert spent.value.why is Why.NO_KEYS
    desk.clock.now += timedelta(minutes=1)
    await desk.model.complete(desk.ask())
    with pytest.raises(ModelUnavailable):
        await desk.model.complete(desk.ask())
    seen = await desk.seen(key)
    assert (seen.daily_usage, seen.monthly_usage) == (1, 3)
    desk.clock.now += timedelta(days=1)
    await desk.model.complete(desk.ask())
    seen = await desk.seen(key)
    assert (seen.daily_usage, seen.monthly_usage) == (1, 1)


async def test_a_spent_limit_hands_over_to_the_next_key(desk: Desk) -> None:
    await desk.key(FIRST, 1, daily_limit=1)
    await desk.key(SECOND, 2)
    assert [(await desk.model.complete(desk.ask())).tries for _ in range(3)] == [1, 1, 1]
    assert [one["key"] for one in await desk.asked()] == ["aaaa", "bbbb", "bbbb"]


async def test_only_keys_with_access_to_a_named_model_are_asked(desk: Desk) -> None:
    await desk.key(FIRST, 1, model_access=["other-model"])
    await desk.key(SECOND, 2, model_access=["sandbox-model"])
    await desk.model.complete(desk.ask(model="sandbox-model"))
    await desk.model.complete(desk.ask())
    asked = [(one["key"], one["body"]["model"]) for one in await desk.asked()]
    assert asked == [("bbbb", "sandbox-model"), ("aaaa", "other-model")]


async def test_a_switched_off_key_is_not_asked(desk: Desk) -> None:
    await desk.key(FIRST, is_active=False)
    with pytest.raises(ModelUnavailable):
        await desk.model.complete(desk.ask())
    assert await desk.asked() == []


@pytest.fixture
async def wide(database_url: str, cipher: Cipher) -> AsyncIterator[Database]:
    """Connections of a second process."""
    database = Database(database_url, cipher, pool_size=10)
    await database.open()
    yield database
    await database.close()


async def test_fifty_calls_at_once_are_counted_exactly(desk: Desk, wide: Database) -> None:
    desk.db = wide
    desk.build(desk.settings)
    first = await desk.key(FIRST, 1, daily_limit=20)
    second = await desk.key(SECOND, 2)
    await desk.script(
        times=None, text="Да", usage={"prompt_tokens": 3, "completion_tokens": 2}, delay=0.05
    )
    await asyncio.gather(*(desk.model.complete(desk.ask(f"Вопрос {n}")) for n in range(50)))
    one, two = await desk.seen(first), await desk.seen(second)
    assert (one.daily_usage, two.daily_usage) == (20, 30)
    assert (one.monthly_tokens, two.monthly_tokens) == (100, 150)
    keys = [asked["key"] for asked in await desk.asked()]
    assert (keys.count("aaaa"), keys.count("bbbb")) == (20, 30)


async def _until_asked(desk: Desk) -> None:
    while not await desk.asked():  # noqa: ASYNC110 - the emulator is another process to us
        await asyncio.sleep(0.02)


async def test_a_call_killed_in_the_middle_stays_counted(desk: Desk) -> None:
    key = await desk.key(FIRST)
    await desk.script(delay=60, text="никто не дождался")
    running = asyncio.get_running_loop().create_task(desk.model.complete(desk.ask()))
    await _until_asked(desk)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert (await desk.seen(key)).daily_usage == 1
    (call,) = await desk.rows("select ended_at, outcome from ai_calls")
    assert call == {"ended_at": None, "outcome": None}


async def test_a_second_report_of_a_call_changes_nothing(desk: Desk) -> None:
    key = await desk.key(FIRST)
    lease = await desk.pool.take(desk.tenant_id, "")
    assert lease is not None
    await desk.pool.done(lease, Usage(10, 5))
    await desk.pool.done(lease, Usage(10, 5))
    await desk.pool.failed(lease, CallFailed(Why.SERVER_ERROR))
    seen = await desk.seen(key)
    assert (seen.daily_usage, seen.monthly_tokens) == (1, 15)


async def test_a_key_appears_nowhere(
    desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    key = await desk.key(FIRST)
    echo = {"message": f"Incorrect API key provided: {FIRST}", "code": "invalid_api_key"}
    await desk.script(status=401, error=echo)
    with pytest.raises(ModelUnavailable) as refused:
        await desk.model.complete(desk.ask())
    await desk.script(status=401, error=echo)
    verdict = await desk.tester.test(desk.admin, key)
    printed = capsys.readouterr()
    lease = repr(await desk.pool.take(desk.tenant_id, "", ()))
    kept = repr(await desk.rows("select * from ai_tokens")) + repr(
        await desk.rows("select * from audit_entries")
    )
    places = {
        "traceback": plain_traceback(refused.value),
        "chain": repr(refused.value.__cause__) + repr(refused.value.__context__),
        "log": caplog.text + printed.out + printed.err,
        "verdict": repr(verdict),
        "view": repr(await desk.seen(key)),
        "lease": lease,
        "tables": kept,
        "emulator": repr(await desk.asked()),
    }
    assert [place for place, text in places.items() if FIRST in text] == []
    assert (await desk.seen(key)).hint == "sk-...aaaa"
