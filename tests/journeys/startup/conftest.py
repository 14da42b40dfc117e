"""A service started as people start it: a process of its own, a folder and a port of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from insurance_chat.core.db.embedded import EmbeddedPostgres

READY_SECONDS = 300


@dataclass
class Service:
    """Runs commands of the product against one data folder."""

    data_dir: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "insurance_chat", *arguments],
            env=self._environment(environment),
            cwd=self.data_dir.parent,
            capture_output=True,
            text=True,
            timeout=READY_SECONDS,
        )

    def start(self) -> subprocess.Popen[str]:
        """Start everything and wait until it answers."""
        log = (self.data_dir.parent / "output.log").open("a")
        process = subprocess.Popen(
            [sys.executable, "-m", "insurance_chat", "run"],
            env=self._environment({}),
            cwd=self.data_dir.parent,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        log.close()
        self.running.append(process)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert process.poll() is None, f"the service ended: {self.output()}"
            try:
                if httpx.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return process
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"the service did not become ready: {self.output()}")

    def stop(self, process: subprocess.Popen[str]) -> int:
        """Press Ctrl-C and wait for the end."""
        process.send_signal(signal.SIGINT)
        return process.wait(30)

    def output(self) -> str:
        """Everything that the started services printed."""
        return (self.data_dir.parent / "output.log").read_text("utf-8", "replace")

    @property
    def url(self) -> str:
        """Where the service answers."""
        return f"http://127.0.0.1:{self.port}"

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        own = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "PYTHONUTF8": "1"}
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        return {**kept, **own, **self.environment, **more}


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "var"
    yield folder
    _kill_servers_under(tmp_path)


@pytest.fixture
def service(data_dir: Path, free_port: int) -> Iterator[Service]:
    started = Service(data_dir, free_port)
    yield started
    for process in started.running:
        if process.poll() is None:
            process.kill()
            process.wait(10)


@pytest.fixture
def postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(data_dir)
    yield server
    server.stop()


def _kill_servers_under(folder: Path) -> None:
    for process in psutil.process_iter():
        try:
            if process.name().startswith("postgres") and folder in Path(process.cwd()).parents:
                process.kill()
        except (psutil.Error, OSError):
            continue
