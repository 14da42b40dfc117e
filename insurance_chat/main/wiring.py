"""The one place that names concrete adapters and puts the parts together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx
import structlog

from insurance_chat.accounts.installation.live import Installation
from insurance_chat.channels.ports import ChannelAdapter
from insurance_chat.channels.telegram.token_check import TelegramBotCheck
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.handover.outlook import HandoverDesk
from insurance_chat.conversations.handover.queue import QueueHub
from insurance_chat.conversations.sounds.service import Sounds
from insurance_chat.core.backups.desk import BackupDesk
from insurance_chat.core.backups.making import Source
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore, file_store
from insurance_chat.core.mail import MailSettings
from insurance_chat.core.storage import open_place
from insurance_chat.dialogue.actions import Action
from insurance_chat.dialogue.answering.compose import Composer
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.dialogue.answering.model.answerer import ModelAnswerer
from insurance_chat.dialogue.answering.model.rephrase import Rephraser
from insurance_chat.dialogue.answering.quotation import QuotingAnswerer
from insurance_chat.dialogue.answering.templates import load_phrases
from insurance_chat.dialogue.keeping import Keeper
from insurance_chat.dialogue.papers.desk import PaperDesk
from insurance_chat.dialogue.papers.kinds import load_papers
from insurance_chat.dialogue.papers.reading import PaperReader, for_chats
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.summary.service import Summaries
from insurance_chat.dialogue.turn import Thinker
from insurance_chat.dialogue.understanding.intents import load_phrases as load_examples
from insurance_chat.dialogue.understanding.llm.understanding import ModelUnderstanding
from insurance_chat.dialogue.understanding.ports import Understanding
from insurance_chat.dialogue.understanding.rules import RulesUnderstanding
from insurance_chat.insurance.actions import CommonActions
from insurance_chat.insurance.mortgage.actions_facts import FactActions
from insurance_chat.insurance.mortgage.actions_health import HealthActions
from insurance_chat.insurance.mortgage.actions_price import PriceActions as MortgagePrices
from insurance_chat.insurance.mortgage.talk import MortgageTalk
from insurance_chat.insurance.osago.actions_again import AgainActions
from insurance_chat.insurance.osago.actions_people import PeopleActions
from insurance_chat.insurance.osago.actions_price import PriceActions
from insurance_chat.insurance.osago.talk import OsagoTalk
from insurance_chat.insurance.products import (
    load_catalog,
    memory_topics,
    paper_files,
    phrase_files,
    reply_files,
    slot_readers,
    slot_shows,
)
from insurance_chat.insurance.providers.choice import DirectFirst, OsagoDirectFirst
from insurance_chat.insurance.providers.polis_online import mortgage_wire
from insurance_chat.insurance.providers.polis_online.client import PolisOnline
from insurance_chat.insurance.providers.polis_online.masking import Exchange
from insurance_chat.insurance.providers.ports import Providers
from insurance_chat.insurance.quotes import QuoteDesk
from insurance_chat.insurance.remembered.actions import MemoryActions
from insurance_chat.insurance.repository import JobRepository
from insurance_chat.insurance.saga import Saga
from insurance_chat.insurance.selling.explaining import BySale
from insurance_chat.insurance.selling.news import SaleNews
from insurance_chat.insurance.selling.steps import SaleSteps
from insurance_chat.knowledge.analysis.model import ModelAnalyst
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.search import Leg
from insurance_chat.knowledge.sources.desk import SourceDesk
from insurance_chat.knowledge.sources.notices import LetterWay
from insurance_chat.knowledge.uploads.reading import UploadReader, limits_of
from insurance_chat.knowledge.uploads.service import UploadDesk
from insurance_chat.knowledge.vectors.leg import VectorLeg
from insurance_chat.knowledge.vectors.making import VectorMaker
from insurance_chat.llm.service import ModelDesk
from insurance_chat.main.settings import Settings
from insurance_chat.main.wiring_channels import Messengers, adapters
from insurance_chat.operators.copilot.asking import Adviser
from insurance_chat.operators.copilot.model_writer import ModelWriter
from insurance_chat.operators.copilot.rules import RulesWriter
from insurance_chat.operators.copilot.service import Copilot
from insurance_chat.operators.inbox.speaking import Speaking
from insurance_chat.operators.invitations.narrowing import InvitedAnswerer
from insurance_chat.operators.pull_away.allowing import allowed_by
from insurance_chat.operators.pull_away.model_opinion import ModelOpinion
from insurance_chat.operators.telegram_desk.desk import TelegramDesk
from insurance_chat.operators.telegram_desk.news import TelegramWay
from insurance_chat.voice.ports import SpeechToText, TextToSpeech
from insurance_chat.voice.providers.local_espeak import EspeakTextToSpeech
from insurance_chat.voice.providers.local_whisper import WhisperSpeechToText
from insurance_chat.voice.providers.openai_compatible import (
    Address,
    OpenAiSpeechToText,
    OpenAiTextToSpeech,
)
from insurance_chat.voice.service import VoiceDesk
from insurance_chat.voice.state import model_folder

log = structlog.get_logger()
SANDBOX_PATH = "/sandbox"
SANDBOX_MODEL_PATH = "/llm/v1"
SANDBOX_VOICE_PATH = "/voice/v1"


class Services:
    """Everything that doors and jobs of one process use.

    Args:
        settings: of the whole product; `core.database_url` is set.
    """

    def __init__(self, settings: Settings) -> None:
        core = settings.core
        self.settings = settings
        key = load_key(core.secret_key, core.data_dir)
        self.cipher = Cipher([key])
        self.db = Database(core.database_url, self.cipher, core.database_pool)
        self.files = open_files(settings, self.cipher)
        self.backups = BackupDesk(
            settings.backups, Source(core.database_url, self.files), key, core.data_dir
        )
        self.installation = Installation(self.db, settings.mail)
        self.integrations = settings.integrations
        # Every polled bot keeps one call open, so the pool has no end; what is idle is let go.
        room = httpx.Limits(max_connections=None, max_keepalive_connections=100)
        self.http = httpx.AsyncClient(timeout=30.0, follow_redirects=False, limits=room)
        self.telegram = TelegramBotCheck(settings.telegram, self.http)
        self.listener = Listener(core.database_url)
        self.hub = FeedHub(self.db, self.listener)
        self.voice = VoiceDesk(self._hears(), self._speaks(), self.files, settings.voice)
        self.sounds = Sounds(self.db, self.voice, self.hub)
        self.polis_online = self._polis_online()
        enabled = settings.polis_online.enabled
        # Direct connections to insurers are added here: company code → adapter.
        self.provider = OsagoDirectFirst(self.polis_online if enabled else None, {})
        mortgage = self.polis_online.line("mortgage", mortgage_wire.quote_body)
        self.providers: Providers = {
            "osago": self.provider,
            "mortgage": DirectFirst(mortgage if enabled else None, {}),
        }
        self.quote_desk = QuoteDesk(self.db, self.providers, settings.insurance)
        self.saga = Saga(
            self.db, self.providers, self.files, settings.insurance, f"{core.base_url}/pay/return"
        )
        self.models = ModelDesk(self.db, settings.llm, self._sandbox() + SANDBOX_MODEL_PATH)
        self.vectors = VectorMaker(self.db, self.models.model, settings.llm.embedding_model)
        self.knowledge = KnowledgeIndex(self.db, self._legs())
        self.answerer = ExtractiveAnswerer(self.knowledge)
        self._help_agents(settings)
        self._feed_knowledge(settings)
        self.desk = HandoverDesk(self.db, settings.handover)
        self.queue_hub = QueueHub(self.listener)
        thinker = self._thinker()
        self.turns = TurnRunner(
            self.db,
            thinker,
            self.hub,
            self.listener,
            settings.dialogue.turns_at_once,
            Keeper(self.catalog.slots),
            self.sounds,
            PaperReader(self.files, for_chats(limits_of(settings.knowledge))),
        )
        self.messengers = self._open_messengers()

    def _feed_knowledge(self, settings: Settings) -> None:
        self.uploads = UploadDesk(self.db, self.files, settings.knowledge)
        self.upload_reader = UploadReader(
            self.db, self.files, settings.knowledge, ModelAnalyst(self.models.model)
        )
        self.sources = self._sources()

    def _help_agents(self, settings: Settings) -> None:
        writer = ModelWriter(self.db, self.models.model, settings.llm, RulesWriter())
        self.copilot = Copilot(self.db, self.answerer, load_catalog().slots, writer)
        self.adviser = Adviser(self.db, self.answerer, writer)
        opinion = ModelOpinion(
            self.db,
            self.models.model,
            settings.llm,
            settings.pull_away.pull_away_opinion_seconds,
        )
        allowed = allowed_by(settings.pull_away, settings.core.base_url)
        self.speaking = Speaking(self.db, allowed, opinion)

    def _open_messengers(self) -> Messengers:
        return Messengers(
            self.settings,
            self._messengers(),
            self.db,
            self.files,
            self.hub,
            self.listener,
            self.turns,
            staff=self._telegram_desk(),
        )

    def _telegram_desk(self) -> TelegramDesk:
        return TelegramDesk(
            self.db,
            self.listener,
            self.files,
            self.speaking,
            self.copilot,
            self.catalog,
            self.settings.telegram_desk,
        )

    def _messengers(self) -> Mapping[str, ChannelAdapter]:
        return adapters(self.settings, self.http)

    @property
    def mail(self) -> MailSettings:
        """The mail server in force: of the environment, else as set on the pages."""
        return self.installation.mail

    def _legs(self) -> list[Leg]:
        embedding = self.settings.llm.embedding_model
        if not embedding:
            return []
        patience = self.settings.knowledge.vector_seconds
        return [VectorLeg(self.db, self.models.model, embedding, patience)]

    def _sources(self) -> SourceDesk:
        settings = self.settings
        core, own = settings.core, settings.sources
        return SourceDesk(
            self.db,
            self.files,
            own,
            settings.knowledge,
            ModelAnalyst(self.models.model),
            own.folder or core.data_dir / "sources",
            # Another messenger for administrators is added here.
            [LetterWay(self.db, lambda: self.mail, own.alert_email), TelegramWay(self.db)],
            core.base_url,
        )

    def _hears(self) -> SpeechToText | None:
        own = self.settings.voice
        if own.stt == "whisper":
            folder = model_folder(own, self.settings.core.data_dir)
            return WhisperSpeechToText(folder, own.stt_timeout_seconds)
        if not own.stt:
            return None
        url = own.stt_url or self._sandbox() + SANDBOX_VOICE_PATH
        key = own.stt_key.get_secret_value()
        address = Address(url, key, own.stt_model, own.stt_timeout_seconds)
        return OpenAiSpeechToText(address, self.http)

    def _speaks(self) -> TextToSpeech | None:
        own = self.settings.voice
        if own.tts == "espeak":
            return EspeakTextToSpeech(own.espeak_command, own.tts_timeout_seconds)
        if not own.tts:
            return None
        url = own.tts_url or self._sandbox() + SANDBOX_VOICE_PATH
        key = own.tts_key.get_secret_value()
        address = Address(url, key, own.tts_model, own.tts_timeout_seconds)
        return OpenAiTextToSpeech(address, own.tts_voice, self.http)

    def _polis_online(self) -> PolisOnline:
        settings = self.settings.polis_online
        if not settings.url:
            settings = settings.for_sandbox(self._sandbox())
        return PolisOnline(settings, self.http, self._record)

    def _sandbox(self) -> str:
        # Our own emulators are called on the spot, whatever address the clients see.
        return f"http://127.0.0.1:{self.settings.core.port}{SANDBOX_PATH}"

    async def _record(self, exchange: Exchange) -> None:
        async with self.db.unit() as unit:
            await JobRepository(unit).add_exchange(
                {
                    "provider": "polis_online",
                    "operation": exchange.operation,
                    "method": exchange.method,
                    "path": exchange.path[:300],
                    "status": exchange.status,
                    "duration_ms": exchange.duration_ms,
                    "attempt": exchange.attempt,
                    "request": exchange.request,
                    "response": exchange.response,
                    "error": exchange.error,
                }
            )

    def _thinker(self) -> Thinker:
        dialogue = self.settings.dialogue
        extra = Path(dialogue.phrases_dir or self.settings.core.data_dir / "phrases")
        self.catalog = load_catalog()
        self.phrases = load_phrases(reply_files())
        self.understanding = RulesUnderstanding(
            load_examples(phrase_files(extra)), self.settings.core.cache_folder, slot_readers()
        )
        self.summaries = Summaries(
            self.db, self.models.model, self.models.availability, self.catalog.slots
        )
        composer = Composer(self.phrases, self.catalog.slots)
        return Thinker(
            self._model_understanding(),
            InvitedAnswerer(self.db, self._model_answerer()),
            self.catalog,
            self._actions(),
            composer,
            self.desk,
            self._rewording(),
            self.sounds,
            PaperDesk(load_papers(paper_files()), self.catalog, slot_readers(), slot_shows()),
        )

    def _model_understanding(self) -> Understanding:
        return ModelUnderstanding(
            self.understanding, self.models.model, self.models.availability, self.catalog
        )

    def _rewording(self) -> Rephraser | None:
        if not self.settings.llm.rephrase:
            return None
        return Rephraser(self.models.model, self.models.availability)

    def _model_answerer(self) -> ModelAnswerer:
        quoting = QuotingAnswerer(self.answerer)
        return ModelAnswerer(quoting, self.models.model, self.models.availability)

    def _actions(self) -> Mapping[str, Action]:
        osago, insurance = self.settings.osago, self.settings.insurance
        prices = PriceActions(osago)
        return {
            **CommonActions(self.db, self.files, self.settings.core.base_url).actions(),
            **PeopleActions(self.db, self.provider, osago).actions(),
            **SaleNews(self.db, (OsagoTalk(), MortgageTalk())).actions(),
            **SaleSteps(self.db, self.provider.code, insurance, OsagoTalk()).actions(),
            **prices.actions(),
            **AgainActions(self.db).actions(),
            **self._mortgage_actions(),
            "explain_price": BySale(
                {"mortgage": MortgagePrices(self.db).explain}, prices.explain_price
            ),
            **MemoryActions(self.db, self.catalog, memory_topics()).actions(),
        }

    def _mortgage_actions(self) -> Mapping[str, Action]:
        provider = self.providers["mortgage"]
        base_url, settings = self.settings.core.base_url, self.settings.insurance
        steps = SaleSteps(self.db, provider.code, settings, MortgageTalk())
        return {
            **FactActions(self.db, provider).actions(),
            **HealthActions(self.db, base_url).actions(),
            **MortgagePrices(self.db).actions(),
            **steps.actions(),
        }

    async def start(self) -> None:
        """Connect and begin to follow the database."""
        await asyncio.to_thread(self.understanding.warm_up)
        await self.db.open()
        await self.installation.start(self.listener)
        await self.models.start(self.listener)
        await self.knowledge.start(self.listener)
        self.vectors.start(self.listener)
        await self.listener.start()
        await self.turns.start()

    async def stop(self) -> None:
        """Finish what is under way and disconnect."""
        await self.turns.stop()
        await self.listener.stop()
        await self.vectors.stop()
        await self.knowledge.stop()
        await self.installation.stop()
        await self.http.aclose()
        await self.models.stop()
        await self.db.close()


def open_files(settings: Settings, cipher: Cipher) -> FileStore:
    """Files of the installation, in its folder or in the S3 storage of the settings.

    Raises:
        ServiceError: `storage_unavailable` when the folder or the settings cannot be used.
    """
    return file_store(open_place(settings.files, settings.core.data_dir / "files"), cipher)
