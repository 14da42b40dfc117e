"""A caller who waits less than others."""

from __future__ import annotations

import pytest

from insurance_chat.llm.ports import ModelUnavailable, Why
from tests.slices.llm.conftest import Desk


async def test_a_short_wait_of_one_caller_does_not_put_the_key_to_rest(desk: Desk) -> None:
    key = await desk.key("sk-first-key-aaaa")
    # However slow this machine is, no answer comes within the time.
    await desk.script(text="Поздно", delay=600, times=None, contains="спешу")
    with pytest.raises(ModelUnavailable) as refused:
        await desk.model.complete(desk.ask("спешу", budget_seconds=0.2))
    assert refused.value.why is Why.TOO_SLOW
    (call,) = await desk.rows("select outcome, ended_at is not null as ended from ai_calls")
    assert call == {"outcome": "abandoned", "ended": True}
    assert (await desk.rows("select cooldown_until from ai_tokens")) == [{"cooldown_until": None}]
    assert (await desk.seen(key)).daily_usage == 1  # the provider may have worked on it
    await desk.script(text="Здравствуйте!")
    assert (await desk.model.complete(desk.ask())).text == "Здравствуйте!"


async def test_a_short_wait_ends_a_stream_before_its_first_word(desk: Desk) -> None:
    await desk.key("sk-first-key-aaaa")
    await desk.script(text="Поздно", delay=600, times=None)
    with pytest.raises(ModelUnavailable) as refused:
        async for _ in desk.model.stream(desk.ask(budget_seconds=0.2)):
            pass
    assert (refused.value.why, refused.value.partial) == (Why.TOO_SLOW, False)
    assert (await desk.rows("select cooldown_until from ai_tokens")) == [{"cooldown_until": None}]


async def test_a_longer_wait_than_the_installations_changes_nothing(desk: Desk) -> None:
    desk.build(desk.settings.model_copy(update={"timeout_seconds": 0.2}))
    await desk.key("sk-first-key-aaaa")
    await desk.script(text="Поздно", delay=600, times=None)
    with pytest.raises(ModelUnavailable):
        await desk.model.complete(desk.ask(budget_seconds=600))
    (token,) = await desk.rows("select cooldown_until is not null as rests from ai_tokens")
    assert token["rests"]
