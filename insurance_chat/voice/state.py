"""What works of voice, in words for the administrator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from insurance_chat.voice.providers.local_espeak import EspeakTextToSpeech
from insurance_chat.voice.providers.local_whisper import WhisperSpeechToText
from insurance_chat.voice.settings import VoiceSettings


@dataclass(frozen=True, slots=True)
class VoiceState:
    """One half of voice: recognition or synthesis.

    Args:
        configured: somebody has chosen an engine.
        ready: nothing is missing on this computer; an address is not called.
        message: one Russian phrase.
        advice: what to do when it is not ready.
    """

    name: str
    title: str
    configured: bool
    ready: bool
    message: str
    advice: str = ""


def model_folder(settings: VoiceSettings, data_dir: Path) -> Path:
    """Where the chosen recognition model is, or will be."""
    return (settings.model_dir or data_dir / "voice").resolve() / settings.whisper_model


def voice_states(settings: VoiceSettings, data_dir: Path) -> list[VoiceState]:
    """Recognition and synthesis as they stand; touches no network."""
    return [_hearing(settings, data_dir), _speaking(settings)]


def _hearing(settings: VoiceSettings, data_dir: Path) -> VoiceState:
    name, title = "voice_stt", "Распознавание речи"
    if not settings.stt:
        advice = "Задайте VOICE_STT: голосовые сейчас сохраняются, клиента просят написать текстом."
        return VoiceState(name, title, False, False, "не настроено", advice)
    if settings.stt == "openai":
        return VoiceState(name, title, True, True, _address(settings.stt_url, settings.stt_model))
    engine = WhisperSpeechToText(model_folder(settings, data_dir), settings.stt_timeout_seconds)
    missing = engine.missing()
    if missing:
        return VoiceState(name, title, True, False, f"whisper {settings.whisper_model}", missing)
    return VoiceState(
        name, title, True, True, f"на этом компьютере, whisper {settings.whisper_model}"
    )


def _speaking(settings: VoiceSettings) -> VoiceState:
    name, title = "voice_tts", "Синтез речи"
    if not settings.tts:
        advice = "Задайте VOICE_TTS, чтобы ассистент отвечал голосом тем, кто об этом просит."
        return VoiceState(name, title, False, False, "не настроен", advice)
    if settings.tts == "openai":
        return VoiceState(name, title, True, True, _address(settings.tts_url, settings.tts_model))
    engine = EspeakTextToSpeech(settings.espeak_command, settings.tts_timeout_seconds)
    if not engine.installed():
        advice = (
            "Установите программу: apt-get install espeak-ng, или задайте VOICE_ESPEAK_COMMAND."
        )
        return VoiceState(name, title, True, False, "программы espeak-ng нет", advice)
    return VoiceState(name, title, True, True, "на этом компьютере, espeak-ng")


def _address(url: str, model: str) -> str:
    return f"{model}, {url}" if url else "учебное, встроенное"
