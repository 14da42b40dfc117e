"""Handlers of the work on sound."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.conversations.sounds.jobs import HearVoice, SpeakReply
from insurance_chat.conversations.sounds.service import Sounds
from insurance_chat.core.jobs import handles


class HasSounds(Protocol):
    """What the handlers need of the process."""

    sounds: Sounds


@handles(HearVoice)
async def hear_voice(job: HearVoice, services: HasSounds) -> None:
    """The agent who leads the chat sees the words of a recording."""
    await services.sounds.hear(job.conversation_id, job.message)


@handles(SpeakReply, attempts=3)
async def speak_reply(job: SpeakReply, services: HasSounds) -> None:
    """A client who prefers voice hears the reply that they have as text."""
    await services.sounds.speak(job.conversation_id, job.message)
