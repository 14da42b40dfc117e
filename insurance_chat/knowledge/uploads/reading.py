"""The job of an upload: fetch, check for viruses, read in a killable process, understand, keep."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from insurance_chat.core.antivirus import check_file
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.fetching import Fetcher
from insurance_chat.core.files import FileStore
from insurance_chat.knowledge.analysis.ports import Analyst
from insurance_chat.knowledge.ingest import Parsed, content_hash_of, read_plain, read_with
from insurance_chat.knowledge.reading.limits import Limits, Member
from insurance_chat.knowledge.reading.process import Cancelled, Reader, Watch
from insurance_chat.knowledge.reading.refusals import Refused, refusal
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.uploads import keeping
from insurance_chat.knowledge.uploads.jobs import AT_ONCE, ReadUpload
from insurance_chat.knowledge.uploads.models import Upload
from insurance_chat.knowledge.uploads.private import keep_private
from insurance_chat.knowledge.uploads.repository import (
    SILENT,
    change_across_tenants,
    claim_across_tenants,
    forgotten_across_tenants,
    hand_back_across_tenants,
    number_across_tenants,
)
from insurance_chat.knowledge.uploads.service import CHANNEL, MEGABYTE, PRIVATE

log = structlog.get_logger()
LOOK_SECONDS = 0.5
MOST_INTERRUPTIONS = 4
MOST_WAITS = 20  # for the antivirus
WAIT = timedelta(seconds=30)
# Where each step begins and ends on the bar, per cent.
SPANS = {
    "download": (0, 5),
    "antivirus": (5, 8),
    "text": (8, 60),
    "ocr": (60, 92),
    "unpack": (8, 95),
    "analysis": (92, 98),
}
INTERRUPTED = (
    "Чтение файла несколько раз прерывалось. Загрузите его ещё раз или разделите на части."
)


class _Unwanted(Exception):  # noqa: N818 - a wish, not a mistake
    """The upload was cancelled."""


@dataclass(slots=True)
class _Work:
    row: Upload
    data: bytes = b""


class UploadReader:
    """Reads uploads; every step is written into the row, and a crash at any moment is harmless.

    Args:
        db: the rows; no transaction is open while a file is read.
        files: the originals.
        settings: limits, antivirus, recognition.
        analyst: looks again at what the rules understood (a model, when there is one).
    """

    def __init__(
        self, db: Database, files: FileStore, settings: KnowledgeSettings, analyst: Analyst
    ) -> None:
        self._db, self._files, self._settings, self._analyst = db, files, settings, analyst
        self._limits = limits_of(settings)
        self._turns = asyncio.Semaphore(AT_ONCE)
        hosts = frozenset(host.strip() for host in settings.fetch_hosts.split(",") if host.strip())
        self._fetcher = Fetcher(hosts, settings.max_file_megabytes * MEGABYTE)

    async def run(self, upload_id: int) -> None:
        """Bring an upload to its end; safe to repeat."""
        async with self._db.unit() as unit:
            claim = await claim_across_tenants(unit, upload_id)
            if claim.busy:
                await unit.defer(ReadUpload(upload_id=upload_id), at=utcnow() + SILENT)
        row = claim.row
        if row is None:
            return
        if claim.again and row.attempts > MOST_INTERRUPTIONS:
            await self._fail(row, "kb_file_interrupted", INTERRUPTED)
            return
        try:
            await self._read(_Work(row))
        except _Unwanted:
            return
        except Refused as refused:
            error = refusal(refused.reason)
            await self._fail(row, error.code, error.message)
        except ServiceError as error:
            await self._refused(row, error)

    async def run_within(self, upload_id: uuid.UUID, seconds: float) -> None:
        """Read a file while its sender waits; what is not over in time is left to the job.

        Few are read at once by one process, so that programs cannot take all its processors.

        Args:
            upload_id: public id of an upload that was accepted without an order.
            seconds: how long the sender waits, the turn included.
        """
        async with self._db.unit() as unit:
            number = await number_across_tenants(unit, upload_id)
        if number is None:
            return
        try:
            async with asyncio.timeout(seconds), self._turns:
                await self.run(number)
        except TimeoutError:
            async with self._db.unit() as unit:
                if await hand_back_across_tenants(unit, number):
                    await unit.defer(ReadUpload(upload_id=number))

    async def resume(self) -> int:
        """Order again what nobody reads though it is not over; returns how many."""
        async with self._db.unit() as unit:
            forgotten = await forgotten_across_tenants(unit)
            for upload_id in forgotten:
                await unit.defer(ReadUpload(upload_id=upload_id))
        return len(forgotten)

    async def _read(self, work: _Work) -> None:
        row = work.row
        if row.file_key is None and row.source_url is not None:
            await self._step(row, "download")
            await self._download(work)
        else:
            work.data = await self._files.get(row.file_key or "")
        if await keeping.keep_twin(self._db, self._files, row):
            return
        if self._settings.clamd:
            await self._step(row, "antivirus")
            await check_file(self._settings.clamd, work.data)
        try:
            parsed = await self._parse(work)
        except Refused as refused:
            if refused.reason != "archive":
                raise
            await self._unpack(work)
            return
        await self._step(row, "analysis")
        analysis = await self._analyst.improve(row.tenant_id, parsed.analysis, parsed.pieces)
        keep = keep_private if row.visibility in PRIVATE else keeping.keep_preview
        await keep(self._db, row, parsed, analysis)

    async def _download(self, work: _Work) -> None:
        row = work.row
        found = await self._fetcher.download(row.source_url or "")
        if not found.body.strip():
            raise Refused("empty")
        work.data = found.body
        row.content_hash, row.size = content_hash_of(found.body), len(found.body)
        row.file_name = found.file_name
        row.file_key = await self._files.put(found.body, sealed=False)
        values = {"size": row.size, "file_name": row.file_name, "file_key": row.file_key}
        if not await self._write(row, values):
            await self._files.delete(row.file_key)
            raise _Unwanted

    async def _parse(self, work: _Work) -> Parsed:
        name = work.row.file_name
        plain = await asyncio.to_thread(read_plain, work.data, name)
        if plain is not None:
            return plain
        watch = Watch()
        with Reader(self._limits) as reader:
            return await self._watched(work.row, watch, reader, work.data)

    async def _watched(self, row: Upload, watch: Watch, reader: Reader, data: bytes) -> Parsed:
        """Wait for the thread, write its progress, and stop it when nobody wants the file."""
        loop = asyncio.get_running_loop()
        reading = loop.run_in_executor(None, read_with, reader, data, row.file_name, watch)
        try:
            while not (await asyncio.wait({reading}, timeout=LOOK_SECONDS))[0]:
                if not await self._write(row, _progress(watch)):
                    raise _Unwanted
            return reading.result()
        except Cancelled as cancelled:
            raise _Unwanted from cancelled
        finally:
            watch.cancelled.set()
            await asyncio.wait({reading})
            if not reading.cancelled():
                reading.exception()

    async def _unpack(self, work: _Work) -> None:
        """Each file of an archive becomes an upload of its own in the same drop."""
        row, count = work.row, 0
        with Reader(self._limits) as reader:
            members = reader.unpack(work.data, row.file_name)
            while (member := await asyncio.to_thread(_next, members)) is not None:
                count += 1
                progress = {"step": "unpack", "page": count, "percent": SPANS["unpack"][0]}
                if not await self._write(row, progress):
                    raise _Unwanted
                await keeping.keep_member(self._db, self._files, row, member)
        await keeping.finish(
            self._db,
            row,
            {"stage": "unpacked", "percent": 100, "message": f"Файлов в архиве: {count}."},
        )
        await self._forget(row)

    async def _refused(self, row: Upload, error: ServiceError) -> None:
        waits = error.code == "antivirus_unavailable" and row.attempts < MOST_WAITS
        if not waits:
            await self._fail(row, error.code, error.message)
            return
        async with self._db.unit() as unit:
            values = {"stage": "waiting", "step": "antivirus", "message": error.message}
            if await change_across_tenants(unit, row.id, values):
                await unit.defer(ReadUpload(upload_id=row.id), at=utcnow() + WAIT)
            await unit.notify(CHANNEL, str(row.tenant_id))

    async def _fail(self, row: Upload, code: str, message: str) -> None:
        log.info("upload_refused", upload=row.id, code=code)
        values = {"stage": "failed", "error_code": code[:40], "message": message, "file_key": None}
        await keeping.finish(self._db, row, values)
        await self._forget(row)

    async def _forget(self, row: Upload) -> None:
        if row.file_key:
            await self._files.delete(row.file_key)

    async def _step(self, row: Upload, step: str) -> None:
        if not await self._write(row, {"step": step, "percent": SPANS[step][0]}):
            raise _Unwanted

    async def _write(self, row: Upload, values: dict[str, Any]) -> bool:
        async with self._db.unit() as unit:
            wanted = await change_across_tenants(unit, row.id, values)
            await unit.notify(CHANNEL, str(row.tenant_id))
        return wanted


def _progress(watch: Watch) -> dict[str, Any]:
    low, high = SPANS.get(watch.step, (0, 0))
    part = watch.done / watch.of if watch.of else 0.0
    percent = low + round((high - low) * min(part, 1.0))
    return {"step": watch.step, "page": watch.done, "pages": watch.of, "percent": percent}


def _next(members: Iterator[Member]) -> Member | None:
    return next(members, None)


def limits_of(settings: KnowledgeSettings) -> Limits:
    """Bounds of the parser's process from the settings."""
    return Limits(
        max_pages=settings.max_pages,
        silence_seconds=settings.silence_seconds,
        total_seconds=settings.read_minutes * 60,
        memory_bytes=settings.reader_memory_megabytes * MEGABYTE,
        tesseract=settings.tesseract,
        ocr_languages=settings.ocr_languages,
    )
