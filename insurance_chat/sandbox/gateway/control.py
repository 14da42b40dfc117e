"""Control of the gateway for tests: acts of people and misbehaviour, as JSON."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from insurance_chat.sandbox.gateway.people import ImpossibleError, People, people_of

router = APIRouter(prefix="/control/gateway", include_in_schema=False)
_People = Annotated[People, Depends(people_of)]


class Pairing(BaseModel):
    """A phone scans what a device shows; without `code` the device's present one."""

    phone: str
    code: str = ""


class Saying(BaseModel):
    """A message of a client; `file` is base64."""

    model_config = ConfigDict(extra="forbid")

    text: str = ""
    name: str = "Анна"
    kind: Literal["", "voice", "audio", "image", "document", "sticker", "video"] = ""
    file: str = ""
    file_name: str = ""
    mime: str = ""
    place: tuple[float, float] | None = None
    card: dict[str, str] | None = None
    quoted: str = ""


class Words(BaseModel):
    """Only words."""

    text: str = ""
    read: bool = False


class PlannedFault(BaseModel):
    """One scripted fault of sending."""

    kind: Literal["status", "later", "delay", "cut", "refused"]
    times: int = Field(default=1, ge=1, le=100)
    status: int = Field(default=503, ge=400, le=599)
    seconds: float = Field(default=0, ge=0, le=600)


class Plan(BaseModel):
    """Lasting misbehaviour."""

    model_config = ConfigDict(extra="forbid")

    duplicates: int = Field(default=0, ge=0, le=10)
    drop: bool = False
    hold: bool = False
    old: bool = False


async def impossible(_: Request, error: Exception) -> Response:
    """Answer to an act that no phone can do now."""
    return JSONResponse({"ok": False, "message": str(error)}, 409)


@router.get("")
async def look(people: _People) -> Response:
    """Devices, messages and the plan."""
    devices = people.phones.devices()
    messages = [one for device in devices for one in people.phones.messages(device["id"])]
    return JSONResponse({"devices": devices, "messages": messages, "plan": people.phones.plan()})


@router.post("/devices/{device_id}/pair")
async def pair(device_id: str, told: Pairing, people: _People) -> Response:
    """Scan the code of a device."""
    device = people.phones.device(device_id)
    if device is None:
        raise ImpossibleError("Такого устройства нет.")
    return JSONResponse(people.scan(told.code or device["code"], told.phone))


@router.post("/devices/{device_id}/logout")
async def log_out(device_id: str, people: _People) -> Response:
    """«Выйти» on the phone."""
    people.log_out(device_id)
    return JSONResponse({"ok": True})


@router.post("/devices/{device_id}/lose")
async def lose(device_id: str, people: _People) -> Response:
    """The connection of a phone goes away, or comes back."""
    people.lose(device_id)
    return JSONResponse({"ok": True})


@router.post("/devices/{device_id}/chats/{chat}/say")
async def say(device_id: str, chat: str, told: Saying, people: _People) -> Response:
    """A client writes; 201 with the message when the webhook has been called."""
    more: dict[str, Any] = {"text": told.text, "name": told.name}
    if told.kind:
        data = base64.b64decode(told.file)
        more["media"] = people.phones.keep_file(told.file_name, told.mime, data, told.kind)
    more |= {name: value for name in ("place", "card", "quoted") if (value := getattr(told, name))}
    return JSONResponse(await people.say(device_id, chat, **more), 201)


@router.post("/devices/{device_id}/chats/{chat}/hand")
async def by_hand(device_id: str, chat: str, told: Words, people: _People) -> Response:
    """The owner answers on the phone."""
    return JSONResponse(await people.answer_by_hand(device_id, chat, told.text), 201)


@router.post("/devices/{device_id}/group")
async def chatter(device_id: str, told: Words, people: _People) -> Response:
    """A message of a group."""
    await people.chatter(device_id, told.text)
    return JSONResponse({"ok": True}, 201)


@router.post("/messages/{message_id}/edit")
async def edit(message_id: str, told: Words, people: _People) -> Response:
    """A client changes a message."""
    await people.edit(message_id, told.text)
    return JSONResponse({"ok": True})


@router.post("/messages/{message_id}/delete")
async def take_back(message_id: str, people: _People) -> Response:
    """A client takes a message back."""
    await people.take_back(message_id)
    return JSONResponse({"ok": True})


@router.post("/messages/{message_id}/receive")
async def receive(message_id: str, told: Words, people: _People) -> Response:
    """A message of ours was delivered or read."""
    await people.receive(message_id, read=told.read)
    return JSONResponse({"ok": True})


@router.get("/files/{key}")
async def file(key: str, people: _People) -> Response:
    """Content of a file of a message."""
    found = people.phones.file(key)
    if found is None:
        raise ImpossibleError("Такого файла нет.")
    return Response(found[0], media_type=found[1])


@router.post("/faults")
async def add_fault(told: PlannedFault, people: _People) -> Response:
    """The next sends end like this."""
    one = told.model_dump(exclude={"times"})
    people.phones.replan(faults=[*people.phones.plan()["faults"], *([one] * told.times)])
    return JSONResponse({"ok": True}, 201)


@router.patch("/plan")
async def replan(told: Plan, people: _People) -> Response:
    """Change lasting misbehaviour."""
    return JSONResponse(people.phones.replan(**told.model_dump(exclude_unset=True)))


@router.post("/behave")
async def behave(people: _People) -> Response:
    """Misbehave no more; what is held back is told with the next release."""
    return JSONResponse(people.phones.replan(faults=[], **Plan().model_dump()))


@router.post("/release")
async def release(people: _People, reverse: bool = False) -> Response:
    """Call webhooks for what was held back."""
    await people.courier.release(reverse=reverse)
    return JSONResponse({"ok": True})
