"""Keys of language models (`/api/admin/ai-tokens` of the platform's document)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from insurance_chat.api.deps import Caller, Opened
from insurance_chat.api.platform.refusals import PlatformRoute
from insurance_chat.api.texts import Code, FilledLine, Flag, Text, Url
from insurance_chat.llm import tokens
from insurance_chat.llm.tokens import TokenView

router = APIRouter(
    prefix="/api/admin/ai-tokens",
    tags=["platform"],
    route_class=PlatformRoute,
    include_in_schema=False,
)
LARGEST = 2_000_000_000
Limit = Annotated[int, Field(ge=0, le=LARGEST, strict=True)]
Name = Annotated[FilledLine, StringConstraints(max_length=120)]
Secret = Annotated[Text, StringConstraints(min_length=1, max_length=2000)]
Notes = Annotated[Text, StringConstraints(max_length=500)]
ModelName = Annotated[Code, StringConstraints(min_length=1, max_length=60)]
Models = Annotated[list[ModelName], Field(min_length=1, max_length=50)]
TokenId = Annotated[int, Path(ge=1, le=2**62)]


class AiTokenChange(BaseModel):
    """What may be changed; a field that is left out stays as it is."""

    model_config = ConfigDict(extra="ignore")

    name: Name | None = None
    token: Secret | None = None
    provider: Literal["openai", "gigachat"] | None = None
    base_url: Annotated[Url, StringConstraints(max_length=300)] | None = None
    model_access: Models | None = None
    daily_limit: Limit | None = None
    monthly_limit: Limit | None = None
    priority: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None
    is_active: Flag | None = None
    domestic: Flag | None = None
    notes: Notes | None = None

    def given(self) -> dict[str, Any]:
        """Fields of the request; null takes a limit away and means nothing elsewhere."""
        return {
            name: value
            for name, value in self.model_dump(exclude_unset=True).items()
            if value is not None or name in ("daily_limit", "monthly_limit")
        }


class NewAiToken(AiTokenChange):
    """A new key."""

    name: Name
    token: Secret
    model_access: Models


class AiToken(BaseModel):
    """A key as it is shown: of the key itself only the last letters."""

    id: int
    name: str
    token: str
    model_access: list[str]
    daily_limit: int | None
    monthly_limit: int | None
    daily_usage: int
    monthly_usage: int
    priority: int
    is_active: bool
    created_at: datetime
    notes: str
    provider: str
    base_url: str
    domestic: bool
    monthly_tokens: int
    last_failure: str | None
    resting_until: datetime | None
    from_settings: bool


def _shown(view: TokenView) -> AiToken:
    fields = {name: getattr(view, name) for name in AiToken.model_fields if name != "token"}
    return AiToken(token=view.hint, **fields)


@router.get("")
async def list_ai_tokens(unit: Opened, caller: Caller) -> list[AiToken]:
    """Keys in the order in which they are tried."""
    return [_shown(one) for one in await tokens.list_tokens(unit, caller)]


@router.post("", status_code=201)
async def add_ai_token(unit: Opened, caller: Caller, body: NewAiToken) -> AiToken:
    """Add a key."""
    return _shown(await tokens.add(unit, caller, body.given()))


@router.api_route("/{token_id}", methods=["PUT", "PATCH"])
async def change_ai_token(
    unit: Opened, caller: Caller, token_id: TokenId, body: AiTokenChange
) -> AiToken:
    """Change a key; both methods leave alone what the body does not name."""
    return _shown(await tokens.change(unit, caller, token_id, body.given()))


@router.delete("/{token_id}", status_code=204)
async def delete_ai_token(unit: Opened, caller: Caller, token_id: TokenId) -> Response:
    """Forget a key."""
    await tokens.remove(unit, caller, token_id)
    return Response(status_code=204)
