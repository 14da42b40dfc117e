"""What the staff pages are given by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from insurance_chat.accounts.installation.live import Installation
from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.channels.ports import BotCheck
from insurance_chat.channels.service import ChannelDesk
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.handover.queue import QueueHub
from insurance_chat.core.backups.desk import BackupDesk
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore
from insurance_chat.core.settings import CoreSettings
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.dialogue.answering.templates import Phrases
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.understanding.ports import Understanding
from insurance_chat.insurance.settings import InsuranceSettings
from insurance_chat.integrations.settings import IntegrationSettings
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.sources.desk import SourceDesk
from insurance_chat.knowledge.uploads.service import UploadDesk
from insurance_chat.llm.service import ModelDesk
from insurance_chat.operators.copilot.asking import Adviser
from insurance_chat.operators.copilot.service import Copilot
from insurance_chat.operators.inbox.speaking import Speaking
from insurance_chat.voice.service import VoiceDesk


class UploadSettings(Protocol):
    """What the pages read of the limits of files."""

    @property
    def upload_megabytes(self) -> int:
        """Largest file of a chat."""
        ...

    @property
    def file_link_hours(self) -> int:
        """Life of a link to a file."""
        ...


class WebSettings(Protocol):
    """The settings that the pages read."""

    @property
    def core(self) -> CoreSettings:
        """Addresses and the log."""
        ...

    @property
    def api(self) -> UploadSettings:
        """Limits of files."""
        ...

    @property
    def accounts(self) -> AccountsSettings:
        """Limits of log-ins."""
        ...

    @property
    def insurance(self) -> InsuranceSettings:
        """When a paid sale without a policy is late."""
        ...

    @property
    def integrations(self) -> IntegrationSettings:
        """Where webhooks may go."""
        ...

    @property
    def knowledge(self) -> KnowledgeSettings:
        """How large files of the knowledge base may be."""
        ...


class Messengers(Protocol):
    """Parts of messengers that the pages use."""

    @property
    def desk(self) -> ChannelDesk:
        """Connected accounts."""
        ...


class WebServices(Protocol):
    """Services of the process that serves the pages."""

    @property
    def voice(self) -> VoiceDesk:
        """Speaks what an agent writes."""
        ...

    @property
    def settings(self) -> WebSettings:
        """Settings of the whole product."""
        ...

    @property
    def db(self) -> Database:
        """Transactions."""
        ...

    @property
    def cipher(self) -> Cipher:
        """The key of the installation."""
        ...

    @property
    def files(self) -> FileStore:
        """Policies and originals of documents."""
        ...

    @property
    def knowledge(self) -> KnowledgeIndex:
        """The index that answers clients."""
        ...

    @property
    def uploads(self) -> UploadDesk:
        """Files on their way into the knowledge base."""
        ...

    @property
    def sources(self) -> SourceDesk:
        """Watched pages, feeds and folders of insurers."""
        ...

    @property
    def backups(self) -> BackupDesk:
        """Backups of the installation."""
        ...

    @property
    def installation(self) -> Installation:
        """What the administrator has set on the pages."""
        ...

    @property
    def telegram(self) -> BotCheck:
        """Tries out tokens of bots."""
        ...

    @property
    def messengers(self) -> Messengers:
        """Telegram, WhatsApp, Instagram."""
        ...

    @property
    def hub(self) -> FeedHub:
        """Wakes open transcripts."""
        ...

    @property
    def queue_hub(self) -> QueueHub:
        """Wakes open queues."""
        ...

    @property
    def turns(self) -> TurnRunner:
        """Carries out what an agent does in a client's sale."""
        ...

    @property
    def understanding(self) -> Understanding:
        """Reads the words of a form."""
        ...

    @property
    def catalog(self) -> Catalog:
        """Flows and facts of all products."""
        ...

    @property
    def phrases(self) -> Phrases:
        """Words of the assistant."""
        ...

    @property
    def answerer(self) -> ExtractiveAnswerer:
        """Answers from the knowledge base."""
        ...

    @property
    def speaking(self) -> Speaking:
        """Says what agents write to clients."""
        ...

    @property
    def copilot(self) -> Copilot:
        """Drafts of answers to clients."""
        ...

    @property
    def models(self) -> ModelDesk:
        """Language models and their keys."""
        ...

    @property
    def adviser(self) -> Adviser:
        """Answers to questions of agents."""
        ...


class CheckLine(Protocol):
    """One line of the service's state, in Russian."""

    @property
    def name(self) -> str:
        """Stable, e.g. `database`."""
        ...

    @property
    def title(self) -> str:
        """«База данных»."""
        ...

    @property
    def ok(self) -> bool:
        """It works."""
        ...

    @property
    def message(self) -> str:
        """What was found."""
        ...

    @property
    def advice(self) -> str:
        """What to do when it is not ok."""
        ...


Checks = Callable[[], Awaitable[Sequence[CheckLine]]]
