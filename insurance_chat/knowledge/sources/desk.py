"""Everything of the watched sources that one process has, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from insurance_chat.core.db.unit import Database
from insurance_chat.core.fetching import Fetcher
from insurance_chat.core.files import FileStore
from insurance_chat.knowledge.analysis.ports import Analyst
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.sources.looking import MEGABYTE, SourceWatcher
from insurance_chat.knowledge.sources.manners import Pause
from insurance_chat.knowledge.sources.notices import Herald, Way
from insurance_chat.knowledge.sources.probing import Prober
from insurance_chat.knowledge.sources.settings import SourceSettings
from insurance_chat.knowledge.sources.settling import Settler
from insurance_chat.knowledge.sources.snapshots import SnapshotReader
from insurance_chat.knowledge.sources.weighing import Weigher


class SourceDesk:
    """The parts that doors and jobs use.

    Args:
        db, files: rows and found documents.
        settings: politeness and limits.
        knowledge: how files are read; internal hosts that may be asked.
        analyst: looks again at what the rules understood.
        root: folder that holds the watched folders of all tenants.
        ways: how administrators are told, besides the panel.
        base_url: of the service.
        pause: waits between two requests; tests pass one that only notes.
    """

    def __init__(
        self,
        db: Database,
        files: FileStore,
        settings: SourceSettings,
        knowledge: KnowledgeSettings,
        analyst: Analyst,
        root: Path,
        ways: Sequence[Way],
        base_url: str,
        pause: Pause = asyncio.sleep,
    ) -> None:
        hosts = frozenset(one.strip() for one in knowledge.fetch_hosts.split(",") if one.strip())
        fetcher = Fetcher(hosts, settings.max_megabytes * MEGABYTE, settings.timeout_seconds)
        reader = SnapshotReader(knowledge)
        weigher = Weigher(db, files, analyst)
        self.herald = Herald(db, ways, base_url)
        self.watcher = SourceWatcher(
            db, settings, fetcher, reader, weigher, root, self.herald.codes, pause
        )
        self.prober = Prober(db, settings, fetcher, reader, root, pause)
        self.settler = Settler(db, files, reader)
