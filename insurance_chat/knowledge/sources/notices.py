"""How administrators are told of updates: ways behind one small port; the panel shows them in any case."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

from insurance_chat.accounts.repository import fetch_admin_logins
from insurance_chat.core.db.unit import Database
from insurance_chat.core.mail import MailMessage, MailSettings, recipients, send_mail
from insurance_chat.knowledge.sources.repository import fetch_events

SHOWN = 10
PAGE = "/staff/admin/updates"


@dataclass(frozen=True, slots=True)
class News:
    """What to tell.

    Args:
        key: the same when it is told once more after a failure.
        lines: Russian, one an update.
        url: of the page where they are decided about.
    """

    key: str
    lines: tuple[str, ...]
    url: str

    @property
    def title(self) -> str:
        """One line for a subject or a heading."""
        return f"Обновления у страховых: {len(self.lines)}"

    @property
    def text(self) -> str:
        """Plain text for people."""
        shown = [f"— {line}" for line in self.lines[:SHOWN]]
        if len(self.lines) > SHOWN:
            shown.append(f"…и ещё {len(self.lines) - SHOWN}")
        listed = "\n".join(shown)
        return (
            f"{listed}\n\nПосмотреть, что изменилось, и решить: {self.url}\n"
            "Пока решения нет, ассистент отвечает по-прежнему."
        )


class Way(Protocol):
    """A way to reach the administrators of a tenant: a letter, a messenger."""

    @property
    def code(self) -> str:
        """Name in jobs, never changed."""
        ...

    async def tell(self, tenant_id: int, news: News) -> None:
        """Tell every administrator who can be reached this way; with nobody to tell, do nothing.

        Raises:
            ServiceError: it did not work; the job is tried again and may tell somebody twice.
        """
        ...


class LetterWay(Way):
    """Letters to the addresses of the setting and to administrators whose log-in is an address.

    Args:
        mail: gives the mail server in force, which may be set while the process runs.
        alert_email: addresses separated by commas.
    """

    def __init__(self, db: Database, mail: Callable[[], MailSettings], alert_email: str) -> None:
        self._db, self._mail, self._alert_email = db, mail, alert_email

    @property
    @override
    def code(self) -> str:
        return "mail"

    @override
    async def tell(self, tenant_id: int, news: News) -> None:
        """Send the letters; without a mail server the panel is all there is."""
        mail = self._mail()
        if not mail.smtp_url:
            return
        async with self._db.unit() as unit:
            logins = await fetch_admin_logins(unit, tenant_id)
        for address in recipients(self._alert_email, logins):
            own = hashlib.sha256(f"{news.key}:{address}".encode()).hexdigest()[:24]
            letter = MailMessage(address, news.title, news.text, f"<updates-{own}@insurance-chat>")
            await send_mail(mail, letter)


class Herald:
    """Tells updates through the ways that the composition root gives.

    Args:
        base_url: address of the service, for a link.
    """

    def __init__(self, db: Database, ways: Sequence[Way], base_url: str) -> None:
        self._db, self._base_url = db, base_url
        self._ways = {way.code: way for way in ways}

    @property
    def codes(self) -> tuple[str, ...]:
        """Ways that there are."""
        return tuple(self._ways)

    async def tell(self, way: str, tenant_id: int, event_ids: Sequence[int]) -> None:
        """Tell of the updates that still wait for a decision.

        Raises:
            ServiceError: of the way.
        """
        async with self._db.unit() as unit:
            events = await fetch_events(unit, tenant_id, event_ids)
        if not events or way not in self._ways:
            return
        key = f"{tenant_id}:{','.join(str(one) for one in event_ids)}"
        lines = tuple(f"{event.summary} ({event.url})" for event in events)
        await self._ways[way].tell(tenant_id, News(key, lines, f"{self._base_url}{PAGE}"))
