"""Imports every table so that Alembic sees them all."""

from insurance_chat.accounts import models as accounts
from insurance_chat.accounts.installation import models as installation
from insurance_chat.channels import models as channels
from insurance_chat.channels.continuing import models as continuing
from insurance_chat.conversations import models as conversations
from insurance_chat.conversations.erasure import models as erasure
from insurance_chat.conversations.merging import models as merging
from insurance_chat.conversations.quality import models as quality
from insurance_chat.conversations.returning import models as returning
from insurance_chat.conversations.threads import models as threads
from insurance_chat.core.backups import models as backups
from insurance_chat.core.db.base import Base
from insurance_chat.insurance import models as insurance
from insurance_chat.insurance.mortgage import models as mortgage
from insurance_chat.integrations import models as integrations
from insurance_chat.knowledge import models as knowledge
from insurance_chat.knowledge.sources import models as sources
from insurance_chat.knowledge.unanswered import models as unanswered
from insurance_chat.knowledge.uploads import models as uploads
from insurance_chat.knowledge.vectors import models as vectors
from insurance_chat.llm import models as llm
from insurance_chat.operators.commissions import models as commissions
from insurance_chat.operators.inbox import models as inbox
from insurance_chat.operators.invitations import models as invitations
from insurance_chat.operators.telegram_desk import models as telegram_desk

__all__ = [
    "Base",
    "accounts",
    "backups",
    "channels",
    "commissions",
    "continuing",
    "conversations",
    "erasure",
    "inbox",
    "installation",
    "insurance",
    "integrations",
    "invitations",
    "knowledge",
    "llm",
    "merging",
    "mortgage",
    "quality",
    "returning",
    "sources",
    "tables_of",
    "telegram_desk",
    "threads",
    "unanswered",
    "uploads",
    "vectors",
]


def tables_of(package: str) -> list[str]:
    """Names of the tables that a slice owns, parents before those that refer to them.

    Args:
        package: e.g. `insurance_chat.knowledge`.
    """
    own = {
        mapper.local_table
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith(f"{package}.")
    }
    return [table.name for table in Base.metadata.sorted_tables if table in own]
