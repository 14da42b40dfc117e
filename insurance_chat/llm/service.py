"""The parts of this slice put together for one process."""

from __future__ import annotations

from insurance_chat.core.db.unit import Database
from insurance_chat.llm import tokens
from insurance_chat.llm.callers import Callers
from insurance_chat.llm.model import PooledModel
from insurance_chat.llm.pool import KeyPool
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.llm.trial import KeyTester


class ModelDesk:
    """The model of one process: `model` answers, embeds, reranks; `tester` tries keys.

    Args:
        sandbox_url: address of the emulated model, for a key of the settings without an address.
    """

    def __init__(self, db: Database, settings: LlmSettings, sandbox_url: str) -> None:
        self.settings = settings
        self._db = db
        self._sandbox_url = sandbox_url
        self._callers = Callers(settings)
        pool = KeyPool(db)
        self.model = PooledModel(pool, self._callers, settings)
        self.tester = KeyTester(db, pool, self._callers, settings)

    async def start(self) -> None:
        """Take over the key of the settings."""
        async with self._db.unit() as unit:
            await tokens.keep_settings_token(unit, self.settings, self._sandbox_url)

    async def stop(self) -> None:
        """Give connections back."""
        await self._callers.close()
