"""A small scripted stand-in for the chat API: it can be slow, refuse, repeat itself and hang up."""

from __future__ import annotations

import asyncio
import copy
import json
import socket
import threading
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response, UploadFile, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import StreamingResponse
from starlette.websockets import WebSocketDisconnect

from insurance_chat.web.widget.routes import router as widget_router

EMPTY = {"expects": None, "expectsAll": [], "payment": None}
LISTS = ("quickReplies", "citations", "offers", "files")


@dataclass
class Script:
    """What goes wrong, and when. Tests change it while the widget runs."""

    post_statuses: list[int] = field(default_factory=list)
    store_then_fail: int = 0
    post_delay: float = 0
    upload_statuses: list[int] = field(default_factory=list)
    refuse_sockets: bool = False
    refuse_events: bool = False
    cut_after_frames: int | None = None
    repeat_frames: bool = False
    reverse_batches: bool = False
    page_size: int = 100


@dataclass
class Session:
    """One conversation: its numbered frames are the truth that every transport reads."""

    id: str
    token: str
    state: str = "qa"
    frames: list[dict[str, Any]] = field(default_factory=list)
    passing: list[dict[str, Any]] = field(default_factory=list)

    def append(self, frame: dict[str, Any]) -> int:
        """Numbers a frame and adds it to the log; returns its seq."""
        seq = len(self.frames) + 1
        self.frames.append({**frame, "seq": seq})
        return seq

    def messages(self) -> list[dict[str, Any]]:
        """The messages of the log in order."""
        return [frame["message"] for frame in self.frames if frame["type"] == "message"]

    def say(
        self, text: str | None, sender: str = "ai", metadata: Any = None, **more: Any
    ) -> dict[str, Any]:
        """Adds a message to the log and returns it."""
        message = {
            "id": str(uuid.uuid4()),
            "sessionId": self.id,
            "sender": sender,
            "text": text,
            "voiceUrl": None,
            "fileUrl": None,
            "createdAt": datetime.now(UTC).isoformat(),
            "clientMessageId": None,
            "metadata": {**EMPTY, **{name: [] for name in LISTS}, **(metadata or {})},
            **more,
        }
        message["seq"] = self.append({"type": "message", "message": message})
        return message

    def view(self, *, with_token: bool = False) -> dict[str, Any]:
        """The session as the API shows it."""
        body: dict[str, Any] = {
            "id": self.id,
            "userId": "u1",
            "agentId": None,
            "state": self.state,
            "preferVoice": False,
            "email": None,
        }
        return {**body, "accessToken": self.token} if with_token else body


class StubApi:
    """The API and what it has seen: open connections, posts, incidents, typing notices."""

    def __init__(self) -> None:
        self.script = Script()
        self.sessions: dict[str, Session] = {}
        self.posts: list[dict[str, Any]] = []
        self.incidents: list[dict[str, Any]] = []
        self.preferences: list[dict[str, Any]] = []
        self.ways: list[dict[str, str]] = []
        self.links: dict[str, Session] = {}
        self.uploads: list[str] = []
        self.received: list[dict[str, Any]] = []
        self.url = ""
        self.created = 0
        self.signatures = 0
        self.connections = {"ws": 0, "events": 0, "polls": 0}
        self.live: set[WebSocket] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.app = FastAPI()
        self.app.add_middleware(
            CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
        )
        self.app.include_router(_routes(self))
        self.app.include_router(widget_router)

    @property
    def session(self) -> Session:
        """The latest session."""
        return next(reversed(self.sessions.values()))

    def say(self, text: str | None, **more: Any) -> dict[str, Any]:
        """The assistant, agent or system says something in the latest session."""
        return self.session.say(text, **more)

    def change_state(self, state: str, agent_name: str | None = None) -> None:
        """The conversation is handed over, taken or given back."""
        self.session.state = state
        self.session.append({"type": "state", "state": state, "agentName": agent_name})

    def learn_sound(self, message: dict[str, Any], state: str, **more: Any) -> None:
        """Words of a recording, or the recording of a reply, become known."""
        self.session.append(
            {"type": "voice", "messageId": message["id"], "state": state, "seconds": 1.5, **more}
        )

    def typing(self, sender: str = "ai", expires_in_ms: int = 3000) -> None:
        """A notice that is never stored."""
        self.session.passing.append(
            {"type": "typing", "sender": sender, "expiresInMs": expires_in_ms}
        )

    def grow(self, message_id: str, text: str) -> None:
        """A reply while it is written; an empty text takes it back."""
        self.session.passing.append(
            {"type": "partial", "messageId": message_id, "sender": "ai", "text": text}
        )

    def cut(self) -> None:
        """Breaks every open socket without a word."""

        async def close_all() -> None:
            for connection in list(self.live):
                await connection.close(1012)

        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(close_all(), self.loop).result(5)

    def authorised(self, session_id: str, header: str | None) -> Session:
        """The session when the bearer token fits; 404 or 401 otherwise."""
        session = self.sessions.get(session_id)
        if session is None:
            raise HTTPException(404, "session_not_found")
        if header != f"Bearer {session.token}":
            raise HTTPException(401, "bad_token")
        return session

    def signed(self, frame: dict[str, Any]) -> dict[str, Any]:
        """The frame with fresh links: like the service, the stub signs them at every showing."""
        if frame["type"] != "message":
            return frame
        self.signatures += 1
        message = copy.deepcopy(frame["message"])
        for card in (*message["metadata"]["files"], *message["metadata"]["citations"]):
            if card.get("url"):
                card["url"] = f"{card['url']}#{self.signatures}"
        return {**frame, "message": message}

    async def frames_after(
        self, session: Session, cursor: int, passed: int
    ) -> AsyncIterator[dict[str, Any]]:
        """The log from a place on, then whatever comes, with the scripted disorder.

        Args:
            passed: how many passing notices there were before the test could see the connection; to
                count them later would lose a notice that the test sends at once.
        """
        while True:
            batch = [frame for frame in session.frames if frame["seq"] > cursor]
            cursor = max([cursor, *(frame["seq"] for frame in batch)])
            for frame in reversed(batch) if self.script.reverse_batches else batch:
                yield self.signed(frame)
                if self.script.repeat_frames:
                    yield self.signed(frame)
            for frame in session.passing[passed:]:
                yield frame
            passed = len(session.passing)
            await asyncio.sleep(0.01)


def _routes(stub: StubApi) -> APIRouter:
    router = APIRouter()
    _session_routes(router, stub)
    _message_routes(router, stub)
    _feed_routes(router, stub)
    return router


def _session_routes(router: APIRouter, stub: StubApi) -> None:
    @router.post("/v1/chat/sessions", status_code=201)
    async def create(body: dict[str, Any]) -> dict[str, Any]:
        assert body["channel"] == "web"
        assert uuid.UUID(body["channelUserId"])
        stub.created += 1
        session = Session(str(uuid.uuid4()), uuid.uuid4().hex)
        stub.sessions[session.id] = session
        return session.view(with_token=True)

    @router.get("/v1/chat/sessions/{session_id}")
    async def read(session_id: str, request: Request) -> dict[str, Any]:
        return stub.authorised(session_id, request.headers.get("authorization")).view()

    @router.post("/v1/chat/sessions/{session_id}/continue")
    async def continue_elsewhere(session_id: str, request: Request) -> dict[str, Any]:
        stub.authorised(session_id, request.headers.get("authorization"))
        return {"ways": stub.ways}

    @router.post("/v1/chat/returns", status_code=201)
    async def come_back(body: dict[str, str]) -> dict[str, Any]:
        session = stub.links.pop(body["link"], None)
        if session is None:
            raise HTTPException(404, "link_expired")
        return session.view(with_token=True)

    @router.post("/v1/chat/sessions/{session_id}/handover/request", status_code=202)
    async def handover(session_id: str, request: Request) -> dict[str, Any]:
        stub.authorised(session_id, request.headers.get("authorization"))
        stub.change_state("handover_requested")
        return {}

    @router.post("/v1/chat/sessions/{session_id}/preferences")
    async def preferences(session_id: str, request: Request) -> dict[str, Any]:
        session = stub.authorised(session_id, request.headers.get("authorization"))
        stub.preferences.append(await request.json())
        return session.view()

    @router.post("/v1/incidents", status_code=201)
    async def incident(body: dict[str, Any]) -> dict[str, Any]:
        stub.incidents.append(body)
        return {"id": "i1"}


def _message_routes(router: APIRouter, stub: StubApi) -> None:
    @router.get("/v1/chat/sessions/{session_id}/messages")
    async def history(
        session_id: str,
        request: Request,
        cursor: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        session = stub.authorised(session_id, request.headers.get("authorization"))
        stub.connections["polls"] += cursor is not None
        size = min(limit, stub.script.page_size)
        known = [m for m in session.messages() if m["seq"] < (before or 2**63)]
        page = [m for m in known if m["seq"] > (cursor or 0)]
        page = page[:size] if before is None else page[-size:]
        more = str(page[0]["seq"]) if before is not None and len(page) == size else None
        after = str(page[-1]["seq"] if page else cursor or 0)
        return {"items": page, "nextCursor": after, "prevCursor": more}

    @router.post("/v1/chat/messages", status_code=201)
    async def post(body: dict[str, Any], request: Request) -> dict[str, Any]:
        session = stub.authorised(body["sessionId"], request.headers.get("authorization"))
        stub.posts.append(body)
        await asyncio.sleep(stub.script.post_delay)
        if stub.script.post_statuses:
            raise HTTPException(stub.script.post_statuses.pop(0), "scripted")
        for message in session.messages():
            if message["clientMessageId"] == body["clientMessageId"]:
                return message
        url = body.get("fileUrl")
        files = [{"name": "страховка.pdf", "url": url, "mime": "application/pdf", "size": 5}]
        message = session.say(
            body.get("text"),
            sender="user",
            clientMessageId=body["clientMessageId"],
            fileUrl=url,
            voiceUrl=body.get("voiceUrl"),
            metadata={"files": files if url else []},
        )
        if stub.script.store_then_fail:
            stub.script.store_then_fail -= 1
            raise HTTPException(502, "stored, but the answer was lost")
        return message

    @router.post("/v1/chat/sessions/{session_id}/files", status_code=201)
    async def upload(session_id: str, file: UploadFile, request: Request) -> dict[str, Any]:
        stub.authorised(session_id, request.headers.get("authorization"))
        if stub.script.upload_statuses:
            raise HTTPException(stub.script.upload_statuses.pop(0), "Такой файл не принимаем.")
        stub.uploads.append(file.filename or "")
        content = await file.read()
        url = f"/files/{len(stub.uploads)}?sig=1"
        return {"url": url, "name": file.filename, "mime": file.content_type, "size": len(content)}

    @router.get("/files/{name}")
    async def stored(name: str) -> Response:
        return Response(f"file {name}", media_type="application/pdf")


def _feed_routes(router: APIRouter, stub: StubApi) -> None:
    @router.websocket("/v1/chat/sessions/{session_id}/ws")
    async def live(connection: WebSocket, session_id: str, cursor: int = 0) -> None:
        stub.loop = asyncio.get_running_loop()
        session = stub.sessions.get(session_id)
        protocols = connection.scope["subprotocols"]
        right = session is not None and f"token.{session.token}" in protocols
        if session is None or not right or stub.script.refuse_sockets:
            await connection.close(1008)
            return
        await connection.accept("insurance-chat.v1")
        await _serve_socket(stub, connection, session, cursor)

    @router.get("/v1/chat/sessions/{session_id}/events")
    async def events(session_id: str, request: Request, cursor: int = 0) -> StreamingResponse:
        session = stub.authorised(session_id, request.headers.get("authorization"))
        if stub.script.refuse_events:
            raise HTTPException(503, "scripted")
        passed = len(session.passing)
        stub.connections["events"] += 1
        frames = _events(stub, session, cursor, passed)
        return StreamingResponse(frames, media_type="text/event-stream")


async def _serve_socket(
    stub: StubApi, connection: WebSocket, session: Session, cursor: int
) -> None:
    async def listen() -> None:
        while True:
            stub.received.append(await connection.receive_json())

    async def speak() -> None:
        count = 0
        async for frame in stub.frames_after(session, cursor, passed):
            await connection.send_json(frame)
            count += 1
            if stub.script.cut_after_frames and count >= stub.script.cut_after_frames:
                await connection.close(1011)

    passed = len(session.passing)
    stub.connections["ws"] += 1
    stub.live.add(connection)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(listen())
            group.create_task(speak())
    except* (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        stub.live.discard(connection)


async def _events(stub: StubApi, session: Session, cursor: int, passed: int) -> AsyncIterator[str]:
    async for frame in stub.frames_after(session, cursor, passed):
        number = f"id: {frame['seq']}\n" if "seq" in frame else ""
        yield f"{number}event: {frame['type']}\ndata: {json.dumps(frame)}\n\n"


class Server:
    """Serves an application on a free local port in a thread of its own."""

    def __init__(self, app: FastAPI) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(
            app, log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],))

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()
