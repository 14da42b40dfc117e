"""One-off preparations from the command line: first data and administrators."""

from __future__ import annotations

from pathlib import Path

from insurance_chat.main.first_start import Account, FirstStart, keep_first_start
from insurance_chat.main.loop import run_once
from insurance_chat.main.migrate import migrate
from insurance_chat.main.seed import SeedResult, seed
from insurance_chat.main.settings import Settings


def seed_and_keep(settings: Settings) -> FirstStart:
    """Migrate, fill an empty database and write `first-start.json`."""
    migrate(settings.core.database_url)
    return record(settings, run_once(seed(settings)))


def record(settings: Settings, created: SeedResult) -> FirstStart:
    """Keep the log-ins that were created just now together with today's addresses."""
    admin, agent = created.admin, created.agent
    return keep_first_start(
        Path(settings.core.data_dir).resolve(),
        FirstStart(
            settings.core.base_url,
            Account(admin.username, admin.password) if admin else None,
            Account(agent.username, agent.password) if agent else None,
        ),
    )
