"""The events that other systems may subscribe to, and what they look like on the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib import resources
from typing import Any
from uuid import UUID


class EventType(StrEnum):
    """Topics of the agreed contract and our additions; each has `schemas/<topic>.json`."""

    CHAT_MESSAGE_CREATED = "chat.message.created"
    CHAT_HANDOVER_REQUESTED = "chat.handover.requested"
    CHAT_HANDOVER_CLAIMED = "chat.handover.claimed"
    POLICY_QUOTE_REQUESTED = "policy.quote.requested"
    POLICY_QUOTE_COMPLETED = "policy.quote.completed"
    POLICY_QUOTE_FAILED = "policy.quote.failed"
    POLICY_ISSUE_REQUESTED = "policy.issue.requested"
    POLICY_ISSUE_COMPLETED = "policy.issue.completed"
    POLICY_ISSUE_FAILED = "policy.issue.failed"
    POLICY_ISSUED = "policy.issued"
    POLICY_RENEWAL_DUE = "policy.renewal.due"
    KB_DOC_INGESTED = "kb.doc.ingested"
    KB_DOC_COMMITTED = "kb.doc.committed"
    KB_DOC_DELETED = "kb.doc.deleted"
    INCIDENT_CREATED = "incident.created"
    UPDATE_DETECTED = "update.detected"
    UPDATE_APPROVED = "update.approved"
    UPDATE_IMPORTED = "update.imported"
    NOTIFICATION_EMAIL_SENT = "notification.email.sent"
    CHANNEL_FILE_SENT = "channel.file.sent"


EVENT_TYPES = frozenset(event.value for event in EventType)


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded fact, opened for its subscribers."""

    event_id: UUID
    type: str
    timestamp: datetime
    actor: str
    context: dict[str, Any]

    def payload(self) -> dict[str, Any]:
        """The agreed JSON object: eventId, type, timestamp (RFC 3339, UTC), actor, context."""
        return {
            "eventId": str(self.event_id),
            "type": self.type,
            "timestamp": self.timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "actor": self.actor,
            "context": self.context,
        }

    def body(self) -> bytes:
        """The bytes that are sent and signed; the same on every attempt."""
        return json.dumps(self.payload(), ensure_ascii=False, separators=(",", ":")).encode()


def load_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schemas by file name, `base-event.json` included, for documentation and checks."""
    folder = resources.files("insurance_chat.integrations").joinpath("schemas")
    return {
        file.name: json.loads(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }
