"""Sound in the format that messengers and browsers play: OGG with Opus, one channel.

The library is libsndfile (LGPL). PyAV was tried first: its wheels link x264 and x265, which are GPL.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib import import_module
from math import gcd

import numpy as np
import soundfile

from insurance_chat.voice.ports import VoiceUnavailable, Why

MIME = "audio/ogg"
RATE = 24_000  # Hz; Opus takes 8, 12, 16, 24 or 48 thousand
_PIECE = 5 * RATE


@dataclass(frozen=True, slots=True)
class Voice:
    """A finished voice message: OGG with Opus, and its length in seconds."""

    data: bytes
    seconds: float


def to_opus(data: bytes) -> Voice:
    """Any sound that an engine gives (WAV, MP3, FLAC, OGG) as a voice message; blocks.

    What is a voice message already stays as it is.

    Raises:
        VoiceUnavailable: these bytes are no sound.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.format == "OGG" and file.subtype == "OPUS" and file.channels == 1:
                return _checked(data, file.frames, file.samplerate)
            samples = file.read(dtype="float32", always_2d=True).mean(axis=1)
            rate = file.samplerate
    except soundfile.LibsndfileError as broken:
        raise VoiceUnavailable(Why.MALFORMED) from broken
    return _checked(_encoded(_resampled(samples, rate)), len(samples), rate)


def _checked(data: bytes, frames: int, rate: int) -> Voice:
    if frames <= 0:
        raise VoiceUnavailable(Why.MALFORMED)
    return Voice(data, frames / rate)


def _resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    if rate == RATE or len(samples) == 0:
        return samples
    # With the first voice: the import takes long, and most processes never speak.
    signal = import_module("scipy.signal")
    common = gcd(RATE, rate)
    return np.asarray(
        signal.resample_poly(samples, RATE // common, rate // common), dtype="float32"
    )


def _encoded(samples: np.ndarray) -> bytes:
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", RATE, 1, format="OGG", subtype="OPUS") as file:
        for start in range(0, len(samples), _PIECE):  # one long write overflows the library's stack
            file.write(np.clip(samples[start : start + _PIECE], -1.0, 1.0))
    return out.getvalue()


def seconds_of(data: bytes) -> float | None:
    """Length of a recording; None for formats that only browsers and engines read (WebM, MP4)."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return float(file.frames / file.samplerate)
    except soundfile.LibsndfileError:
        return None
