"""Everything one process does with backups, each attempt locked and written into the history."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path

import psycopg
import structlog

from insurance_chat.core.backups import making, restoring
from insurance_chat.core.backups.archive import Archive, Manifest, Stored
from insurance_chat.core.backups.making import Source
from insurance_chat.core.backups.repository import RunLog
from insurance_chat.core.backups.restoring import Merge, Restored
from insurance_chat.core.backups.rotation import Rules
from insurance_chat.core.backups.sealing import BackupKey
from insurance_chat.core.backups.settings import BackupSettings
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.storage import open_place

log = structlog.get_logger()
NEVER = threading.Event()


class BackupDesk:
    """Makes, verifies and restores backups. Every method but `place_title` blocks for long.

    Args:
        settings: where, when, how many.
        source: the database and the files.
        key: 32 bytes of the installation.
        data_dir: the data folder; backups go to `backups` inside it unless the settings say otherwise.
    """

    def __init__(
        self, settings: BackupSettings, source: Source, key: bytes, data_dir: Path
    ) -> None:
        self.settings = settings
        self._source = source
        self._key = BackupKey(key)
        self._folder = settings.folder or data_dir / "backups"
        self.data_dir = data_dir

    @cached_property
    def archive(self) -> Archive:
        """Backups in the storage of the settings.

        Raises:
            ServiceError: `storage_unavailable`, `storage_forbidden`.
        """
        return Archive(open_place(self.settings, self._folder), self._key)

    @property
    def place_title(self) -> str:
        """Where backups go, for people; nothing is opened."""
        inside = self.settings.s3_folder.strip("/")
        if self.settings.s3_bucket:
            return f"s3://{self.settings.s3_bucket}/{inside}".rstrip("/")
        return str(self._folder.expanduser().resolve())

    @property
    def beside_the_data(self) -> bool:
        """Backups lie inside the data folder, where one broken disk takes both."""
        if self.settings.s3_bucket:
            return False
        return self._folder.expanduser().resolve().is_relative_to(self.data_dir.resolve())

    @cached_property
    def log(self) -> RunLog:
        """The history."""
        return RunLog(self._source.url, self.place_title)

    def look(self) -> list[Stored]:
        """What the storage holds, newest first."""
        return self.archive.look()

    def make(self, trigger: str, stop: threading.Event = NEVER) -> Manifest:
        """Make a backup, verify it, then forget the old ones.

        Args:
            trigger: `daily`, `manual` or `command`.
            stop: set it to break off.

        Raises:
            ServiceError: `backup_busy`, `backup_failed` and others of `making.make`.
        """
        with self.log.only_one():
            run = self.log.begin("backup", trigger, None)
            manifest = self._attempt(run, lambda: self._made(stop))
            self.log.end(run, size=manifest.size, name=manifest.name)
            self._rotate()
            return manifest

    def _made(self, stop: threading.Event) -> Manifest:
        return making.make(self._source, self.archive, self.log, stop)

    def _rotate(self) -> None:
        rules = Rules(
            self.settings.keep_daily, self.settings.keep_weekly, self.settings.keep_monthly
        )
        try:
            making.forget_old(self.archive, rules)
        except ServiceError as problem:
            # The new backup is good; the next one tries to tidy up again.
            log.warning("backup_rotation_failed", code=problem.code)

    def verify(self, name: str, trigger: str, stop: threading.Event = NEVER) -> Manifest:
        """Read a backup to its end and compare.

        Args:
            name: empty for the newest.

        Raises:
            ServiceError: `backup_not_found`, `backup_key_wrong`, `backup_damaged`, `backup_busy`.
        """
        with self.log.only_one():
            name = name or self.archive.newest()
            run = self.log.begin("verify", trigger, name)

            def work() -> Manifest:
                manifest = self.archive.manifest(name)
                making.verify(self.archive, manifest, stop)
                return manifest

            manifest = self._attempt(run, work)
            self.log.end(run, size=manifest.size)
            return manifest

    def restore_all(self, name: str, revisions: Collection[str], *, force: bool) -> Restored:
        """Make the installation what it was; the service must not run.

        Args:
            name: empty for the newest.
            revisions: migrations that this version knows.
            force: overwrite what is there.

        Raises:
            ServiceError: see `restoring.restore_all`.
        """
        with self.log.only_one():
            manifest = self.archive.manifest(name or self.archive.newest())
            restored = restoring.restore_all(
                self._source, self.archive, self.log, manifest, force=force, revisions=revisions
            )
        self.log.note_restored(manifest.name, manifest.size, whole=True)
        return restored

    def restore_part(self, name: str, merge: Merge, revisions: Collection[str]) -> Restored:
        """Bring back the tables of one slice while the service works.

        Raises:
            ServiceError: see `restoring.restore_part`.
        """
        with self.log.only_one():
            manifest = self.archive.manifest(name or self.archive.newest())
            restored = restoring.restore_part(
                self._source, self.archive, manifest, merge, revisions=revisions
            )
        self.log.note_restored(manifest.name, manifest.size, whole=False)
        return restored

    def _attempt(self, run: int, work: Callable[[], Manifest]) -> Manifest:
        try:
            return work()
        except ServiceError as refusal:
            self._failed(run, refusal.message)
            raise
        except Exception as problem:
            self._failed(run, f"Непредвиденная ошибка: {type(problem).__name__}.")
            raise

    def _failed(self, run: int, error: str) -> None:
        try:
            self.log.end(run, error=error)
        except psycopg.Error as problem:
            # The next attempt closes this one; the first failure is what matters here.
            log.warning("backup_run_not_closed", error=type(problem).__name__)
