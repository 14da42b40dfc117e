"""Whole answers, typed answers, tools, streams, vectors: over real HTTP."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import BaseModel

from insurance_chat.llm.ports import (
    ChatMessage,
    ChatRequest,
    InvalidOutput,
    ModelUnavailable,
    Tool,
    Usage,
    Why,
)
from tests.slices.llm.conftest import Desk


class Guess(BaseModel):
    """What the client wants."""

    intent: str
    sure: Decimal | None = None


async def test_an_answer_comes_with_its_cost(desk: Desk) -> None:
    key = await desk.key("sk-first-key-aaaa")
    await desk.script(text="Здравствуйте!", usage={"prompt_tokens": 12, "completion_tokens": 5})
    answer = await desk.model.complete(desk.ask(temperature=0.7, max_tokens=50))
    assert (answer.text, answer.usage, answer.tries) == ("Здравствуйте!", Usage(12, 5), 1)
    (asked,) = await desk.asked()
    assert asked["body"]["temperature"] == 0.7
    assert asked["body"]["max_tokens"] == 50
    assert asked["key"] == "aaaa"
    seen = await desk.seen(key)
    assert (seen.daily_usage, seen.monthly_usage, seen.monthly_tokens) == (1, 1, 17)


async def test_a_typed_answer_is_asked_for_by_schema_and_parsed(desk: Desk) -> None:
    await desk.key("sk-first-key-aaaa")
    await desk.script(text='```json\n{"intent": "buy", "sure": "0.9"}\n```')
    answer = await desk.model.complete(desk.ask(output=Guess))
    assert answer.parsed == Guess(intent="buy", sure=Decimal("0.9"))
    (asked,) = await desk.asked()
    wanted = asked["body"]["response_format"]["json_schema"]
    assert wanted["strict"] is True
    assert wanted["schema"]["required"] == ["intent", "sure"]
    assert wanted["schema"]["additionalProperties"] is False


async def test_an_answer_of_another_type_is_told_with_what_is_wrong_and_counted(
    desk: Desk,
) -> None:
    key = await desk.key("sk-first-key-aaaa")
    await desk.script(text='{"sure": 1}', usage={"prompt_tokens": 3, "completion_tokens": 4})
    with pytest.raises(InvalidOutput) as refused:
        await desk.model.complete(desk.ask(output=Guess))
    assert "intent" in refused.value.problem
    assert refused.value.text == '{"sure": 1}'
    assert (await desk.seen(key)).monthly_tokens == 7


async def test_the_model_may_ask_for_a_tool(desk: Desk) -> None:
    await desk.key("sk-first-key-aaaa")
    await desk.script(tool_calls=[{"name": "find_car", "arguments": '{"plate": "А123ВС77"}'}])
    tool = Tool("find_car", "Ищет автомобиль", {"type": "object", "properties": {}})
    answer = await desk.model.complete(desk.ask(tools=(tool,)))
    (call,) = answer.tool_calls
    assert (call.name, call.arguments) == ("find_car", '{"plate": "А123ВС77"}')
    again = ChatRequest(
        desk.tenant_id,
        (
            ChatMessage("assistant", "", tool_calls=answer.tool_calls),
            ChatMessage("tool", "Лада Веста", tool_call_id=call.id),
        ),
    )
    await desk.model.complete(again)
    last = (await desk.asked())[-1]["body"]["messages"]
    assert last[0]["tool_calls"][0]["function"]["name"] == "find_car"
    assert last[1]["tool_call_id"] == call.id


async def test_a_stream_comes_in_pieces_and_ends_with_its_cost(desk: Desk) -> None:
    key = await desk.key("sk-first-key-aaaa")
    await desk.script(
        chunks=["ОСАГО ", "стоит ", "дорого."], usage={"prompt_tokens": 5, "completion_tokens": 6}
    )
    pieces = [piece async for piece in desk.model.stream(desk.ask())]
    assert [piece.text for piece in pieces if piece.text] == ["ОСАГО ", "стоит ", "дорого."]
    assert pieces[-1].usage == Usage(5, 6)
    assert (await desk.seen(key)).monthly_tokens == 11


async def test_a_stream_that_nobody_reads_to_its_end_is_counted(desk: Desk) -> None:
    key = await desk.key("sk-first-key-aaaa")
    await desk.script(chunks=["Раз ", "два ", "три "])
    stream = desk.model.stream(desk.ask())
    assert (await anext(stream)).text == "Раз "
    await stream.aclose()  # type: ignore[attr-defined]
    assert (await desk.seen(key)).daily_usage == 1
    (call,) = await desk.rows("select outcome, ended_at from ai_calls")
    assert call["outcome"] == "abandoned"


async def test_nonsense_about_the_cost_is_unknown(desk: Desk) -> None:
    key = await desk.key("sk-first-key-aaaa")
    await desk.script(text="Да", usage={"prompt_tokens": -5, "completion_tokens": "много"})
    answer = await desk.model.complete(desk.ask())
    assert answer.usage == Usage(None, None)
    await desk.script(text="Да", no_usage=True)
    assert (await desk.model.complete(desk.ask())).usage == Usage(None, None)
    seen = await desk.seen(key)
    assert (seen.daily_usage, seen.monthly_tokens) == (2, 0)


async def test_vectors_and_scores(desk: Desk) -> None:
    with pytest.raises(ModelUnavailable) as off:
        await desk.model.embed(desk.tenant_id, ["полис"])
    assert off.value.why is Why.NO_KEYS
    desk.build(
        desk.settings.model_copy(
            update={"embedding_model": "sandbox-embedding", "rerank_model": "sandbox-rerank"}
        )
    )
    await desk.key("sk-first-key-aaaa")
    found = await desk.model.embed(desk.tenant_id, ["полис ОСАГО", "погода", "полис ОСАГО"])
    assert found.rows[0] == found.rows[2] != found.rows[1]
    assert found.usage.prompt_tokens
    scores = await desk.model.rerank(
        desk.tenant_id, "цена полиса", ["погода", "цена полиса осаго", "цена дома"]
    )
    assert scores == [0.0, 2.0, 1.0]
