"""Agents: registration, status, companies, help with an answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints

from insurance_chat.accounts import agents
from insurance_chat.accounts.agents import AgentStatus, AgentView
from insurance_chat.api.deps import (
    AgentId,
    Caller,
    HomeTenant,
    Opened,
    Visitor,
    address_of,
    state_of,
)
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Code, FilledLine, Line, Model, Password
from insurance_chat.api.v1.auth import OPEN, LoginRequest, LoginResponse, log_in, shown

router = APIRouter(tags=["agents"])
Companies = Annotated[list[Code], Field(max_length=agents.MOST_COMPANIES)]


class RegisterAgentRequest(Model):
    """A new agent. Without an administrator's token the agent waits for approval."""

    name: Annotated[FilledLine, StringConstraints(max_length=200)]
    login: Line
    password: Annotated[Password, Field(json_schema_extra={"minLength": 10})]
    companies: Companies = Field(default_factory=list)
    phone: Annotated[Line, StringConstraints(max_length=40)] | None = Field(
        None, description="Seen by administrators only, never returned."
    )


class StatusChange(Model):
    """Whether the agent takes chats."""

    status: Literal["available", "busy", "offline"]


class CompaniesChange(Model):
    """Codes of the insurers that the agent knows."""

    companies: Companies


class Agent(Model):
    """An agent."""

    id: str
    name: str
    login: str
    status: Literal["available", "busy", "offline"]
    companies: list[str]
    approved: bool


class AgentList(Model):
    """All agents of the company."""

    items: list[Agent]


def _shown(agent: AgentView) -> dict[str, Any]:
    return {
        "id": str(agent.id),
        "name": agent.name,
        "login": agent.login,
        "status": agent.status.value,
        "companies": agent.companies,
        "approved": agent.approved,
    }


@router.post(
    "/v1/agents",
    status_code=201,
    summary="Register agent",
    response_model=Agent,
    responses=refusals(401, 409, 429),
    openapi_extra={"security": [{}, {"bearerAuth": []}]},
)
async def register_agent(
    request: Request, unit: Opened, visitor: Visitor, home: HomeTenant, body: RegisterAgentRequest
) -> dict[str, Any]:
    """Register an agent: at once by an administrator, for approval by anybody else."""
    by_admin = visitor is not None and visitor.is_admin
    if not by_admin:
        state_of(request).logins.check_registration(address_of(request))
    agent = await agents.register(
        unit,
        visitor.tenant_id if visitor is not None else home,
        visitor,
        name=body.name,
        login=body.login,
        password=body.password,
        companies=body.companies,
        phone=body.phone or "",
    )
    return _shown(agent)


@router.get(
    "/v1/agents", summary="List agents", response_model=AgentList, responses=refusals(401, 403)
)
async def list_agents(unit: Opened, caller: Caller) -> dict[str, Any]:
    """All agents, for the administrator."""
    return {"items": [_shown(agent) for agent in await agents.list_agents(unit, caller)]}


@router.post(
    "/v1/agents/login",
    summary="Agent login",
    responses=refusals(401, 403, 429),
    openapi_extra=OPEN,
)
async def login(request: Request, body: LoginRequest) -> LoginResponse:
    """The same as `/v1/auth/login`."""
    return shown(await log_in(request, body))


@router.put(
    "/v1/agents/{id}/status",
    summary="Update agent status",
    response_model=Agent,
    responses=refusals(401, 403, 404),
)
async def set_status(
    unit: Opened, caller: Caller, id: AgentId, body: StatusChange
) -> dict[str, Any]:
    """By the agent or the administrator."""
    return _shown(await agents.set_status(unit, caller, id, AgentStatus(body.status)))


@router.put(
    "/v1/agents/{id}/companies",
    summary="Update agent companies",
    response_model=Agent,
    responses=refusals(401, 403, 404),
)
async def set_companies(
    unit: Opened, caller: Caller, id: AgentId, body: CompaniesChange
) -> dict[str, Any]:
    """By the agent or the administrator."""
    return _shown(await agents.set_companies(unit, caller, id, body.companies))
