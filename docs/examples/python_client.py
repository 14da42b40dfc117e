# ruff: noqa: T201
"""A client of the chat API in Python.

pip install httpx
CHAT_URL=http://localhost:8000 CHAT_API_KEY=... python python_client.py "Сколько стоит ОСАГО?"
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import httpx


class Chat:
    """One conversation. Keep `thread_id`: with it the assistant remembers what was said."""

    def __init__(self, url: str, key: str = "", thread_id: str | None = None) -> None:
        headers = {"X-API-Key": key} if key else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=90)
        self.thread_id = thread_id or f"python-{uuid.uuid4()}"

    def __enter__(self) -> Chat:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, message: str, tries: int = 3) -> dict[str, Any]:
        """The reply. A repeat after a lost connection is the same message: `message_id` says so."""
        body = self._body(message)
        for left in reversed(range(tries)):
            try:
                answer = self._http.post("/api/chat", json=body)
            except httpx.TransportError:
                if not left:
                    raise
                continue
            if answer.status_code < 500 or not left:
                answer.raise_for_status()
                return dict(answer.json())
        raise ValueError("tries must be at least 1")

    def stream(self, message: str) -> Iterator[dict[str, Any]]:
        """Events of the reply: metadata, chunk, done, error."""
        with self._http.stream("POST", "/api/chat/stream", json=self._body(message)) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line[6:])

    def news(self) -> dict[str, Any]:
        """What was said since the last reply: by a human, or when offers and the policy came."""
        answer = self._http.get("/api/chat", params={"thread_id": self.thread_id})
        answer.raise_for_status()
        return dict(answer.json())

    def _body(self, message: str) -> dict[str, str]:
        return {
            "message": message,
            "thread_id": self.thread_id,
            "message_id": str(uuid.uuid4()),
        }


def main() -> None:
    """Ask once at once and once as a stream."""
    question = sys.argv[1] if len(sys.argv) > 1 else "Сколько стоит ОСАГО?"
    url = os.environ.get("CHAT_URL", "http://localhost:8000")
    with Chat(url, os.environ.get("CHAT_API_KEY", "")) as chat:
        reply = chat.ask(question)
        print(reply["response"])
        for button in reply["metadata"]["quickReplies"]:
            print(f"  [{button['title']}]")
        for event in chat.stream("Спасибо!"):
            if event["type"] == "chunk":
                print(event["content"], end="", flush=True)
            elif event["type"] == "error":
                print(f"\n{event['message']}")
        print()


if __name__ == "__main__":
    main()
