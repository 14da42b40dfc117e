"""Programs send files as large as people do: the preview comes at once, or from an address."""

from __future__ import annotations

import asyncio
import http.client
import io
import zipfile
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.slices.api.conftest import Staff, Stand
from tests.support.office_files import docx, zip_of

LATER = {"Prefer": "respond-async"}


def note(words: str) -> bytes:
    """A small document."""
    return f"# {words}\n\n{words} у офиса бесплатно для клиентов.\n".encode()


async def send(
    http: httpx.AsyncClient, who: Staff, name: str, body: bytes, **more: Any
) -> httpx.Response:
    """Upload a file as a program does."""
    path = more.pop("path", "/v1/kb/upload")
    headers = who.headers | more.pop("headers", {})
    return await http.post(path, files={"file": (name, body)}, headers=headers, **more)


async def orders(stand: Stand) -> list[int]:
    """Take the orders to read a file."""
    async with stand.services.db.pool.connection() as connection:
        cursor = await connection.execute(
            "delete from procrastinate_jobs where task_name = 'knowledge.read_upload'"
            " returning (args->>'upload_id')::bigint"
        )
        return [int(row[0]) for row in await cursor.fetchall()]


async def work(stand: Stand) -> None:
    """Do what a worker would do."""
    while found := await orders(stand):
        for number in found:
            await stand.services.upload_reader.run(number)


async def count(stand: Stand, statement: str) -> int:
    async with stand.services.db.pool.connection() as connection:
        row = await (await connection.execute(statement.encode())).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(autouse=True)
async def _no_orders(stand: Stand) -> None:
    await orders(stand)


async def test_a_program_may_ask_later_and_gets_the_same_preview(
    http: httpx.AsyncClient, stand: Stand, admin: Staff
) -> None:
    place = {"companyCode": "reso", "productCode": "osago", "sourceUrl": "https://reso.example/p"}
    taken = await send(http, admin, "p.md", note("Парковка"), headers=LATER, data=place)

    assert (taken.status_code, taken.json()["stage"]) == (202, "waiting")
    assert taken.headers["Location"] == taken.json()["statusUrl"]
    early = (await http.get(taken.headers["Location"], headers=admin.headers)).json()
    assert (early["isOver"], early["state"], "preview" in early) == (False, "Ждёт очереди", False)

    await work(stand)
    done = (await http.get(taken.headers["Location"], headers=admin.headers)).json()
    assert (done["stage"], done["isOver"], done["percent"]) == ("ready", True, 100)
    preview = done["preview"]
    assert preview["doc"] == {
        "title": "Парковка",
        "pageCount": 1,
        "companyCode": "reso",
        "productCode": "osago",
    }
    assert preview["passages"] == ["Парковка у офиса бесплатно для клиентов."]
    again = await send(http, admin, "p.md", note("Парковка"), data=place)
    assert (again.status_code, again.json()) == (201, preview)
    commit = {"ingestId": preview["ingestId"]}
    committed = await http.post("/v1/kb/commit", json=commit, headers=admin.headers)
    assert committed.status_code == 200


async def test_the_same_file_twice_is_one_preview_and_then_a_duplicate(
    http: httpx.AsyncClient, stand: Stand, admin: Staff
) -> None:
    first = await send(http, admin, "a.md", note("Касса"))
    second = await send(http, admin, "b.md", note("Касса"))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    commit = {"ingestId": first.json()["ingestId"]}
    await http.post("/v1/kb/commit", json=commit, headers=admin.headers)
    documents = await count(stand, "select count(*) from kb_documents")

    refused = await send(http, admin, "c.md", note("Касса"))

    assert (refused.status_code, refused.json()["code"]) == (409, "kb_duplicate")
    assert "уже есть в базе знаний: «Касса»" in refused.json()["message"]
    assert refused.json()["details"] == {"document_id": first.json()["ingestId"]}
    assert await count(stand, "select count(*) from kb_documents") == documents
    waiting = await send(http, admin, "d.md", note("Гардероб"), headers=LATER)
    twice = await send(http, admin, "e.md", note("Гардероб"))
    assert (waiting.status_code, twice.status_code) == (202, 409)
    assert twice.json()["message"] == "Этот файл уже читается."


async def test_a_file_over_20_megabytes_is_read_by_the_job_while_its_sender_waits(
    http: httpx.AsyncClient, stand: Stand, admin: Staff
) -> None:
    out = io.BytesIO(docx(("Heading1", "Яхты"), ("Normal", "Франшиза по яхте — 25 000 рублей.")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as target:
        target.writestr("word/media/photo.bin", bytes(21 * 1024 * 1024))
    sending = asyncio.ensure_future(send(http, admin, "yachts.docx", out.getvalue()))
    while not (found := await orders(stand)):  # noqa: ASYNC110 - the order is a row of a table
        await asyncio.sleep(0.05)
    await stand.services.upload_reader.run(found[0])

    answer = await sending

    assert answer.status_code == 201, answer.text
    assert any("25 000 рублей" in text for text in answer.json()["passages"])


async def test_an_archive_gives_an_address_for_each_of_its_files(
    http: httpx.AsyncClient, stand: Stand, admin: Staff
) -> None:
    files = {"one.md": note("Лифт"), "two.md": note("Буфет"), "bad.exe": b"MZ\x90\x00program"}
    taken = await send(http, admin, "all.zip", zip_of(files))
    assert (taken.status_code, taken.json()["stage"]) == (202, "unpacked")
    await work(stand)

    shown = (await http.get(taken.json()["statusUrl"], headers=admin.headers)).json()
    named = {one["fileName"]: one for one in shown["files"]}
    assert {name: one["stage"] for name, one in named.items()} == {
        "one.md": "ready",
        "two.md": "ready",
        "bad.exe": "failed",
    }
    assert "база знаний не читает" in named["bad.exe"]["message"]
    one = (await http.get(named["one.md"]["statusUrl"], headers=admin.headers)).json()
    assert one["preview"]["doc"]["title"] == "Лифт"


@pytest.mark.parametrize("path", ["/v1/kb/upload", "/v1/kb/private/upload"])
@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("empty.txt", b" \n", 422, "kb_file_empty"),
        ("program.exe", b"MZ\x90\x00\x03program", 422, "kb_file_unsupported"),
        ("broken.pdf", b"%PDF-1.7 garbage", 422, "kb_file_damaged"),
        ("front.md", b"---\n[\n---\ntext", 422, "kb_front_matter"),
    ],
)
async def test_a_refusal_says_why_and_leaves_nothing(
    http: httpx.AsyncClient,
    stand: Stand,
    admin: Staff,
    path: str,
    name: str,
    body: bytes,
    status: int,
    code: str,
) -> None:
    documents = await count(stand, "select count(*) from kb_documents")
    files = list(stand.services.files.list_stored())

    refused = await send(http, admin, name, body, path=path)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert any("а" <= letter <= "я" for letter in refused.json()["message"])
    assert await count(stand, "select count(*) from kb_documents") == documents
    assert list(stand.services.files.list_stored()) == files


def declared(stand: Stand, path: str, megabytes: int, headers: dict[str, str]) -> tuple[int, str]:
    """Announce a large body without sending it; returns the answer."""
    place = urlsplit(stand.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    try:
        connection.putrequest("POST", path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", str(megabytes * 1024 * 1024))
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


async def test_who_may_not_send_is_refused_before_the_body_is_read(
    http: httpx.AsyncClient, stand: Stand, chat: Any
) -> None:
    for headers, status in (({}, 401), (chat.headers, 403)):
        for path in ("/v1/kb/upload", "/v1/kb/private/upload"):
            got, _ = await asyncio.to_thread(declared, stand, path, 99, headers)
            assert got == status


async def test_what_is_over_the_limit_is_refused_before_the_body_is_read(
    stand: Stand, admin: Staff
) -> None:
    got, text = await asyncio.to_thread(declared, stand, "/v1/kb/upload", 101, admin.headers)
    assert (got, "Файл — не больше 100 МБ." in text) == (413, True)


async def test_an_agents_long_file_is_published_for_that_agent_when_it_has_been_read(
    http: httpx.AsyncClient, stand: Stand, agent: Staff, admin: Staff
) -> None:
    colleague = await stand.staff("agent")
    taken = await send(
        http,
        agent,
        "own.md",
        note("Чаевые"),
        path="/v1/kb/private/upload",
        headers=LATER,
        data={"own": "true"},
    )
    await work(stand)

    shown = await http.get(taken.json()["statusUrl"], headers=agent.headers)
    document = shown.json()["document"]
    assert document["title"] == "Агентам: Чаевые"
    other = await http.get(taken.json()["statusUrl"], headers=colleague.headers)
    assert other.status_code == 404
    seen = [
        document["id"] in (await http.get("/v1/kb/private/docs", headers=who.headers)).text
        for who in (agent, admin, colleague)
    ]
    assert seen == [True, True, False]
    again = await send(
        http,
        agent,
        "own.md",
        note("Чаевые"),
        path="/v1/kb/private/upload",
        data={"own": "true"},
    )
    assert (again.status_code, again.json()) == (201, document)
