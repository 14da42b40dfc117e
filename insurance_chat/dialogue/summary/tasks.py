"""Handler of the rolling summary."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.core.jobs import handles
from insurance_chat.dialogue.summary.jobs import SummarizeChat
from insurance_chat.dialogue.summary.service import Summaries


class SummaryServices(Protocol):
    """What the handler needs."""

    summaries: Summaries


@handles(SummarizeChat, attempts=2)
async def summarize_chat(job: SummarizeChat, services: SummaryServices) -> None:
    """Renew the summary of a chat; doing it twice changes nothing."""
    await services.summaries.renew(job.tenant_id, job.conversation_id, job.upto_seq)
