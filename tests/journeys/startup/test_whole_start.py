"""One command starts everything; the second start finds what the first one left."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

if TYPE_CHECKING:
    from tests.journeys.startup.conftest import Service

PAGES = ("demo", "workspace", "admin_panel", "api_docs", "mail")


def _first_start(data_dir: Path) -> dict[str, object]:
    return dict(json.loads((data_dir / "first-start.json").read_text("utf-8")))


def _alive(pid: int) -> bool:
    # A container without an init process keeps the entry of an ended one.
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_one_command_starts_everything_and_a_second_start_keeps_it(
    service: Service, data_dir: Path
) -> None:
    process = service.start()
    family = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    server = int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    kept = _first_start(data_dir)
    assert kept["url"] == service.url
    assert kept["admin"]
    assert kept["agent"]
    if os.name == "posix":
        assert (data_dir / "first-start.json").stat().st_mode & 0o777 == 0o600
    for page in PAGES:
        answer = httpx.get(str(kept[page]), follow_redirects=True, timeout=30)
        assert answer.status_code == 200, page

    assert service.stop(process) == 0, service.output()
    assert not [one for one in (server, *family) if _alive(one)]
    assert "Traceback" not in service.output()

    again = service.start()
    assert _first_start(data_dir) == kept
    assert service.stop(again) == 0


def test_a_killed_service_starts_again_on_the_same_data(service: Service, data_dir: Path) -> None:
    process = service.start()
    kept = _first_start(data_dir)
    process.kill()
    process.wait(10)
    again = service.start()
    assert _first_start(data_dir) == kept
    assert service.stop(again) == 0


def test_doctor_may_look_at_a_running_service(service: Service) -> None:
    process = service.start()
    report = service.command("doctor", "--json")
    assert report.returncode == 0, report.stdout
    checks = {check["name"]: check["ok"] for check in json.loads(report.stdout)["checks"]}
    assert checks["database"]
    assert checks["migrations"]
    assert checks["worker"]
    assert service.stop(process) == 0


@pytest.mark.skipif(os.name != "posix", reason="SIGTERM does not exist on Windows")
def test_a_request_to_end_from_the_system_is_obeyed(service: Service, data_dir: Path) -> None:
    process = service.start()
    process.terminate()
    assert process.wait(30) == 0
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
