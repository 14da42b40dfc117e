"""Generated requests to every operation of the document, by every kind of caller.

Schemathesis invents bodies, parameters and headers, good and bad ones. Whatever comes in, the
answer is no failure of ours, has a status that the document names, and a body that fits it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.slices.api.conftest import Staff, Stand, insert_policy, open_chat

SEED = "20261121"
SECONDS = 600
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
# A stream without end; tests of the feed read it.
ENDLESS = "/v1/chat/sessions/{id}/events"
# Large bodies, a third of all requests: one caller is enough.
SALE = "(osago|mortgage)/(quote|draft)$"
EVERYTHING, BRIEF = "coverage,fuzzing", "fuzzing"


@dataclass(frozen=True)
class Things:
    """Ids of things that exist, so that requests get beyond «not found»."""

    client: str
    by_path: dict[str, str]


@pytest.fixture(scope="module")
async def things(stand: Stand, agent: Staff) -> Things:
    async with httpx.AsyncClient(base_url=stand.url, trust_env=False, timeout=20) as http:
        chat = await open_chat(http)
        policy = await insert_policy(stand, chat)
        asked = f"/v1/chat/sessions/{chat.id}/handover"
        await http.post(f"{asked}/request", headers=chat.headers)
        await http.post(f"{asked}/claim", headers=agent.headers)
        body = {
            "policyId": policy.id,
            "remindAt": "2030-01-01T10:00:00+03:00",
            "recipients": ["client"],
        }
        made = await http.post("/v1/reminders", json=body, headers=agent.headers)
        assert made.status_code == 201, made.text
    by_path = {
        "/v1/chat/sessions/": chat.id,
        "/v1/policies/": policy.id,
        "/v1/reminders/": made.json()["id"],
        "/v1/agents/": agent.id,
    }
    return Things(chat.token, by_path)


def _config(document: dict[str, Any], things: Things) -> str:
    lines = []
    for path in document["paths"]:
        known = next((i for start, i in things.by_path.items() if path.startswith(start)), None)
        if known is not None and "{id}" in path:
            lines += [
                "[[operations]]",
                f"include-path = {json.dumps(path)}",
                f"parameters = {{ 'path.id' = {json.dumps(known)} }}",
            ]
    return "\n".join(lines)


async def _run(
    stand: Stand, folder: Path, caller: str, token: str | None, phases: str, which: str
) -> str:
    command = [
        "--config-file", str(folder / "schemathesis.toml"), "run", f"{stand.url}/openapi.json",
        "--checks", CHECKS, "--exclude-path", ENDLESS, f"--{which}-path-regex", SALE,
        "--phases", phases, "--max-examples", "3", "--seed", SEED, "--generation-database", "none",
        "--no-shrink", "--suppress-health-check", "all", "--request-timeout", "20",
        "--warnings", "off", "--no-color", "--continue-on-failure",
    ]  # fmt: skip
    if token is not None:
        command += ["--header", f"Authorization:Bearer {token}"]
    log = folder / f"{caller}-{which}.txt"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("schemathesis"), *command,
            cwd=folder, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        code = await asyncio.wait_for(process.wait(), SECONDS)
    except TimeoutError:
        process.kill()
        code = await process.wait()
    return "" if code == 0 else f"{caller}: {log.read_text(encoding='utf-8')[-20_000:]}"


async def test_no_generated_request_gets_an_answer_beside_the_document(
    stand: Stand, things: Things, agent: Staff, admin: Staff, tmp_path: Path
) -> None:
    config = _config(stand.app.openapi(), things)
    (tmp_path / "schemathesis.toml").write_text(config, encoding="utf-8")
    runs = (
        ("anonymous", None, BRIEF, "exclude"),
        ("client", things.client, EVERYTHING, "exclude"),
        ("agent", agent.token, BRIEF, "exclude"),
        ("admin", admin.token, BRIEF, "exclude"),
        ("client", things.client, EVERYTHING, "include"),
    )
    troubles = await asyncio.gather(*(_run(stand, tmp_path, *run) for run in runs))
    assert "".join(troubles) == ""
