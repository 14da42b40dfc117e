"""Speech by espeak-ng, a program of this computer. It is GPL: called as a program, never linked."""

from __future__ import annotations

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE

from insurance_chat.voice.ports import Sound, VoiceUnavailable, Why

_VOICE, _PACE = "ru", "160"  # words in a minute


class EspeakTextToSpeech:
    """Runs espeak-ng once for each text.

    Args:
        command: name or path of the program.
        seconds: how long one text may take.
    """

    def __init__(self, command: str, seconds: float) -> None:
        self._command = command
        self._seconds = seconds

    def installed(self) -> bool:
        """Whether the program is there."""
        return shutil.which(self._command) is not None

    async def speak(self, words: str) -> Sound:
        """Say words; see the port. The words go through a pipe, so no process list shows them."""
        program = shutil.which(self._command)
        if program is None:
            raise VoiceUnavailable(Why.NOT_INSTALLED)
        process = await asyncio.create_subprocess_exec(
            program, "-v", _VOICE, "-s", _PACE, "--stdin", "--stdout",
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._seconds):
                spoken, _ = await process.communicate(words.encode())
        except TimeoutError:
            raise VoiceUnavailable(Why.TOO_SLOW) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not spoken.startswith(b"RIFF"):
            raise VoiceUnavailable(Why.SERVER_ERROR)
        return Sound(_with_length(spoken), "audio/wav")


def _with_length(wav: bytes) -> bytes:
    """The program writes to a pipe and cannot go back, so its header promises an endless file."""
    at = wav.find(b"data")
    if at < 0:
        raise VoiceUnavailable(Why.MALFORMED)
    size = len(wav) - at - 8
    head = wav[:4] + (len(wav) - 8).to_bytes(4, "little") + wav[8 : at + 4]
    return head + size.to_bytes(4, "little") + wav[at + 8 :]
