"""Turns stored lines into what the contract promises to clients."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from insurance_chat.api.links import Links
from insurance_chat.conversations import privacy
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import Entry, EntryKind
from insurance_chat.core.principal import Principal, Role

CLIENT_KEY = "c:"
_LISTS = ("expectsAll", "quickReplies", "citations", "offers", "files")


def moment(value: datetime) -> str:
    """RFC 3339 in UTC, the same everywhere."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def session(view: SessionView, viewer: Principal | None) -> dict[str, Any]:
    """`ChatSession` of the contract; agents do not see the client's whole e-mail."""
    email = view.email
    if email and _is_agent(viewer):
        # The contract promises the format of an e-mail, which the dots of other masks break.
        email = privacy.mask_email(email).replace("•", "*")
    return {
        "id": str(view.id),
        "userId": str(view.user_id),
        "agentId": str(view.agent_id) if view.agent_id is not None else None,
        "state": view.state.value,
        "preferVoice": view.prefer_voice,
        "email": email,
        "createdAt": moment(view.created_at),
        "updatedAt": moment(view.updated_at),
        "channel": view.channel,
        "isAgentClient": view.is_agent_client,
        "agentName": view.agent_name,
    }


def _is_agent(viewer: Principal | None) -> bool:
    return viewer is not None and viewer.role is Role.AGENT


def message(entry: Entry, session_id: str, viewer: Principal, links: Links) -> dict[str, Any]:
    """`Message` of the contract, with its number in the log and its cards.

    Agents see neither phones nor whole e-mails in anybody's words (the brief: «без телефонов»).
    """
    body = privacy.for_agent(entry.body) if _is_agent(viewer) else entry.body
    metadata = _metadata(body.get("metadata") or {}, viewer.tenant_id, links)
    key = entry.client_key or ""
    return {
        "id": str(entry.public_id),
        "sessionId": session_id,
        "sender": entry.sender.value,
        "text": body.get("text"),
        "voiceUrl": _url(body, "voice", links),
        "fileUrl": _url(body, "file", links) or _first(metadata["files"]),
        "createdAt": moment(entry.created_at),
        "seq": entry.seq,
        "clientMessageId": key.removeprefix(CLIENT_KEY) if key.startswith(CLIENT_KEY) else None,
        "metadata": metadata,
    }


def frame(entry: Entry, session_id: str, viewer: Principal, links: Links) -> dict[str, Any]:
    """A line of the log as the live feed shows it."""
    if entry.kind is EntryKind.STATE:
        shown = {"type": "state", "seq": entry.seq, "state": entry.body.get("state")}
        if entry.body.get("agentName"):
            shown["agentName"] = entry.body["agentName"]
        return shown
    if entry.kind is EntryKind.VOICE:
        return _voice_frame(entry, viewer, links)
    return {
        "type": "message",
        "seq": entry.seq,
        "message": message(entry, session_id, viewer, links),
    }


def _voice_frame(entry: Entry, viewer: Principal, links: Links) -> dict[str, Any]:
    """What was learnt of the sound of an earlier message: heard words, or a reply's recording."""
    body = privacy.for_agent(entry.body) if _is_agent(viewer) else entry.body
    return {
        "type": "voice",
        "seq": entry.seq,
        "messageId": body["messageId"],
        "state": body["state"],
        "text": body.get("text"),
        "voiceUrl": _url(body, "voice", links),
        "seconds": body.get("seconds"),
    }


def _url(body: dict[str, Any], kind: str, links: Links) -> str | None:
    key = body.get(f"{kind}Key")
    if key:
        return links.file(key, body.get(f"{kind}Name") or kind)
    files = (body.get("metadata") or {}).get("files")
    if kind == "file" and files:
        # The link that was stored has a term; the file's key makes a fresh one.
        return None
    url = body.get(f"{kind}Url")
    return links.absolute(url) if url else None


def _first(files: list[dict[str, Any]]) -> str | None:
    return files[0].get("url") if files else None


def _metadata(stored: dict[str, Any], tenant_id: int, links: Links) -> dict[str, Any]:
    shown = {"expects": None, "payment": None, **{name: [] for name in _LISTS}, **stored}
    shown["files"] = [_file(card, links) for card in shown["files"]]
    shown["citations"] = [_citation(card, tenant_id, links) for card in shown["citations"]]
    payment = shown["payment"]
    if payment and payment.get("url"):
        shown["payment"] = {**payment, "url": links.absolute(payment["url"])}
    return shown


def _file(card: dict[str, Any], links: Links) -> dict[str, Any]:
    shown = {name: value for name, value in card.items() if name != "key"}
    if card.get("key"):
        shown["url"] = links.file(card["key"], card.get("name") or "file")
    elif card.get("url"):
        shown["url"] = links.absolute(card["url"])
    return shown


def _citation(card: dict[str, Any], tenant_id: int, links: Links) -> dict[str, Any]:
    if card.get("documentId"):
        # Browsers keep the fragment through the redirect and open a PDF at the page.
        page = f"#page={card['page']}" if card.get("page") else ""
        return {**card, "url": links.document(tenant_id, card["documentId"]) + page}
    return card
