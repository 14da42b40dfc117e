"""The parts of this slice put together for one process."""

from __future__ import annotations

from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.llm import tokens
from insurance_chat.llm.availability import Availability
from insurance_chat.llm.callers import Callers
from insurance_chat.llm.model import PooledModel
from insurance_chat.llm.pool import KeyPool
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.llm.trial import KeyTester


class ModelDesk:
    """The model of one process: `model` answers, embeds, reranks; `tester` tries keys.

    `availability` tells without a query who has a key and how the assistant of a tenant speaks.

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
        self.availability = Availability(db, settings)
        self.tester = KeyTester(db, pool, self._callers, settings)

    async def start(self, listener: Listener) -> None:
        """Take over the key of the settings and begin to follow changes.

        Args:
            listener: not started yet; tells of changes that other processes make.
        """
        async with self._db.unit() as unit:
            await tokens.keep_settings_token(unit, self.settings, self._sandbox_url)
        await self.availability.start(listener)

    async def stop(self) -> None:
        """Stop following and give connections back."""
        await self.availability.stop()
        await self._callers.close()
