"""Turns office files into Markdown with page marks. Runs as a process of its own.

A file from outside may be built to hang or to eat memory, so the parser gets a process with a time
and a memory limit, and the service only reads its answer.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import kreuzberg

from insurance_chat.knowledge.passages import PAGE_MARK

TIME_LIMIT_SECONDS = 60
MEMORY_LIMIT_BYTES = 3 * 1024**3
_PROBE = 48  # letters of a block by which its page is found
_LETTERS = re.compile(r"\W+")
_HTML_META = re.compile(r"\A---\s*\n(?:.{0,500}\n){0,40}?## .*\n")


class ExtractError(Exception):
    """The file gave no text; `reason` is `encrypted`, `damaged` or `slow`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Extracted:
    """Text of a file as Markdown, its own title if it has one, and how many pages it has."""

    markdown: str
    title: str
    pages: int


def extract_in_process(
    data: bytes, mime: str, time_limit_seconds: float = TIME_LIMIT_SECONDS
) -> Extracted:
    """Read a file in a separate process. Blocks; call it from a thread.

    Args:
        data: the file.
        mime: what `core.sniff` says it is.
        time_limit_seconds: the process is killed after this time.

    Raises:
        ExtractError: the file is protected or broken, or the time is over.
    """
    command = [sys.executable, "-m", "insurance_chat.knowledge.extract", mime]
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments, the file goes through a pipe
            command, input=data, capture_output=True, timeout=time_limit_seconds, check=False
        )
    except subprocess.TimeoutExpired as slow:
        raise ExtractError("slow") from slow
    if done.returncode != 0:
        raise ExtractError("damaged")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise ExtractError(answer["error"])
    return Extracted(answer["markdown"], answer["title"], answer["pages"])


def extract(data: bytes, mime: str) -> Extracted:
    """Read a file here and now.

    Raises:
        ExtractError: the file is protected or broken.
    """
    config = kreuzberg.ExtractionConfig(
        use_cache=False,  # the cache keeps extracted text on disk in clear
        output_format="markdown",
        pages=kreuzberg.PageConfig(extract_pages=True),
        disable_ocr=True,  # type: ignore[call-arg]  # the stub lags behind the library
    )
    try:
        result = kreuzberg.extract_bytes_sync(data, mime, config=config)
    except kreuzberg.KreuzbergError as problem:
        protected = "password" in str(problem).lower() or "encrypt" in str(problem).lower()
        raise ExtractError("encrypted" if protected else "damaged") from problem
    markdown = result.content
    if mime == "text/html":
        markdown = _HTML_META.sub("", markdown)
    pages: Sequence[Mapping[str, Any]] = result.pages or []
    if len(pages) > 1:
        markdown = _mark_pages(markdown, pages)
    return Extracted(markdown, str(result.metadata.get("title") or "").strip(), max(1, len(pages)))


def _mark_pages(markdown: str, pages: Sequence[Mapping[str, Any]]) -> str:
    """Put page marks between blocks: the layout with headings comes without page borders."""
    texts = [_LETTERS.sub("", page["content"]).lower() for page in pages]
    numbers = [int(page["page_number"]) for page in pages]
    out: list[str] = []
    at = -1
    for block in markdown.split("\n\n"):
        probe = _LETTERS.sub("", block).lower()[:_PROBE]
        found = _page_of(probe, texts, max(at, 0))
        if found is not None and found != at:
            at = found
            out.append(f"{PAGE_MARK}{numbers[at]}{PAGE_MARK}")
        out.append(block)
    return "\n\n".join(out)


def _page_of(probe: str, texts: list[str], start: int) -> int | None:
    if len(probe) < 4:
        return None
    for number in range(start, len(texts)):
        if probe in texts[number]:
            return number
    return None


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - the module does not exist on Windows

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))


def main() -> None:
    """Read a file from standard input, write the answer as JSON to standard output."""
    _limit_memory()
    try:
        found = extract(sys.stdin.buffer.read(), sys.argv[1])
        answer: dict[str, Any] = {
            "markdown": found.markdown,
            "title": found.title,
            "pages": found.pages,
        }
    except ExtractError as problem:
        answer = {"error": problem.reason}
    sys.stdout.buffer.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
