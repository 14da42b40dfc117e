"""Nothing that is said gets lost or said twice, whatever happens to the caller."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.slices.api.chat_api.conftest import Patient, program, serving, session_of
from tests.slices.api.chat_api.test_contract import events
from tests.slices.api.conftest import Stand


async def _log(stand: Stand) -> list[tuple[str, str]]:
    session = await session_of(stand)
    staff = await stand.staff("admin")
    async with httpx.AsyncClient(base_url=stand.url, trust_env=False) as http:
        answer = await http.get(
            f"/v1/chat/sessions/{session}/messages?limit=100", headers=staff.headers
        )
    return [(item["sender"], item["text"]) for item in answer.json()["items"]]


async def test_twenty_calls_at_once_are_answered_one_after_another(
    api: httpx.AsyncClient, stand: Stand, thread: str
) -> None:
    async def ask(number: int) -> tuple[int, dict[str, Any]]:
        body = {"message": f"Вопрос {number}", "thread_id": thread}
        return number, (await api.post("/api/chat", json=body)).json()

    await api.post("/api/chat", json={"message": "Начали", "thread_id": thread})
    answers = await asyncio.gather(*(ask(number) for number in range(20)))
    for number, answer in answers:
        assert answer["response"] == f"Эхо: Вопрос {number}"
    ids = [one["id"] for _, answer in answers for one in answer["messages"]]
    assert len(ids) == len(set(ids)) == 20
    log = await _log(stand)
    assert [sender for sender, _ in log] == ["user", "ai"] * 21
    assert all(
        said == f"Эхо: {asked}" for (_, asked), (_, said) in zip(log[::2], log[1::2], strict=True)
    )


async def test_a_repeat_gets_the_same_answer(
    api: httpx.AsyncClient, stand: Stand, thread: str
) -> None:
    asked = {"message": "Сколько?", "thread_id": thread, "message_id": "m-1"}
    first = (await api.post("/api/chat", json=asked)).json()
    await api.post("/api/chat", json={"message": "Другое", "thread_id": thread})
    assert (await api.post("/api/chat", json=asked)).json() == first
    assert (await api.post("/api/chat", json={**asked, "message": "Иначе"})).json() == first
    stream = events((await api.post("/api/chat/stream", json=asked)).text)
    assert stream[-1]["response"] == first["response"]
    assert len(await _log(stand)) == 4


async def test_a_repeat_without_a_thread_finds_its_thread(api: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    bodies = [
        (await api.post("/api/chat", json={"message": "Привет"}, headers=key)).json()
        for _ in range(2)
    ]
    assert bodies[0] == bodies[1]
    other = await api.post(
        "/api/chat", json={"message": "Привет"}, headers={"Idempotency-Key": "x" * 101}
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_invalid")


async def test_two_repeats_at_once_are_one_message(
    api: httpx.AsyncClient, stand: Stand, thread: str
) -> None:
    asked = {"message": "Раз", "thread_id": thread, "message_id": "same"}
    answers = await asyncio.gather(*(api.post("/api/chat", json=asked) for _ in range(5)))
    assert len({answer.text for answer in answers}) == 1
    assert len(await _log(stand)) == 2


async def test_a_late_reply_comes_with_the_next_call(
    stand: Stand, patient: Patient, thread: str
) -> None:
    async with serving(stand, chat_reply_seconds=0.2) as door, program(door) as http:
        asked = {"message": "Долго?", "thread_id": thread, "message_id": "slow"}
        late = await http.post("/api/chat", json=asked)
        assert (late.status_code, late.json()["code"]) == (500, "reply_late")
        assert late.json()["thread_id"] == thread
        assert late.json()["success"] is False
        stream = events((await http.post("/api/chat/stream", json=asked)).text)
        assert [one["type"] for one in stream] == ["metadata", "error"]
        assert (stream[1]["code"], stream[1]["thread_id"]) == ("reply_late", thread)
        assert stream[1]["message"]
    patient.may_answer.set()
    async with serving(stand) as door, program(door) as http:
        body = (await http.post("/api/chat", json={"message": "И?", "thread_id": thread})).json()
        assert body["response"] == "Не сразу: Долго?\n\nНе сразу: И?"
        empty = (await http.get("/api/chat", params={"thread_id": thread})).json()
        assert (empty["response"], empty["messages"]) == ("", [])


async def test_a_repeat_after_a_late_reply_gets_it(
    stand: Stand, patient: Patient, thread: str
) -> None:
    asked = {"message": "Долго?", "thread_id": thread, "message_id": "slow"}
    async with serving(stand, chat_reply_seconds=0.2) as door, program(door) as http:
        assert (await http.post("/api/chat", json=asked)).status_code == 500
    patient.may_answer.set()
    async with serving(stand) as door, program(door) as http:
        body = (await http.post("/api/chat", json=asked)).json()
        assert body["response"] == "Не сразу: Долго?"


@pytest.mark.parametrize("path", ["/api/chat", "/api/chat/stream"])
async def test_a_caller_who_hangs_up_loses_nothing(
    stand: Stand, patient: Patient, thread: str, path: str
) -> None:
    async with serving(stand) as door:
        at = urlsplit(door.url)
        _, writer = await asyncio.open_connection(at.hostname, at.port)
        body = json.dumps({"message": "Алло", "thread_id": thread}).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await patient.thinks.wait()
        writer.transport.abort()
        await door.nobody_is_connected()
        patient.may_answer.set()
        async with program(door) as http:
            answer = await http.post("/api/chat", json={"message": "Тут", "thread_id": thread})
            assert answer.json()["response"].startswith("Не сразу: Алло")
            assert "Тут" in answer.json()["response"]


async def test_a_turn_of_another_process_is_waited_for(
    api: httpx.AsyncClient, stand: Stand, thread: str
) -> None:
    await api.post("/api/chat", json={"message": "Раз", "thread_id": thread})
    session = await session_of(stand)
    async with stand.services.db.pool.connection() as connection:
        # Another process holds the conversation and dies: the sweep answers later.
        await connection.execute(
            "update conversations set lease_owner = gen_random_uuid(),"
            " lease_until = now() + interval '1 second' where public_id = %s",
            (session,),
        )
    answer = await api.post("/api/chat", json={"message": "Два", "thread_id": thread})
    assert answer.json()["response"] == "Эхо: Два"


async def test_a_browser_that_comes_back_goes_on_where_it_was(
    api: httpx.AsyncClient, stand: Stand, thread: str
) -> None:
    asked = {"message": "Раз. Два! Три?", "thread_id": thread}
    text = (await api.get("/api/chat/stream", params=asked)).text
    places = [line[4:] for line in text.splitlines() if line.startswith("id: ")]
    assert len(places) == 5
    back = await api.get("/api/chat/stream", params=asked, headers={"Last-Event-ID": places[1]})
    rest = [one.get("content") for one in events(back.text) if one["type"] == "chunk"]
    assert rest == ["Два! ", "Три?"]
    done = await api.get("/api/chat/stream", params=asked, headers={"Last-Event-ID": places[-1]})
    assert done.status_code == 204  # the browser does not come back again
    assert len(await _log(stand)) == 2


async def test_a_browser_comes_back_to_a_thread_that_we_named(
    api: httpx.AsyncClient, stand: Stand
) -> None:
    text = (await api.get("/api/chat/stream", params={"message": "Раз. Два."})).text
    place = next(line[4:] for line in text.splitlines() if line.startswith("id: "))
    headers = {"Last-Event-ID": place}
    back = await api.get("/api/chat/stream", params={"message": "Раз. Два."}, headers=headers)
    assert events(back.text)[0]["thread_id"] == events(text)[0]["thread_id"]
    assert events(back.text)[-1]["response"] == "Эхо: Раз. Два."
    assert len(await _log(stand)) == 2


async def test_what_a_program_says_of_its_client_is_kept_for_staff(
    api: httpx.AsyncClient, stand: Stand, thread: str
) -> None:
    more = {"user_id": "+79161234567", "metadata": {"utm": "ads"}}
    await api.post("/api/chat", json={"message": "Привет", "thread_id": thread, **more})
    session = await session_of(stand)
    staff = await stand.staff("admin")
    async with httpx.AsyncClient(base_url=stand.url, trust_env=False) as http:
        path = f"/v1/chat/sessions/{session}/messages"
        items = (await http.get(path, headers=staff.headers)).json()["items"]
        view = (await http.get(path[:-9], headers=staff.headers)).json()
    assert items[0]["metadata"]["source"] == {
        "userId": "+79161234567",
        "metadata": {"utm": "ads"},
    }
    assert view["channel"] == "api"


async def test_a_file_goes_with_a_message(api: httpx.AsyncClient, stand: Stand) -> None:
    sent = await api.post("/api/chat/files", files={"file": ("права.txt", b"text", "x/y")})
    assert sent.status_code == 201
    file = sent.json()
    assert (file["name"], file["size"], file["success"]) == ("права.txt", 4, True)
    body = {"message": "", "file_url": file["url"]}
    answer = await api.post("/api/chat", json=body)
    assert answer.status_code == 200
    session, staff = await session_of(stand), await stand.staff("admin")
    items = (await api.get(f"/v1/chat/sessions/{session}/messages", headers=staff.headers)).json()
    card = items["items"][0]["metadata"]["files"][0]
    assert (await api.get(card["url"])).content == b"text"
    for wrong, code in (("ftp://a/b", "url_invalid"), ("/files/bad/x.txt", None)):
        refused = await api.post("/api/chat", json={"message": "Да", "file_url": wrong})
        assert refused.status_code == 422
        assert code is None or refused.json()["code"] == code
    program_file = {"file": ("a.exe", b"MZ\x90\x00" + b"\x00" * 60, "x/y")}
    refused = await api.post("/api/chat/files", files=program_file)
    assert (refused.status_code, refused.json()["code"]) == (422, "file_type_refused")
    large = await api.post("/api/chat/files", files={"file": ("a.txt", b"a" * (21 << 20), "x/y")})
    assert large.status_code == 413
    assert large.json()["success"] is False


async def test_a_fault_of_ours_has_the_shape_of_a_refusal(
    api: httpx.AsyncClient, stand: Stand
) -> None:
    async with stand.services.db.pool.connection() as connection:
        await connection.execute("alter table threads rename to threads_away")
        try:
            answer = await api.post("/api/chat", json={"message": "Привет"})
        finally:
            await connection.execute("alter table threads_away rename to threads")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["success"] is False
    assert "threads" not in answer.text
