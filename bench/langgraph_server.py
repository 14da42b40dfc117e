"""A minimal chat server of LangGraph: one node that asks the model, memory in SQLite; nothing else.

What its own guides show: `MessagesState`, `AsyncSqliteSaver`, the whole thread sent to the model. It
has no knowledge base, no rules, no checks and no accounts of what the model was asked.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, convert_to_openai_messages
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from openai import AsyncOpenAI
from pydantic import BaseModel

MODEL_URL = os.environ["MODEL_URL"]
FILE = os.environ["SQLITE_FILE"]
SYSTEM = {"role": "system", "content": "Ты помогаешь клиентам страхового сервиса."}


class Asked(BaseModel):
    """What a client says."""

    message: str
    thread_id: str


class Seed(BaseModel):
    """A thread that is to have so many messages."""

    thread_id: str
    count: int
    texts: list[str]


def create_app() -> FastAPI:
    """The server as an application."""
    model = AsyncOpenAI(base_url=MODEL_URL, api_key="bench", max_retries=0)

    async def ask(state: MessagesState) -> dict[str, list[BaseMessage]]:
        messages: Any = [SYSTEM, *convert_to_openai_messages(state["messages"])]
        answer = await model.chat.completions.create(model="bench", messages=messages)
        return {"messages": [AIMessage(answer.choices[0].message.content or "")]}

    graph = StateGraph(MessagesState)
    graph.add_node("ask", ask)
    graph.add_edge(START, "ask")
    graph.add_edge("ask", END)
    compiled: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncSqliteSaver.from_conn_string(FILE) as saver:
            compiled["graph"] = graph.compile(checkpointer=saver)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/api/chat")
    async def chat(asked: Asked) -> dict[str, Any]:
        config = {"configurable": {"thread_id": asked.thread_id}}
        state = await compiled["graph"].ainvoke({"messages": [HumanMessage(asked.message)]}, config)
        return {"response": state["messages"][-1].content, "thread_id": asked.thread_id}

    @app.post("/seed")
    async def seed(wanted: Seed) -> dict[str, int]:
        """Make a long thread at once; kinder than so many turns, which leave a checkpoint each."""
        texts = [wanted.texts[at % len(wanted.texts)] for at in range(wanted.count // 2)]
        said = [one for text in texts for one in (HumanMessage(text), AIMessage(text))]
        config = {"configurable": {"thread_id": wanted.thread_id}}
        await compiled["graph"].aupdate_state(config, {"messages": said}, as_node="ask")
        return {"count": len(said)}

    return app
