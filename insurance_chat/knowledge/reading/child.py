"""The parser's process: reads files that strangers made, and can be killed at any moment.

It opens no network, writes no file (the system forbids it), and sees none of the service's secrets.
Requests and answers are lines of JSON, each followed by as many bytes as it says.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from insurance_chat.knowledge.ingest import PARSED, compose
from insurance_chat.knowledge.reading import archives, kinds
from insurance_chat.knowledge.reading.limits import Limits, Read
from insurance_chat.knowledge.reading.refusals import Refused


@dataclass(frozen=True, slots=True)
class _Request:
    do: str
    name: str
    content_hash: str
    limits: Limits
    data: bytes


def main() -> None:
    """Answer requests until the service closes the pipe; its death ends us in the middle of work."""
    _forbid(int(sys.argv[1]))
    # What libraries print must not be taken for an answer.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    requests: queue.Queue[_Request] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    while True:
        _answer(requests.get(), out)


def _forbid(memory_bytes: int) -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - the module does not exist on Windows

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    bounds = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, limit in bounds.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (limit, limit))


def _listen(source: IO[bytes], requests: queue.Queue[_Request]) -> None:
    while line := source.readline():
        head = json.loads(line)
        data = source.read(head["size"])
        limits = Limits(**head["limits"])
        requests.put(_Request(head["do"], head["name"], head["hash"], limits, data))
    os._exit(0)


def _answer(request: _Request, out: IO[bytes]) -> None:
    try:
        if request.do == "unpack":
            for head, body in _members(request):
                _send(out, head, body)
        elif request.do == "text":
            _send(out, {"parsed": True}, _found(request, out).markdown.encode())
        else:
            _send(out, {"parsed": True}, _parsed(request, out))
    except Refused as refused:
        _send(out, {"error": refused.reason})
    except MemoryError:
        _send(out, {"error": "memory"})
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as problem:
        _send(out, {"error": "damaged", "detail": type(problem).__name__})


def _parsed(request: _Request, out: IO[bytes]) -> bytes:
    found = _found(request, out)
    _send(out, {"step": "analysis", "done": 0, "of": 1})
    return PARSED.dump_json(compose(found, request.name, request.content_hash))


def _found(request: _Request, out: IO[bytes]) -> Read:
    def progress(step: str, done: int, of: int) -> None:
        _send(out, {"step": step, "done": done, "of": of})

    return kinds.read(request.data, request.name, request.limits, progress)


def _members(request: _Request) -> Iterator[tuple[dict[str, Any], bytes]]:
    for member in archives.members(request.data, request.limits):
        yield {"member": member.name, "reason": member.reason}, member.data or b""
    yield {"end": True}, b""


def _send(out: IO[bytes], head: dict[str, Any], body: bytes = b"") -> None:
    out.write(json.dumps({**head, "size": len(body)}).encode() + b"\n" + body)
    out.flush()


if __name__ == "__main__":
    main()
