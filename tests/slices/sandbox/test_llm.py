"""The emulated models: what the product's own tests rely on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served

KEY = {"Authorization": "Bearer sk-emulator-wxyz"}
CHAT = "/llm/v1/chat/completions"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(create_sandbox_app(time_scale=0)) as address:
        yield address


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
        await client.delete("/control/llm/answers")
        yield client


def say(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "sandbox-model", "messages": [{"role": "user", "content": text}], **more}


async def script(http: httpx.AsyncClient, **answer: Any) -> None:
    done = await http.post("/control/llm/answers", json=answer)
    assert done.status_code == 201, done.text


async def test_answers_come_by_what_was_said_and_then_in_turn(http: httpx.AsyncClient) -> None:
    await script(http, text="первый")
    await script(http, contains="цена", text="о цене", times=None)
    await script(http, text="второй")
    said = []
    for text in ("привет", "какая цена", "привет", "цена?", "привет"):
        answer = await http.post(CHAT, json=say(text), headers=KEY)
        said.append(answer.json()["choices"][0]["message"]["content"])
    assert said == ["первый", "о цене", "второй", "о цене", "Учебная модель прочла: привет"]
    left = (await http.get("/control/llm/answers")).json()["answers"]
    assert left == [{"contains": "цена", "text": "о цене", "times": None}]


async def test_the_log_keeps_the_body_and_only_the_end_of_the_key(http: httpx.AsyncClient) -> None:
    await http.post(CHAT, json=say("привет"), headers=KEY)
    listed = (await http.get("/control/llm/requests")).text
    (asked,) = json.loads(listed)["requests"]
    assert (asked["key"], asked["path"]) == ("wxyz", CHAT)
    assert asked["body"]["messages"][0]["content"] == "привет"
    assert "emulator" not in listed


async def test_without_a_key_nothing_is_answered(http: httpx.AsyncClient) -> None:
    assert (await http.post(CHAT, json=say("привет"))).status_code == 401


async def test_a_stream_has_chunks_usage_and_an_end(http: httpx.AsyncClient) -> None:
    await script(http, chunks=["Раз", "два"])
    answer = await http.post(CHAT, json=say("привет", stream=True), headers=KEY)
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    said = [one["choices"][0]["delta"].get("content") for one in chunks if one["choices"]]
    assert [text for text in said if text] == ["Раз", "два"]
    assert chunks[-1]["usage"]["completion_tokens"] > 0


async def test_an_unscripted_typed_answer_fits_its_schema(http: httpx.AsyncClient) -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "kind": {"enum": ["buy", "ask"]},
            "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "parts": {"type": "array", "items": {"type": "string"}},
            "inner": {"$ref": "#/$defs/Inner"},
        },
        "$defs": {"Inner": {"type": "object", "properties": {"yes": {"type": "boolean"}}}},
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "X", "schema": schema}}
    answer = await http.post(CHAT, json=say("привет", response_format=wanted), headers=KEY)
    found = json.loads(answer.json()["choices"][0]["message"]["content"])
    inner = {"yes": False}
    assert found == {"name": "", "kind": "buy", "count": None, "parts": [], "inner": inner}


@pytest.mark.parametrize("cut", ["start", "middle"])
@pytest.mark.parametrize("stream", [True, False])
async def test_a_cut_connection_is_really_cut(
    http: httpx.AsyncClient, cut: str, stream: bool
) -> None:
    await script(http, text="не дойдёт до конца", cut=cut)
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(CHAT, json=say("привет", stream=stream), headers=KEY)


async def test_failures_are_as_scripted(http: httpx.AsyncClient) -> None:
    await script(http, status=429, retry_after=3)
    await script(http, raw="{не JSON")
    limited = await http.post(CHAT, json=say("привет"), headers=KEY)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
    malformed = await http.post(CHAT, json=say("привет"), headers=KEY)
    assert (malformed.status_code, malformed.text) == (200, "{не JSON")
    unknown = await http.post("/control/llm/answers", json={"txt": "опечатка"})
    assert unknown.status_code == 422


async def test_gigachat_wants_its_own_way_in(http: httpx.AsyncClient) -> None:
    way, chat = "/llm/gigachat/api/v2/oauth", "/llm/gigachat/api/v1/chat/completions"
    scope = {"scope": "GIGACHAT_API_PERS"}
    basic = {"Authorization": "Basic Y2xpZW50OnNlY3JldA==", "RqUID": "1"}
    assert (await http.post(chat, json=say("привет"), headers=KEY)).status_code == 401
    assert (await http.post(way, data=scope, headers=KEY)).status_code == 400
    assert (await http.post(way, headers=basic)).status_code == 400
    given = (await http.post(way, data=scope, headers=basic)).json()
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert (await http.post(chat, json=say("привет"), headers=bearer)).status_code == 200
    await http.post("/control/llm/gigachat", json={"token_seconds": 60})
    assert (await http.post(chat, json=say("привет"), headers=bearer)).status_code == 401


async def test_a_reset_forgets_the_models_too(http: httpx.AsyncClient) -> None:
    await script(http, text="забудется")
    await http.post(CHAT, json=say("раз"), headers=KEY)
    await http.post("/control/reset")
    assert (await http.get("/control/llm/answers")).json() == {"answers": []}
    assert (await http.get("/control/llm/requests")).json() == {"requests": []}
    models = (await http.get("/llm/v1/models")).json()["data"]
    assert "sandbox-model" in [one["id"] for one in models]
