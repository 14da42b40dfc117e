"""Puts the emulated Graph API together."""

from __future__ import annotations

from fastapi import FastAPI

from insurance_chat.sandbox.graph import instagram, nodes, whatsapp
from insurance_chat.sandbox.graph.courier import GraphCourier
from insurance_chat.sandbox.graph.events import Events
from insurance_chat.sandbox.graph.faults import GraphFaults
from insurance_chat.sandbox.graph.wire import GraphApiError, refuse
from insurance_chat.sandbox.graph.world import World


def create_graph_app(world: World, courier: GraphCourier, events: Events) -> FastAPI:
    """The API that the product calls, to be mounted under `/graph`."""
    app = FastAPI(title="Graph API", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.graph, app.state.courier, app.state.events = world, courier, events
    app.add_middleware(GraphFaults, world=world)
    app.add_exception_handler(GraphApiError, refuse)
    for part in (instagram, whatsapp, nodes):
        app.include_router(part.router)
    return app
