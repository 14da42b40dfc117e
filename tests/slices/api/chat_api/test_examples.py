"""Every example of the documents runs as it is written, against the running service."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.slices.api.chat_api.conftest import Door, serving
from tests.slices.api.conftest import Stand
from tests.support.browser import browser, desktop  # noqa: F401

EXAMPLES = Path(__file__).parents[4] / "docs" / "examples"
KEY = "key-of-the-examples"
GREETING = "Эхо: Привет! Кто ты?"


@pytest.fixture(scope="module")
async def door(stand: Stand) -> AsyncIterator[Door]:
    """A door that asks for a key."""
    async with serving(stand, api_key=KEY) as opened:
        yield opened


async def _run(door: Door, *command: str, key: str = KEY) -> tuple[int, str]:
    environment = os.environ | {
        "CHAT_URL": door.url,
        "CHAT_API_KEY": key,
        "NO_PROXY": "*",
        "PYTHONIOENCODING": "utf-8",
    }
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_shell(door: Door) -> None:
    code, said = await _run(door, "sh", str(EXAMPLES / "curl.sh"))
    assert code == 0, said
    assert GREETING in said
    assert '"type": "done"' in said
    assert said.count("data: ") == 3
    assert re.search(r'"response": ?"", ?"thread_id"', said), said
    code, said = await _run(door, "sh", str(EXAMPLES / "curl.sh"), key="wrong")
    assert code != 0
    assert "api_key_wrong" in said


async def test_python(door: Door) -> None:
    script = str(EXAMPLES / "python_client.py")
    code, said = await _run(door, sys.executable, script, "Привет! Кто ты?")
    assert code == 0, said
    assert said.splitlines() == [GREETING, "Эхо: Спасибо!"]
    code, said = await _run(door, sys.executable, script, key="wrong")
    assert code != 0
    assert "403" in said


async def test_a_plain_page(door: Door, desktop: Page) -> None:  # noqa: F811
    query = urlencode({"api": door.url, "key": KEY})
    await desktop.goto(f"file://{EXAMPLES}/plain.html?{query}")
    await desktop.get_by_label("Сообщение").fill("Привет! Кто ты?")
    await desktop.get_by_role("button", name="Отправить").click()
    await expect(desktop.locator("#log .bot")).to_have_text(GREETING)
    thread = await desktop.evaluate("localStorage.getItem('chat_thread')")
    async with httpx.AsyncClient(base_url=door.url, trust_env=False) as http:
        known = await http.get(f"/api/chat?thread_id={thread}", headers={"X-API-Key": KEY})
    assert known.status_code == 200
    await desktop.goto(f"file://{EXAMPLES}/plain.html?{urlencode({'api': door.url, 'key': 'x'})}")
    await desktop.get_by_label("Сообщение").fill("Привет")
    await desktop.get_by_role("button", name="Отправить").click()
    await expect(desktop.locator("#log .bot")).to_have_text("Неверный ключ API.")


# Just enough of React to run one component: state that lives between renderings.
REACT = """
const cells = []; let at = 0;
export const useState = (first) => {
  const place = at++;
  if (!(place in cells)) cells[place] = first;
  return [cells[place], (v) => { cells[place] = typeof v === "function" ? v(cells[place]) : v; }];
};
export const useRef = (first) => useState({ current: first })[0];
export const createElement = (type, props, ...children) => ({ type, props, children: children.flat() });
export const render = (component, props) => { at = 0; return component(props); };
"""
DRIVER = """
import { render } from "react";
import Chat from "./Chat.mjs";
const props = { url: process.env.CHAT_URL, apiKey: process.env.CHAT_API_KEY };
const find = (node, type) => node?.type === type ? [node]
  : (node?.children ?? []).flatMap((child) => find(child, type));
find(render(Chat, props), "input")[0].props.onChange({ target: { value: "Привет! Кто ты?" } });
await find(render(Chat, props), "form")[0].props.onSubmit({ preventDefault() {} });
const shown = render(Chat, props);
console.log(find(shown, "li").map((one) => one.children.join("")).join("|"));
console.log(find(shown, "button").at(-1).props.disabled, find(shown, "input")[0].props.value === "");
"""


async def test_react(door: Door, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "react" / "Chat.jsx", tmp_path / "Chat.mjs")
    shutil.copy(EXAMPLES / "react" / "chatApi.js", tmp_path / "chatApi.js")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    react = tmp_path / "node_modules" / "react"
    react.mkdir(parents=True)
    (react / "package.json").write_text('{"type": "module", "main": "index.js"}')
    (react / "index.js").write_text(REACT, "utf-8")
    (tmp_path / "driver.mjs").write_text(DRIVER, "utf-8")
    code, said = await _run(door, "node", str(tmp_path / "driver.mjs"))
    assert (code, said.splitlines()) == (0, [f"Привет! Кто ты?|{GREETING}", "false true"]), said
    code, said = await _run(door, "node", str(tmp_path / "driver.mjs"), key="wrong")
    assert said.splitlines()[0] == "Привет! Кто ты?|Неверный ключ API.", said


def _resolve(text: str, given: dict[str, Any]) -> str:
    """What n8n makes of an expression; a value that is not there becomes nothing."""
    if not text.startswith("="):
        return text

    def value(match: re.Match[str]) -> str:
        found: Any = given
        for name in match[1].split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return "" if found is None else str(found)

    return re.sub(r"\{\{\s*\$([\w.]+)\s*\}\}", value, text[1:])


async def test_n8n(door: Door) -> None:
    workflow = json.loads((EXAMPLES / "n8n-workflow.json").read_text("utf-8"))
    nodes = {node["name"]: node for node in workflow["nodes"]}
    for start, wires in workflow["connections"].items():
        assert start in nodes
        assert all(end["node"] in nodes for wire in wires["main"] for end in wire)
    asked = nodes["Ask the assistant"]["parameters"]
    message = 'Скажите "да"\nи всё'
    for thread in ("n8n-thread-1", None):
        given = {
            "env": {"CHAT_URL": door.url, "CHAT_API_KEY": KEY},
            "json": {"body": {"message": message, "thread_id": thread}},
        }
        pairs = asked["headerParameters"]["parameters"]
        headers = {pair["name"]: _resolve(pair["value"], given) for pair in pairs}
        pairs = asked["bodyParameters"]["parameters"]
        body = {pair["name"]: _resolve(pair["value"], given) for pair in pairs}
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            answer = await http.request(
                asked["method"], _resolve(asked["url"], given), json=body, headers=headers
            )
        assert answer.status_code == 200, answer.text
        assert answer.json()["response"] == f"Эхо: {message}"
        assert thread is None or answer.json()["thread_id"] == thread
