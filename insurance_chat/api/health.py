"""Is the service alive, and how busy is it."""

from __future__ import annotations

from functools import lru_cache

import psycopg
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from insurance_chat.api.deps import services_of, state_of
from insurance_chat.insurance.products import load_catalog

router = APIRouter(include_in_schema=False)
GOOD = "ok"
NEEDED = "database"


@router.get("/health")
async def health(request: Request) -> JSONResponse:
    """200 while we can serve (`degraded` when something beside the database is down), else 503.

    `status` and `agent` are agreed in the documents of the chat API, `checks` is ours.
    """
    checks = {NEEDED: await _database(request)}
    more = state_of(request).health
    if more is not None:
        checks |= await more()
    status = "healthy" if all(state == GOOD for state in checks.values()) else "degraded"
    serving = checks.get(NEEDED, GOOD) == GOOD
    agent = {"initialized": serving, "tools": _tools(), "memory_enabled": True}
    body = {"status": status, "agent": agent, "checks": checks}
    return JSONResponse(body, 200 if serving else 503)


@lru_cache(maxsize=1)
def _tools() -> int:
    return sum(flow.offered for flow in load_catalog().flows.values())


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counters for Prometheus."""
    return Response(
        generate_latest(state_of(request).metrics.registry), media_type=CONTENT_TYPE_LATEST
    )


async def _database(request: Request) -> str:
    try:
        async with services_of(request).db.pool.connection(timeout=3) as connection:
            await AsyncConnectionPool.check_connection(connection)
    except (psycopg.Error, PoolTimeout) as error:
        return type(error).__name__
    return GOOD
