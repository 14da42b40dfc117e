"""Fetches the files of a recognition model and checks that they have come whole.

What is checked: a file `SHA256SUMS` beside the model (one's own mirror), else the tags that
Hugging Face gives its files (https://huggingface.co/docs/huggingface_hub, `X-Linked-Etag` is the
SHA-256 of a big file, `ETag` the Git blob SHA-1 of a small one). A file that nothing vouches for is
refused: a model is code's equal.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx

from insurance_chat.core.errors import Kind, ServiceError, unavailable
from insurance_chat.voice.providers.local_whisper import MODEL_FILE

NEEDED = ("config.json", "tokenizer.json", MODEL_FILE)
OF_WHICH_ONE = ("vocabulary.txt", "vocabulary.json")
OPTIONAL = ("preprocessor_config.json",)
SUMS = "SHA256SUMS"
_PIECE = 1024 * 1024
_TELL_EVERY = 10  # percent
Tell = Callable[[str], None]


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class Downloader:
    """One model from one place into one folder.

    Args:
        base: address of the folder with the files.
        folder: where they go; made when missing.
        tell: shows a Russian line of progress.
        http: a client of its own may be given (tests).
    """

    def __init__(self, base: str, folder: Path, tell: Tell, http: httpx.Client) -> None:
        self._base = base.rstrip("/")
        self._folder = folder
        self._tell = tell
        self._http = http
        self._sums: dict[str, str] = {}

    def run(self) -> None:
        """Fetch what is missing; files that are there and whole are left alone.

        Raises:
            ServiceError: `model_unavailable`, `model_broken`, `model_unchecked`.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sums = self._read_sums()
        for name in NEEDED:
            if not self._fetch(name):
                raise _unavailable(name)
        if not any(self._fetch(name) for name in OF_WHICH_ONE):
            raise _unavailable(OF_WHICH_ONE[0])
        for name in OPTIONAL:
            self._fetch(name)
        self._tell(f"Модель готова: {self._folder}")

    def _read_sums(self) -> dict[str, str]:
        with _network():
            answer = self._http.get(f"{self._base}/{SUMS}", follow_redirects=True)
        if answer.status_code != httpx.codes.OK:
            return {}
        rows = re.findall(r"^([0-9a-f]{64}) [ *](\S+)$", answer.text, re.MULTILINE)
        return {name: digest for digest, name in rows}

    def _fetch(self, name: str) -> bool:
        """Whether the file is there now; False when the place has no such file."""
        target = self._folder / name
        with _network(), self._http.stream("GET", f"{self._base}/{name}") as first:
            answer, tags = first, dict(first.headers)
            if first.is_redirect:
                where = str(first.next_request.url) if first.next_request else ""
                with self._http.stream("GET", where, follow_redirects=True) as moved:
                    return self._take(target, moved, tags)
            return self._take(target, answer, tags)

    def _take(self, target: Path, answer: httpx.Response, tags: dict[str, str]) -> bool:
        if answer.status_code == httpx.codes.NOT_FOUND:
            return False
        if answer.status_code != httpx.codes.OK:
            raise _unavailable(target.name)
        size = int(answer.headers.get("content-length") or 0)
        wanted = self._sums.get(target.name) or _tag(tags)
        if not wanted:
            raise ServiceError(
                "model_unchecked",
                Kind.INVALID,
                f"Файл {target.name} нечем проверить: рядом с ним нет {SUMS}. Ничего не скачано.",
            )
        if target.exists() and _digest_of(target, wanted) == wanted:
            self._tell(f"{target.name}: уже скачан")
            return True
        part = target.with_suffix(target.suffix + ".part")
        digest = _digest(wanted, size)
        with part.open("wb") as out:
            for piece in self._pieces(answer, target.name, size):
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != wanted:
            part.unlink()
            raise ServiceError(
                "model_broken",
                Kind.INVALID,
                f"Файл {target.name} пришёл повреждённым и удалён. Запустите команду ещё раз.",
            )
        part.replace(target)
        return True

    def _pieces(self, answer: httpx.Response, name: str, size: int) -> Iterator[bytes]:
        done, told = 0, -_TELL_EVERY
        for piece in answer.iter_bytes(_PIECE):
            done += len(piece)
            share = done * 100 // size if size else 0
            if share >= told + _TELL_EVERY:
                told = share
                self._tell(
                    f"{name}: {done / 1e6:.1f} МБ" + (f" из {size / 1e6:.1f}" if size else "")
                )
            yield piece


def _tag(headers: dict[str, str]) -> str:
    for name in ("x-linked-etag", "etag"):
        value = headers.get(name, "").strip('"').removeprefix('W/"')
        if re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{40}", value):
            return value
    return ""


def _digest(wanted: str, size: int) -> _Digest:
    if len(wanted) == 64:
        return hashlib.sha256()
    # Git names a file by the SHA-1 of its length and content; it is not a password.
    git: Any = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    return git  # type: ignore[no-any-return]


def _digest_of(file: Path, wanted: str) -> str:
    digest = _digest(wanted, file.stat().st_size)
    with file.open("rb") as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


@contextmanager
def _network() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise unavailable(
            "model_unavailable",
            "Не удалось скачать модель: нет связи с хранилищем. Проверьте интернет или задайте своё "
            "зеркало в VOICE_MODEL_URL.",
        ) from problem


def _unavailable(name: str) -> ServiceError:
    return unavailable(
        "model_unavailable", f"В хранилище нет файла {name}. Проверьте VOICE_WHISPER_MODEL."
    )
