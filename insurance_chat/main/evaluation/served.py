"""The sandbox on a real loopback port, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

GRACE_SECONDS = 3  # a call that waits for news is cut off then
LONGEST_END_SECONDS = 30.0


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI application on a free loopback port; gives its address.

    Raises:
        RuntimeError: the application does not start.
    """
    config = uvicorn.Config(
        app,
        port=0,
        log_level="critical",
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the emulators do not start")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        # Whatever happened inside: a server that is left alone leaves its sockets to nobody.
        server.should_exit = True
        thread.join(LONGEST_END_SECONDS)
