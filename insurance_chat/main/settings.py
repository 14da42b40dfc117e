"""Settings of the whole product: each slice owns its class, this file only composes them."""

from __future__ import annotations

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings

from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.api.settings import ApiSettings
from insurance_chat.channels.instagram.settings import InstagramSettings
from insurance_chat.channels.settings import ChannelSettings
from insurance_chat.channels.telegram.settings import TelegramSettings
from insurance_chat.channels.whatsapp_cloud.settings import WhatsAppSettings
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.conversations.memory.settings import MemorySettings
from insurance_chat.core.backups.settings import BackupSettings
from insurance_chat.core.mail import MailSettings
from insurance_chat.core.settings import ENV, CoreSettings
from insurance_chat.core.storage import FilesSettings
from insurance_chat.dialogue.settings import DialogueSettings
from insurance_chat.insurance.osago.settings import OsagoSettings
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.insurance.settings import InsuranceSettings
from insurance_chat.integrations.settings import IntegrationSettings
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.sources.settings import SourceSettings
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.operators.pull_away.settings import PullAwaySettings
from insurance_chat.operators.telegram_desk.settings import TelegramDeskSettings
from insurance_chat.voice.settings import VoiceSettings


class SandboxSettings(BaseSettings):
    """The emulators know no product code, so their settings live here."""

    model_config = ENV

    sandbox_enabled: bool = Field(
        True,
        description="Показывать песочницу при запуске одной командой; false — когда подключены "
        "настоящие polis.online и почта.",
    )
    sandbox_time_scale: float = Field(
        0.2,
        ge=0,
        le=10,
        description="Скорость песочницы: 1 — как в жизни, 0 — страховые отвечают сразу.",
    )


class Settings(BaseModel):
    """All settings of one process, read from the environment and `.env`."""

    core: CoreSettings = Field(default_factory=CoreSettings)
    files: FilesSettings = Field(default_factory=FilesSettings)
    backups: BackupSettings = Field(default_factory=BackupSettings)
    accounts: AccountsSettings = Field(default_factory=AccountsSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    handover: HandoverSettings = Field(default_factory=HandoverSettings)
    memory: MemorySettings = Field(default_factory=MemorySettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    dialogue: DialogueSettings = Field(default_factory=DialogueSettings)
    insurance: InsuranceSettings = Field(default_factory=InsuranceSettings)
    osago: OsagoSettings = Field(default_factory=OsagoSettings)
    polis_online: PolisOnlineSettings = Field(default_factory=PolisOnlineSettings)
    integrations: IntegrationSettings = Field(default_factory=IntegrationSettings)
    knowledge: KnowledgeSettings = Field(default_factory=KnowledgeSettings)
    sources: SourceSettings = Field(default_factory=SourceSettings)
    llm: LlmSettings = Field(default_factory=LlmSettings)
    voice: VoiceSettings = Field(default_factory=VoiceSettings)
    pull_away: PullAwaySettings = Field(default_factory=PullAwaySettings)
    channels: ChannelSettings = Field(default_factory=ChannelSettings)
    telegram: TelegramSettings = Field(default_factory=TelegramSettings)
    telegram_desk: TelegramDeskSettings = Field(default_factory=TelegramDeskSettings)
    whatsapp: WhatsAppSettings = Field(default_factory=WhatsAppSettings)
    instagram: InstagramSettings = Field(default_factory=InstagramSettings)
    sandbox: SandboxSettings = Field(default_factory=SandboxSettings)


def load_settings() -> Settings:
    """Read and validate.

    Raises:
        pydantic.ValidationError: a value is wrong; the error names the setting.
    """
    return Settings()
