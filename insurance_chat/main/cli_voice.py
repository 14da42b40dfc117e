"""Commands of voice: what works, and fetching a recognition model."""

from __future__ import annotations

from typing import Annotated

import typer

from insurance_chat.main.cli_frame import read_settings, say
from insurance_chat.main.cli_help import RussianGroup, command

app = typer.Typer(
    help="Голос: модели распознавания и проверка.", cls=RussianGroup, rich_markup_mode=None
)


@app.callback()
def voice() -> None:
    """Group of voice commands."""


@command(app, "Скачать модель распознавания речи для этого компьютера и проверить её.")
def download(
    model: Annotated[
        str, typer.Option("--model", help="Модель; без неё — из VOICE_WHISPER_MODEL.")
    ] = "",
) -> None:
    """Fetch the files of a model; what is there and whole is not fetched again."""
    settings = read_settings()
    import httpx

    from insurance_chat.voice.downloading import Downloader
    from insurance_chat.voice.settings import VoiceSettings
    from insurance_chat.voice.state import model_folder

    chosen = settings.voice
    if model:
        chosen = VoiceSettings.model_validate({**chosen.model_dump(), "whisper_model": model})
    folder = model_folder(chosen, settings.core.data_dir)
    base = chosen.model_url.replace("{model}", chosen.whisper_model)
    say(f"Модель {chosen.whisper_model}: {base}")
    with httpx.Client(timeout=60) as http:
        Downloader(base, folder, say, http).run()


@command(app, "Показать, что настроено: распознавание и синтез речи.")
def status() -> None:
    """Print both halves of voice and what is missing."""
    settings = read_settings()
    from insurance_chat.voice.state import voice_states

    for one in voice_states(settings.voice, settings.core.data_dir):
        say(f"{one.title}: {one.message}")
        if not one.ready:
            say(f"  → {one.advice}")
