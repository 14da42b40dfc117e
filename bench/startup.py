"""How long until the service answers: a first start in an empty folder, and later starts.

`python -m bench.startup`
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time

from tests.support.processes import free_port, wait_until_serving


def _run(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "insurance_chat", "run"],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def start_once(data_dir: str) -> float:
    """Seconds from the command to the first good answer of `/health`; stops the service again."""
    port = free_port()
    environment = {
        "DATA_DIR": data_dir,
        "PORT": str(port),
        "DATABASE_URL": "",
        "POLIS_ONLINE_URL": "",
        "SMTP_URL": "",
    }
    begun = time.perf_counter()
    process = _run(environment)
    try:
        await wait_until_serving(f"http://127.0.0.1:{port}/health")
        return time.perf_counter() - begun
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 60)


async def measure(warm_starts: int = 3) -> None:
    """Print the time of the first start and the median of later ones."""
    with tempfile.TemporaryDirectory() as folder:
        cold = await start_once(folder)
        warm = [await start_once(folder) for _ in range(warm_starts)]
    print("| start | until /health answers, s |\n|---|---|")
    print(f"| first, empty data folder | {cold:.1f} |")
    print(f"| later, median of {warm_starts} | {statistics.median(warm):.1f} |")


if __name__ == "__main__":
    asyncio.run(measure())
