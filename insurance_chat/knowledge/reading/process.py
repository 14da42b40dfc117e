"""Reads files in a process of their own, under limits of time and memory."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import structlog

from insurance_chat.knowledge.reading.limits import Limits, Member
from insurance_chat.knowledge.reading.refusals import Refused

log = structlog.get_logger()
ROOT = Path(__file__).resolve().parents[3]
MODULE = "insurance_chat.knowledge.reading.child"
TICK_SECONDS = 0.2
# Nothing else of the environment: it holds keys and passwords, and the parser may be taken over.
KEPT = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "SYSTEMROOT", "VIRTUAL_ENV", "TZ")
_Frame = tuple[dict[str, Any], bytes]


class Cancelled(Exception):  # noqa: N818 - a wish, not a mistake
    """Nobody wants the file any more."""


@dataclass(slots=True)
class Watch:
    """What the reading thread tells those who wait, and how they stop it.

    Args:
        step: `text`, `ocr` or `analysis`.
        done: pages read in this step, out of `of`.
    """

    step: str = "text"
    done: int = 0
    of: int = 0
    cancelled: threading.Event = field(default_factory=threading.Event)


class Reader:
    """One parser's process; it is started at the first file and can read several, one by one.

    Args:
        limits: of each file.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._child: _Child | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process, when it runs."""
        return self._child.process.pid if self._child else None

    def close(self) -> None:
        """Kill the process."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def read(self, data: bytes, name: str, content_hash: str, watch: Watch | None = None) -> bytes:
        """Read a file. Blocks; call it from a thread.

        Returns:
            JSON of `ingest.Parsed`.

        Raises:
            Refused: the file gives no text.
            Cancelled: `watch.cancelled` was set.
        """
        for head, body in self._ask("read", data, name, content_hash, watch or Watch()):
            if head.get("parsed"):
                return body
        raise Refused("damaged")

    def text(self, data: bytes, name: str, watch: Watch | None = None) -> str:
        """The text of a file as it is, without passages. Blocks; call it from a thread.

        Raises:
            Refused: the file gives no text.
            Cancelled: `watch.cancelled` was set.
        """
        for head, body in self._ask("text", data, name, "", watch or Watch()):
            if head.get("parsed"):
                return body.decode("utf-8", errors="replace")
        raise Refused("damaged")

    def unpack(self, data: bytes, name: str, watch: Watch | None = None) -> Iterator[Member]:
        """Files of an archive, one at a time. Blocks; call it from a thread.

        Raises:
            Refused: it cannot be unpacked.
            Cancelled: `watch.cancelled` was set.
        """
        try:
            for head, body in self._ask("unpack", data, name, "", watch or Watch()):
                if head.get("end"):
                    return
                if "member" in head:
                    reason = head["reason"]
                    yield Member(head["member"], None if reason else body, reason)
        except GeneratorExit:  # the rest of the answer is still in the pipe
            self.close()
            raise

    def _ask(
        self, do: str, data: bytes, name: str, content_hash: str, watch: Watch
    ) -> Iterator[_Frame]:
        if self._child is None:
            self._child = _Child(self._limits.memory_bytes)
        head = {"do": do, "name": name, "hash": content_hash, "limits": asdict(self._limits)}
        self._child.send(head, data)
        try:
            for answer, body in self._frames(self._child, watch):
                if "error" in answer:
                    if "detail" in answer:
                        log.warning("file_parser_failed", reason=answer["detail"])
                    raise Refused(answer["error"])
                if "step" in answer:
                    watch.step, watch.done, watch.of = answer["step"], answer["done"], answer["of"]
                yield answer, body
        except (_Ended, Cancelled):
            self.close()
            raise

    def _frames(self, child: _Child, watch: Watch) -> Iterator[_Frame]:
        began = moved = time.monotonic()
        while True:
            if watch.cancelled.is_set():
                raise Cancelled
            frame = child.next_frame(TICK_SECONDS)
            now = time.monotonic()
            if frame is not None:
                moved = now
                yield frame
            elif child.ended:
                raise _Ended(child.why_ended())
            elif now - moved > self._limits.silence_seconds:
                raise _Ended("slow")
            if now - began > self._limits.total_seconds:
                raise _Ended("slow")


class _Ended(Refused):
    """The process is no more, or must not be."""


class _Child:
    def __init__(self, memory_bytes: int) -> None:
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(  # noqa: S603 - our own module, fixed arguments
            [sys.executable, "-m", MODULE, str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # so that what it starts (tesseract) is killed with it
        )
        self._frames: queue.Queue[_Frame | None] = queue.Queue(maxsize=4)
        self._killed = threading.Event()
        self.ended = False
        assert self.process.stdout is not None
        self._run(self._collect, self.process.stdout)

    def _run(self, work: Any, *arguments: Any) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def send(self, head: dict[str, Any], data: bytes) -> None:
        """Write from another thread: a parser that does not read must not stop us."""
        self._run(self._write, json.dumps({**head, "size": len(data)}).encode() + b"\n", data)

    def _write(self, head: bytes, data: bytes) -> None:
        assert self.process.stdin is not None
        with suppress(OSError, ValueError):
            self.process.stdin.write(head)
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def _collect(self, source: IO[bytes]) -> None:
        with suppress(OSError, ValueError):
            while line := source.readline():
                head = json.loads(line)
                self._put((head, source.read(head["size"])))
        self._put(None)

    def _put(self, frame: _Frame | None) -> None:
        while not self._killed.is_set():
            with suppress(queue.Full):
                self._frames.put(frame, timeout=TICK_SECONDS)
                return

    def next_frame(self, seconds: float) -> _Frame | None:
        """The next answer; None when there is none yet, or `ended` is set."""
        try:
            frame = self._frames.get(timeout=seconds)
        except queue.Empty:
            return None
        self.ended = frame is None
        return frame

    def why_ended(self) -> str:
        """A key of `refusals.TEXTS`: libraries abort when memory is refused to them."""
        memory = {-int(getattr(signal, name, 0)) for name in ("SIGABRT", "SIGKILL")}
        return "memory" if self.process.wait() in memory else "damaged"

    def kill(self) -> None:
        """End the process and everything it started."""
        self._killed.set()
        with suppress(OSError):
            if sys.platform == "win32":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError, ValueError):
                if pipe is not None:
                    pipe.close()
