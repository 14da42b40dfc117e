"""Hearing and speaking through any OpenAI-compatible address."""

from __future__ import annotations

import asyncio
import hashlib
import io
import traceback

import pytest
import soundfile

from insurance_chat.sandbox.voice.tones import sing
from insurance_chat.voice.ports import VoiceUnavailable, Why
from insurance_chat.voice.providers.openai_compatible import Address, OpenAiSpeechToText
from insurance_chat.voice.service import VoiceDesk
from insurance_chat.voice.settings import VoiceSettings
from tests.slices.voice.conftest import Studio


async def test_a_stored_recording_becomes_words(studio: Studio) -> None:
    await studio.script(text="  хочу оформить осаго ")
    found = await studio.desk().hear(await studio.recorded())
    assert found.text == "хочу оформить осаго"
    assert (found.language, found.engine) == ("ru", "whisper-1")
    (asked,) = await studio.asked()
    assert asked["name"] == "voice.ogg"
    assert asked["key"] == "wxyz"


async def test_a_recording_is_paid_for_once(studio: Studio) -> None:
    await studio.script(text="один раз", delay=0.2)
    desk, key = studio.desk(), await studio.recorded()
    both = await asyncio.gather(desk.hear(key), desk.hear(key))
    again = await desk.hear(key)
    assert [one.text for one in (*both, again)] == ["один раз"] * 3
    assert len(await studio.asked()) == 1


@pytest.mark.parametrize(
    "trouble",
    [{"status": 503}, {"status": 429, "retry_after": 0}, {"garbage": True}],
    ids=["server error", "too many requests", "garbage"],
)
async def test_a_passing_trouble_is_tried_again(studio: Studio, trouble: dict[str, object]) -> None:
    await studio.script(**trouble)
    await studio.script(text="со второго раза")
    found = await studio.desk().hear(await studio.recorded())
    assert found.text == "со второго раза"


@pytest.mark.parametrize(
    ("trouble", "why", "calls"),
    [
        ({"status": 401, "times": None}, Why.WRONG_KEY, 1),
        ({"status": 400, "times": None}, Why.BAD_REQUEST, 1),
        ({"status": 429, "retry_after": 60, "times": None}, Why.RATE_LIMITED, 1),
        ({"status": 500, "times": None}, Why.SERVER_ERROR, 2),
        ({"text": " … ", "times": None}, Why.SILENCE, 1),
    ],
    ids=["wrong key", "bad request", "a minute's rest", "server error", "silence"],
)
async def test_a_lasting_trouble_has_a_reason(
    studio: Studio, trouble: dict[str, object], why: Why, calls: int
) -> None:
    await studio.script(**trouble)
    with pytest.raises(VoiceUnavailable) as refused:
        await studio.desk(attempts=2).hear(await studio.recorded())
    assert refused.value.why is why
    assert len(await studio.asked()) == calls


async def test_a_slow_engine_is_given_up(studio: Studio) -> None:
    await studio.script(text="поздно", delay=1)
    with pytest.raises(VoiceUnavailable) as refused:
        await studio.desk(seconds=0.2, attempts=1).hear(await studio.recorded())
    assert refused.value.why is Why.TOO_SLOW


async def test_an_address_without_a_server_betrays_neither_key_nor_address(
    studio: Studio,
) -> None:
    address = Address("http://127.0.0.1:9/v1", "sk-secret", "whisper-1", 5)
    engine = OpenAiSpeechToText(address, studio.http)
    desk = VoiceDesk(engine, None, studio.files, VoiceSettings(attempts=1))
    with pytest.raises(VoiceUnavailable) as refused:
        await desk.hear(await studio.recorded())
    assert refused.value.why is Why.NO_CONNECTION
    shown = "".join(traceback.format_exception(refused.value))
    assert "sk-secret" not in shown + repr(address)
    assert ":9/" not in shown


async def test_what_is_no_sound_never_leaves_the_house(studio: Studio) -> None:
    key = await studio.files.put(b"%PDF-1.7 nothing to hear", sealed=True)
    with pytest.raises(VoiceUnavailable) as refused:
        await studio.desk().hear(key)
    assert refused.value.why is Why.BAD_SOUND
    assert not await studio.asked()


async def test_a_recording_that_is_too_long_is_not_sent(studio: Studio) -> None:
    key = await studio.recorded("слово " * 30)
    with pytest.raises(VoiceUnavailable) as refused:
        await studio.desk(longest_seconds=5).hear(key)
    assert refused.value.why is Why.BAD_SOUND
    assert not await studio.asked()


async def test_a_text_becomes_a_stored_voice_message(studio: Studio) -> None:
    spoken = await studio.desk().speak("Полис стоит 5 000 ₽, до 05.12.2026.")
    data = await studio.files.get(spoken.key)
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert (file.format, file.subtype, file.channels) == ("OGG", "OPUS", 1)
    assert spoken.seconds > 1
    assert spoken.size == len(data)
    (asked,) = await studio.asked()
    assert asked["input"] == (
        "Полис стоит пять тысяч рублей, до пятого декабря две тысячи двадцать шестого года."
    )


async def test_a_very_long_text_is_not_spoken(studio: Studio) -> None:
    with pytest.raises(VoiceUnavailable) as refused:
        await studio.desk(longest_text=100).speak("слово " * 30)
    assert refused.value.why is Why.BAD_REQUEST
    assert not await studio.asked()


async def test_garbage_instead_of_sound_is_not_stored(studio: Studio) -> None:
    await studio.script(garbage=True, times=None)
    with pytest.raises(VoiceUnavailable) as refused:
        await studio.desk().speak("привет")
    assert refused.value.why is Why.MALFORMED


async def test_without_engines_the_desk_says_so(studio: Studio) -> None:
    desk = VoiceDesk(None, None, studio.files, VoiceSettings())
    assert not desk.can_hear
    assert not desk.can_speak
    for call in (desk.hear("sealed/00/" + "0" * 40), desk.speak("привет")):
        with pytest.raises(VoiceUnavailable) as refused:
            await call
        assert refused.value.why is Why.NOT_CONFIGURED


async def test_the_emulator_hears_what_the_script_says_of_a_recording(studio: Studio) -> None:
    known, other = sing("одна запись"), sing("совсем другая запись")
    await studio.script(sha256=hashlib.sha256(known).hexdigest(), text="то самое", times=None)
    desk = studio.desk()
    keys = [await studio.files.put(data, sealed=True) for data in (other, known)]
    assert [(await desk.hear(key)).text for key in keys] == ["учебная запись", "то самое"]
