"""GigaChat: temporary access for a key, kept and renewed."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import BaseModel

from insurance_chat.llm.ports import ModelUnavailable, Why
from tests.slices.llm.conftest import Desk

KEY = base64.b64encode(b"client:secret-of-gigachat").decode()


class Guess(BaseModel):
    """What the client wants."""

    intent: str


@pytest.fixture
async def giga(desk: Desk) -> Desk:
    auth = f"{desk.url}/llm/gigachat/api/v2/oauth"
    desk.build(desk.settings.model_copy(update={"gigachat_auth_url": auth}))
    await desk.key(
        KEY,
        provider="gigachat",
        base_url=f"{desk.url}/llm/gigachat/api/v1",
        model_access=["GigaChat-2"],
    )
    return desk


async def _paths(desk: Desk) -> list[str]:
    return [one["path"].rpartition("/")[2] for one in await desk.asked()]


async def test_access_is_got_once_and_kept(giga: Desk) -> None:
    for _ in range(3):
        assert (await giga.model.complete(giga.ask())).text
    assert await _paths(giga) == ["oauth", "completions", "completions", "completions"]
    asked: list[dict[str, Any]] = await giga.asked()
    assert asked[0]["body"] == {"scope": "GIGACHAT_API_PERS"}
    assert {one["key"] for one in asked} == {KEY[-4:]}


async def test_access_is_renewed_before_it_ends(giga: Desk) -> None:
    # Less than the minute before the end that renewal begins with.
    await giga.control.post("/control/llm/gigachat", json={"token_seconds": 30})
    await giga.model.complete(giga.ask())
    await giga.model.complete(giga.ask())
    assert await _paths(giga) == ["oauth", "completions", "oauth", "completions"]


async def test_access_that_ended_early_is_got_anew_within_the_call(giga: Desk) -> None:
    await giga.model.complete(giga.ask())
    await giga.control.post("/control/llm/gigachat", json={"token_seconds": 1800})
    answer = await giga.model.complete(giga.ask())
    assert answer.tries == 1
    assert (await _paths(giga))[-2:] == ["oauth", "completions"]


async def test_a_stream_of_gigachat(giga: Desk) -> None:
    await giga.script(chunks=["Добрый ", "день"])
    pieces = [piece async for piece in giga.model.stream(giga.ask())]
    assert "".join(piece.text for piece in pieces) == "Добрый день"
    assert "stream_options" not in (await giga.asked())[-1]["body"]


async def test_a_typed_answer_is_asked_for_in_words(giga: Desk) -> None:
    await giga.script(text='```json\n{"intent": "buy"}\n```')
    answer = await giga.model.complete(giga.ask("Хочу полис", output=Guess))
    assert answer.parsed == Guess(intent="buy")
    body = (await giga.asked())[-1]["body"]
    assert "response_format" not in body
    assert "JSON" in body["messages"][0]["content"]


@pytest.mark.parametrize(
    ("status", "why"),
    [(401, Why.WRONG_KEY), (429, Why.RATE_LIMITED), (500, Why.SERVER_ERROR)],
)
async def test_a_refused_access_is_told_by_its_reason(giga: Desk, status: int, why: Why) -> None:
    await giga.script(path="/oauth", status=status)
    with pytest.raises(ModelUnavailable) as refused:
        await giga.model.complete(giga.ask())
    assert refused.value.why is why
    assert KEY not in repr(refused.value) + repr(await giga.asked())
