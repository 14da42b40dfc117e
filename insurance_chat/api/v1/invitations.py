"""Invitations: an agent's links for own clients; accepting one in a chat that is open already."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import StringConstraints

from insurance_chat.api import present
from insurance_chat.api.deps import AgentId, Caller, Opened, SessionId
from insurance_chat.api.docs import refusals
from insurance_chat.api.links import links_for
from insurance_chat.api.texts import Flag, Key, Line, Model, read_id
from insurance_chat.api.v1.chat import ChatSession
from insurance_chat.operators.invitations import arrival, service
from insurance_chat.operators.invitations.qr import qr_png, qr_svg
from insurance_chat.operators.invitations.service import InvitationView

router = APIRouter(tags=["invitations"])


class InvitationRequest(Model):
    """A new link. `label` is for the agent only; `reusable` is for a poster or a card."""

    label: Annotated[Line, StringConstraints(max_length=service.LONGEST_LABEL)] = ""
    reusable: Flag = False
    expires_at: datetime | None = None
    only_own_companies: Flag | None = None


class Invitation(Model):
    """A link of an agent. A personal one is `spent` after so many new browsers."""

    id: str
    label: str
    reusable: bool
    only_own_companies: bool
    state: Literal["active", "expired", "revoked", "spent"]
    used_count: int
    first_used_at: datetime | None
    last_used_at: datetime | None
    expires_at: datetime | None
    created_at: datetime


class CreatedInvitation(Invitation):
    """A new link with its QR code (SVG text, PNG in base64); none of them is shown again."""

    link: str
    qr_svg: str
    qr_png: str


class InvitationList(Model):
    """Links that work first, then latest first."""

    items: list[Invitation]
    total: int


class AcceptInvitation(Model):
    """The last part of the link that the client has opened."""

    invitation: Key


def _shown(view: InvitationView) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "label": view.label,
        "reusable": view.reusable,
        "onlyOwnCompanies": view.only_own_companies,
        "state": view.state,
        "usedCount": view.used_count,
        "firstUsedAt": view.first_used_at,
        "lastUsedAt": view.last_used_at,
        "expiresAt": view.expires_at,
        "createdAt": view.created_at,
    }


@router.post(
    "/v1/agents/{id}/invitations",
    status_code=201,
    summary="Create invitation",
    response_model=CreatedInvitation,
    responses=refusals(401, 403, 404, 409, 422),
)
async def create_invitation(
    request: Request, unit: Opened, caller: Caller, id: AgentId, body: InvitationRequest
) -> dict[str, Any]:
    """Make a link that brings a client to the agent. The link is shown only now."""
    made = await service.create(
        unit,
        caller,
        id,
        label=body.label,
        reusable=body.reusable,
        expires_at=body.expires_at,
        only_own_companies=body.only_own_companies,
    )
    link = links_for(request).absolute(made.path)
    return {
        **_shown(made.invitation),
        "link": link,
        "qrSvg": qr_svg(link).decode(),
        "qrPng": base64.b64encode(qr_png(link)).decode(),
    }


@router.get(
    "/v1/agents/{id}/invitations",
    summary="List invitations",
    response_model=InvitationList,
    responses=refusals(401, 403, 404),
)
async def list_invitations(
    unit: Opened,
    caller: Caller,
    id: AgentId,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    """Links of the agent, whether and when they were used."""
    page = await service.list_invitations(unit, caller, id, offset=offset, limit=limit)
    return {"items": [_shown(view) for view in page.rows], "total": page.total}


@router.delete(
    "/v1/agents/{id}/invitations/{invitation}",
    summary="Revoke invitation",
    response_model=Invitation,
    responses=refusals(401, 403, 404),
)
async def revoke_invitation(
    unit: Opened, caller: Caller, id: AgentId, invitation: str
) -> dict[str, Any]:
    """Stop a link; clients who have come by it stay with the agent."""
    found = read_id(invitation, "invitation_not_found", "Приглашение не найдено.")
    return _shown(await service.revoke(unit, caller, id, found))


@router.post(
    "/v1/chat/sessions/{id}/invitation",
    summary="Accept invitation",
    response_model=ChatSession,
    responses=refusals(401, 403, 404, 422),
)
async def accept_invitation(
    unit: Opened, caller: Caller, id: SessionId, body: AcceptInvitation
) -> dict[str, Any]:
    """Bind an open chat to the agent who invites; a client who has an agent keeps that agent."""
    return present.session(await arrival.accept(unit, caller, id, body.invitation), caller)
