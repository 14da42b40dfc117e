"""Puts the emulator into the sandbox application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI

from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.graph import control, screens
from insurance_chat.sandbox.graph.app import create_graph_app
from insurance_chat.sandbox.graph.courier import GraphCourier
from insurance_chat.sandbox.graph.events import Events
from insurance_chat.sandbox.graph.world import World


def mount_graph(app: FastAPI, sandbox: Sandbox) -> Callable[[], Awaitable[None]]:
    """Add the Graph API, its control and its pages; gives what is to be called at the end."""
    world = World(sandbox)
    courier = GraphCourier(world)
    events = Events(world, courier)
    app.state.graph, app.state.graph_courier, app.state.graph_events = world, courier, events
    app.include_router(control.router)
    app.include_router(screens.router)
    app.mount("/graph", create_graph_app(world, courier, events))
    return courier.stop
