"""What a turn leaves behind: lines of the log, and words for what went wrong or came without text."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import structlog

from insurance_chat.conversations.sounds.merging import FAILED
from insurance_chat.conversations.types import ConversationState, Entry, EntryKind, NewEntry, Sender
from insurance_chat.core.errors import ServiceError
from insurance_chat.dialogue.actions import Outcome, Status
from insurance_chat.dialogue.commands import Command
from insurance_chat.dialogue.decision import Decision, Work
from insurance_chat.dialogue.effects import RaiseIncident, RunAction, Say
from insurance_chat.dialogue.flows.repair import HUMAN_BUTTON

log = structlog.get_logger()
VOICE_KEPT = "voice_kept"


def failed(wanted: RunAction, error: ServiceError) -> Outcome:
    """An action that could not be done: say so, offer a human, tell the staff."""
    log.warning("action_failed", action=wanted.action, code=error.code)
    return Outcome(
        status=Status.STOP,
        effects=(
            Say("action_failed", quick_replies=(HUMAN_BUTTON,)),
            RaiseIncident("action_failed", {"action": wanted.action, "code": error.code}),
        ),
    )


def entries_of(work: Work, commands: list[Command], place: ConversationState) -> list[NewEntry]:
    """Lines of the log that a decided turn writes: what happened, the new state, the reply."""
    entries = []
    body: dict[str, Any]
    if commands or not work.draft.empty:
        body = {"trace": work.trace.document()}
        if commands:
            body["commands"] = [command.model_dump(mode="json") for command in commands]
        entries.append(NewEntry(uuid4(), EntryKind.DIALOGUE, Sender.AI, body))
    if place is not work.snapshot.state:
        state = {"state": place.value}
        entries.append(NewEntry(uuid4(), EntryKind.STATE, Sender.SYSTEM, state))
    if not work.draft.empty:
        body = {"text": work.draft.text(), "metadata": work.draft.metadata()}
        if work.draft.files:
            # The door makes a fresh signed link of the key each time it shows the message.
            body["fileKey"] = work.draft.files[0]["key"]
            body["fileName"] = work.draft.files[0]["name"]
        entries.append(NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, body))
    return entries


def attachments(messages: list[Entry], told: list[str]) -> list[Say]:
    """Words for voice messages and files that came without text.

    Args:
        told: what is said only once in a conversation; grows.
    """
    bare = [entry.body for entry in messages if not entry.body.get("text")]
    says = []
    if any(body.get("voiceUrl") or body.get("voiceKey") for body in bare):
        says.append(Say(_about_voice(bare, told)))
    if any(body.get("fileUrl") or body.get("fileKey") for body in bare):
        says.append(Say("file_received"))
    return says


def _about_voice(bare: list[dict[str, Any]], told: list[str]) -> str:
    states = [((body.get("metadata") or {}).get("voice") or {}).get("state") for body in bare]
    if FAILED in states:
        return "voice_not_heard"
    if VOICE_KEPT in told:
        return "voice_received_again"
    told.append(VOICE_KEPT)
    return "voice_received"


def record_changes(decision: Decision, changes: dict[str, Any]) -> None:
    """Put what the turn changed in the state into its line of the log."""
    # A turn that a job woke has no commands, but what it changed belongs into the log as well.
    for entry in decision.entries:
        if entry.kind is EntryKind.DIALOGUE:
            entry.body["changes"] = changes
            return
    if changes:
        body = {"changes": changes}
        decision.entries.insert(0, NewEntry(uuid4(), EntryKind.DIALOGUE, Sender.AI, body))
