"""Orders of the insurance slice; arguments are ids only."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from insurance_chat.core.jobs import Job


class RequestQuotes(Job):
    """Ask the provider for offers and wait for them."""

    name: ClassVar[str] = "insurance.request_quotes"
    quote_id: int


class AdvanceSale(Job):
    """Take a sale as far as it can go now: draft, payment link, status, issue, PDF."""

    name: ClassVar[str] = "insurance.advance_sale"
    sale_id: int

    @override
    def lock(self) -> str | None:
        """One sale is driven by one job at a time."""
        return f"sale:{self.sale_id}"


class CancelSale(Job):
    """Cancel a draft that the client gave up before paying."""

    name: ClassVar[str] = "insurance.cancel_sale"
    sale_id: int

    @override
    def lock(self) -> str | None:
        """Never while the sale is being advanced."""
        return f"sale:{self.sale_id}"


class SendClientData(Job):
    """A client wants to see everything that is kept of them: put it into their chat as a file.

    Args:
        key: who asked for it and when; the same key gives it once.
    """

    name: ClassVar[str] = "insurance.send_client_data"
    tenant_id: int
    conversation_id: int
    key: str


class PolicyIssued(Job):
    """A policy was issued with an agent or for an agent's client: count what the agent owes."""

    name: ClassVar[str] = "insurance.policy_issued"
    policy_id: int


class SendPolicyMail(Job):
    """Send one e-mail of `policy_mails`."""

    name: ClassVar[str] = "insurance.send_policy_mail"
    mail_id: int


class SendReminder(Job):
    """Remind a client of the end of a policy, if they still want it."""

    name: ClassVar[str] = "insurance.send_reminder"
    reminder_id: int
