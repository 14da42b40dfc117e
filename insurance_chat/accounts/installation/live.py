"""The settings of the pages as one process uses them now; those of the environment win."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog

from insurance_chat.accounts.installation import service
from insurance_chat.accounts.installation.service import Item
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.mail import MailSettings
from insurance_chat.core.tasks import end

log = structlog.get_logger()
LOOK_EVERY_SECONDS = 30.0
MAIL = (Item.SMTP_URL, Item.MAIL_FROM, Item.MAIL_FROM_NAME)


class Installation:
    """Follows what the administrator sets, so that nothing has to be restarted.

    Args:
        mail: settings of the environment; a field that is set there is not overruled.
    """

    def __init__(self, db: Database, mail: MailSettings) -> None:
        self._db = db
        self._given = mail
        self._set: Mapping[Item, str] = {}
        self._mail = mail
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def mail(self) -> MailSettings:
        """The mail server and the sender in force."""
        return self._mail

    @property
    def values(self) -> Mapping[Item, str]:
        """What was set on the pages, opened; for showing whether it is there, never the value."""
        return self._set

    def fixed(self, item: Item) -> bool:
        """Whether the environment sets it, so that the pages cannot change it."""
        return item in MAIL and given(self._given, item)

    @property
    def practising(self) -> bool:
        """Whether letters stay in the sandbox of this process."""
        return self._mail.practice

    async def refresh(self) -> None:
        """Look at the table now."""
        async with self._db.unit() as unit:
            self._set = await service.load(unit)
        self._mail = overlaid(self._given, self._set)

    async def start(self, listener: Listener) -> None:
        """Look once, then follow; call before `listener.start()`."""
        await self.refresh()
        listener.on(service.CHANGED, lambda _payload: self._woken.set())
        listener.on_reconnect(self._woken.set)
        self._task = asyncio.get_running_loop().create_task(self._follow(), name="installation")

    async def stop(self) -> None:
        """Stop following."""
        await end(self._task)

    async def _follow(self) -> None:
        while True:
            # A notice may be lost behind a pooler, so look now and then without one.
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            try:
                await self.refresh()
            except Exception:
                log.exception("installation_settings_not_read")


def given(mail: MailSettings, item: Item) -> bool:
    """Whether the environment, `.env` or the code that made the settings has set a field."""
    if item is Item.SMTP_URL and mail.practice:
        return False
    return item.value in mail.model_fields_set and bool(getattr(mail, item.value))


def overlaid(mail: MailSettings, values: Mapping[Item, str]) -> MailSettings:
    """The settings of the environment, completed by those of the pages."""
    more = {item.value: values[item] for item in MAIL if values.get(item) and not given(mail, item)}
    if not more:
        return mail
    changed = mail.model_copy(update=more)
    changed.practice = mail.practice and Item.SMTP_URL.value not in more
    return changed
