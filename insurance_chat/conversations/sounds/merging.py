"""What was learnt of a message's sound, and how readers of the log see it: as part of the message."""

from __future__ import annotations

from typing import Any

from insurance_chat.core.crypto import Cipher

HEARD, FAILED, SPOKEN = "heard", "failed", "spoken"


def heard(text: str, seconds: float | None, engine: str) -> dict[str, Any]:
    """A client's recording became words; `seconds` is its length if the engine says it."""
    return {"state": HEARD, "text": text, "seconds": seconds, "engine": engine}


def failed(why: str) -> dict[str, Any]:
    """A recording stays without words; `why` is a code for the staff."""
    return {"state": FAILED, "why": why}


def spoken(key: str, seconds: float) -> dict[str, Any]:
    """A reply was spoken: key of the recording, its length."""
    return {"state": SPOKEN, "voiceKey": key, "seconds": seconds}


def body_of(cipher: Cipher, body: bytes, sound: bytes | None) -> dict[str, Any]:
    """A line as it is read: what was said, and with it what was learnt of its sound."""
    opened = cipher.open_json(body)
    return opened if sound is None else with_sound(opened, cipher.open_json(sound))


def with_sound(body: dict[str, Any], sound: dict[str, Any]) -> dict[str, Any]:
    """The message with its sound; neither argument is changed.

    `metadata.voice` is `{state, seconds}`: `heard`, `failed` or `spoken`.
    """
    merged = dict(body)
    shown = {name: sound[name] for name in ("state", "seconds") if sound.get(name) is not None}
    merged["metadata"] = {**(body.get("metadata") or {}), "voice": shown}
    if sound.get("text"):
        # A caption stays in front of what was heard.
        merged["text"] = "\n".join(part for part in (body.get("text"), sound["text"]) if part)
    if sound.get("voiceKey"):
        merged["voiceKey"] = sound["voiceKey"]
    return merged


def as_written(body: dict[str, Any]) -> dict[str, Any]:
    """A message of ours without a recording that came later: a line of kind `voice` brings that."""
    spoken_later = ((body.get("metadata") or {}).get("voice") or {}).get("state") == SPOKEN
    return {k: v for k, v in body.items() if k != "voiceKey"} if spoken_later else body


def was_spoken(body: dict[str, Any]) -> bool:
    """The words of this message were heard, not typed."""
    return ((body.get("metadata") or {}).get("voice") or {}).get("state") == HEARD


def unheard(body: dict[str, Any]) -> bool:
    """A recording that nobody has tried to hear yet."""
    return bool(body.get("voiceKey")) and not (body.get("metadata") or {}).get("voice")
