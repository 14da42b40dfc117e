"""Recorded exchanges answer without the network and hold no secrets."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from insurance_chat.llm.ports import ModelUnavailable, Usage, Why
from tests.slices.llm.conftest import Desk

NOWHERE = "http://127.0.0.1:9"
KEY = "sk-cassette-key-cccc"


def _all(folder: Path) -> str:
    return "".join(file.read_text("utf-8") for file in folder.iterdir())


async def test_what_was_recorded_is_replayed_without_a_network(desk: Desk, tmp_path: Path) -> None:
    token_id = await desk.key(KEY)
    tape = {"cassette_dir": tmp_path / "tape"}
    desk.build(desk.settings.model_copy(update={**tape, "cassette": "record"}))
    await desk.script(text="Из записи", usage={"prompt_tokens": 7, "completion_tokens": 2})
    await desk.script(chunks=["По ", "частям"])
    first = await desk.model.complete(desk.ask("Телефон +7 921 123-45-67"))
    streamed = "".join([piece.text async for piece in desk.model.stream(desk.ask("Поток"))])
    reached = len(await desk.asked())

    await desk.rows(f"update ai_tokens set base_url = '{NOWHERE}/llm/v1' where id = {token_id}")
    desk.build(desk.settings.model_copy(update={"cassette": "replay"}))
    again = await desk.model.complete(desk.ask("Телефон +7 921 123-45-67"))
    assert (again.text, again.usage) == (first.text, Usage(7, 2))
    heard = "".join([piece.text async for piece in desk.model.stream(desk.ask("Поток"))])
    assert heard == streamed == "По частям"
    assert len(await desk.asked()) == reached
    with pytest.raises(ModelUnavailable) as unknown:
        await desk.model.complete(desk.ask("Этого не записывали"))
    assert unknown.value.why is Why.NO_CONNECTION
    kept = _all(tmp_path / "tape")
    assert "Из записи" in kept
    assert KEY not in kept
    assert "uthorization" not in kept
    assert "921 123-45-67" not in kept


async def test_temporary_access_is_not_recorded(desk: Desk, tmp_path: Path) -> None:
    auth = f"{desk.url}/llm/gigachat/api/v2/oauth"
    recording = {"gigachat_auth_url": auth, "cassette": "record", "cassette_dir": tmp_path}
    desk.build(desk.settings.model_copy(update=recording))
    key = base64.b64encode(b"client:secret-of-gigachat").decode()
    await desk.key(
        key,
        provider="gigachat",
        base_url=f"{desk.url}/llm/gigachat/api/v1",
        model_access=["GigaChat-2"],
    )
    live = await desk.model.complete(desk.ask("Привет"))
    desk.build(desk.settings.model_copy(update={"cassette": "replay"}))
    assert (await desk.model.complete(desk.ask("Привет"))).text == live.text
    kept = _all(tmp_path)
    assert '\\"access_token\\": \\"recorded\\"' in kept
    assert key not in kept
