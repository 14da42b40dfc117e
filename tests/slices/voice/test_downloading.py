"""A recognition model comes whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.main import cli_voice
from insurance_chat.voice.downloading import NEEDED, Downloader


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


def test_a_model_is_fetched_checked_and_told_about(
    sandbox_url: str, tmp_path: Path, http: httpx.Client
) -> None:
    told: list[str] = []
    folder = tmp_path / "small"
    Downloader(f"{sandbox_url}/voice/models/small", folder, told.append, http).run()
    assert {*NEEDED, "vocabulary.txt"} == {file.name for file in folder.iterdir()}
    assert told[-1] == f"Модель готова: {folder}"
    assert any(line.startswith("model.bin: 2.1 МБ из 2.1") for line in told)


def test_what_is_there_is_not_fetched_again(
    sandbox_url: str, tmp_path: Path, http: httpx.Client
) -> None:
    base, told = f"{sandbox_url}/voice/models/small", []
    Downloader(base, tmp_path, lambda _line: None, http).run()
    (tmp_path / "config.json").write_bytes(b"damaged")
    Downloader(base, tmp_path, told.append, http).run()
    assert "model.bin: уже скачан" in told
    assert (tmp_path / "config.json").read_bytes() != b"damaged"


@pytest.mark.parametrize(
    ("name", "code"),
    [("broken", "model_broken"), ("unsigned", "model_unchecked"), ("none", "model_unavailable")],
)
def test_a_damaged_or_unknown_model_is_refused(
    sandbox_url: str, tmp_path: Path, http: httpx.Client, name: str, code: str
) -> None:
    base = f"{sandbox_url}/voice/models/{name}"
    with pytest.raises(ServiceError) as refused:
        Downloader(base, tmp_path, lambda _line: None, http).run()
    assert refused.value.code == code
    assert not (tmp_path / "model.bin").exists()


def test_no_network_is_said_in_words(tmp_path: Path, http: httpx.Client) -> None:
    with pytest.raises(ServiceError) as refused:
        Downloader("http://127.0.0.1:9/x", tmp_path, lambda _line: None, http).run()
    assert refused.value.code == "model_unavailable"


def test_one_command_fetches_the_model_of_the_settings(
    sandbox_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VOICE_MODEL_URL", f"{sandbox_url}/voice/models/{{model}}")
    cli_voice.download("")
    assert (tmp_path / "voice" / "small" / "model.bin").stat().st_size > 1_000_000
    assert "Модель готова" in capsys.readouterr().out
    cli_voice.status()
    shown = capsys.readouterr().out
    assert "Распознавание речи: не настроено" in shown
    assert "VOICE_TTS" in shown
