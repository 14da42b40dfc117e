"""Engines of this computer; what is not installed is skipped, and says so."""

from __future__ import annotations

import io
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile

from insurance_chat.voice import sound
from insurance_chat.voice.ports import Recording, VoiceUnavailable, Why
from insurance_chat.voice.providers.local_espeak import EspeakTextToSpeech
from insurance_chat.voice.providers.local_whisper import MODEL_FILE, WhisperSpeechToText
from insurance_chat.voice.settings import VoiceSettings
from insurance_chat.voice.spoken import speakable
from insurance_chat.voice.state import voice_states

MODEL = Path(os.environ.get("VOICE_TEST_MODEL", "/nonexistent"))
needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not here")
needs_whisper = pytest.mark.skipif(
    find_spec("faster_whisper") is None or not (MODEL / MODEL_FILE).is_file(),
    reason="VOICE_TEST_MODEL names no model of faster-whisper",
)


def wav(seconds: float, rate: int, channels: int = 1) -> bytes:
    time = np.arange(int(seconds * rate)) / rate
    tone = 0.4 * np.sin(2 * np.pi * 440 * time)
    out = io.BytesIO()
    soundfile.write(out, np.stack([tone] * channels, axis=1), rate, format="WAV")
    return out.getvalue()


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 44_100])
def test_any_sound_becomes_a_voice_message_of_the_same_length(rate: int) -> None:
    made = sound.to_opus(wav(2.0, rate, channels=2))
    samples, played = soundfile.read(io.BytesIO(made.data))
    assert made.data.startswith(b"OggS")
    assert made.seconds == pytest.approx(2.0, abs=0.01)
    assert len(samples) / played == pytest.approx(2.0, abs=0.1)
    # The pitch is kept: the strongest frequency is still that of the tone.
    loudest = np.argmax(np.abs(np.fft.rfft(samples))) * played / len(samples)
    assert loudest == pytest.approx(440, abs=5)


def test_a_long_sound_is_written_whole() -> None:
    assert sound.to_opus(wav(90, 24_000)).seconds == pytest.approx(90, abs=0.1)


def test_a_voice_message_is_not_encoded_twice() -> None:
    made = sound.to_opus(wav(1, 24_000))
    assert sound.to_opus(made.data).data == made.data


@pytest.mark.parametrize("data", [b"", b"no sound at all", wav(1, 8000)[:44]])
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(VoiceUnavailable) as refused:
        sound.to_opus(data)
    assert refused.value.why is Why.MALFORMED


@needs_espeak
async def test_a_real_voice_says_a_text() -> None:
    engine = EspeakTextToSpeech("espeak-ng", 30)
    short = sound.to_opus((await engine.speak("Здравствуйте!")).data)
    words = speakable("Полис стоит 12 345 ₽ и действует до 05.12.2026.")
    long = sound.to_opus((await engine.speak(words)).data)
    assert 0.5 < short.seconds < 4 < long.seconds < 20
    samples, _ = soundfile.read(io.BytesIO(long.data))
    assert np.abs(samples).max() > 0.1  # it is not silent


@needs_espeak
async def test_a_text_goes_through_a_pipe_and_is_no_command() -> None:
    spoken = await EspeakTextToSpeech("espeak-ng", 30).speak("-v en; --help\n")
    assert spoken.data.startswith(b"RIFF")


@needs_espeak
async def test_an_engine_that_hangs_is_ended(tmp_path: Path) -> None:
    program = tmp_path / "espeak"
    program.write_text("#!/bin/sh\nexec sleep 60\n", "utf-8")
    program.chmod(0o700)
    with pytest.raises(VoiceUnavailable) as refused:
        await EspeakTextToSpeech(str(program), 0.2).speak("привет")
    assert refused.value.why is Why.TOO_SLOW


async def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(VoiceUnavailable) as refused:
        await EspeakTextToSpeech("/nonexistent/espeak", 1).speak("привет")
    assert refused.value.why is Why.NOT_INSTALLED


async def test_whisper_without_a_model_asks_to_download_it(tmp_path: Path) -> None:
    engine = WhisperSpeechToText(tmp_path / "small", 5)
    assert engine.missing()
    with pytest.raises(VoiceUnavailable) as refused:
        await engine.transcribe(Recording(wav(1, 16_000), "audio/wav"))
    assert refused.value.why is Why.NOT_INSTALLED


@needs_espeak
@needs_whisper
async def test_a_spoken_sentence_comes_back_as_russian_words() -> None:
    said = await EspeakTextToSpeech("espeak-ng", 30).speak("Хочу оформить ОСАГО на машину")
    voice = sound.to_opus(said.data)
    heard = await WhisperSpeechToText(MODEL, 300).transcribe(Recording(voice.data, sound.MIME))
    assert heard.language == "ru"
    assert heard.seconds == pytest.approx(voice.seconds, abs=0.5)
    assert len([letter for letter in heard.text if "а" <= letter.lower() <= "я"]) > 10


def test_the_administrator_learns_what_is_missing(tmp_path: Path) -> None:
    hears, speaks = voice_states(VoiceSettings(), tmp_path)
    assert (hears.configured, hears.message) == (False, "не настроено")
    assert "VOICE_STT" in hears.advice
    assert (speaks.configured, speaks.message) == (False, "не настроен")
    chosen = VoiceSettings(stt="whisper", tts="espeak", espeak_command="/nonexistent/espeak")
    hears, speaks = voice_states(chosen, tmp_path)
    assert hears.configured
    assert not hears.ready
    assert "espeak-ng" in speaks.advice
    hears, speaks = voice_states(VoiceSettings(stt="openai", tts="openai"), tmp_path)
    assert hears.ready
    assert hears.message == "учебное, встроенное"
