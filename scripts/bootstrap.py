"""Prepares `.venv` on a machine with Python 3.11 and nothing else.

    python3 scripts/bootstrap.py run      what is needed to run
    python3 scripts/bootstrap.py dev      and what is needed to test
    python3 scripts/bootstrap.py bench    and what the service is measured against

Runs under the system's Python and uses only its standard library. A stamp file makes the second
call instant while `uv.lock` has not changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".synced"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
SUFFIX = ".exe" if WINDOWS else ""


class RefusalError(Exception):
    """A sentence for the person at the screen."""


def main(arguments: list[str]) -> int:
    """Prepare the environment; exit code 1 with a Russian sentence when it cannot be done."""
    kind = arguments[0] if arguments else "run"
    try:
        if sys.version_info < (3, 11):  # noqa: UP036 - the very check that says so
            raise RefusalError(
                f"Нужен Python 3.11 или новее, а здесь {sys.version.split()[0]}. "
                "Установите его: https://www.python.org/downloads/"
            )
        if not _is_synced(kind):
            _sync(kind)
            if kind == "run":
                _offer_recognition()
        if kind == "dev":
            _ensure_browser()
            _offer_light_browser()
            _ensure_recognition()
            _offer_voice()
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Остановлено.", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"Не удалось подготовить папку {VENV}: {problem}", file=sys.stderr)
        return 1
    return 0


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def _is_synced(kind: str) -> bool:
    if not (BIN / f"python{SUFFIX}").exists() or not STAMP.exists():
        return False
    fingerprint, _, kinds = STAMP.read_text("utf-8").partition("\n")
    return fingerprint == _fingerprint() and kind in kinds.split()


def _sync(kind: str) -> None:
    started = time.monotonic()
    uv = _uv()
    print("Устанавливаю зависимости, при первом запуске это занимает около минуты…", flush=True)
    # Inexact keeps uv itself, and the tools for tests when the service is started after them.
    command = [uv, "sync", "--locked", "--inexact", "--quiet", "--python", sys.executable]
    if kind == "run":
        command.append("--no-dev")
    if kind == "bench":
        command += ["--group", "bench"]
    done = subprocess.run(command, cwd=ROOT, env=_environment())
    if done.returncode != 0:
        raise RefusalError(
            "Зависимости не установились (причина выше). Обычно виновата сеть: проверьте доступ "
            "к pypi.org или задайте зеркало в UV_DEFAULT_INDEX и запустите снова."
        )
    kinds = {"run": "run", "dev": "run dev", "bench": "run dev bench"}[kind]
    STAMP.write_text(f"{_fingerprint()}\n{kinds}\n", "utf-8")
    print(f"Зависимости готовы за {time.monotonic() - started:.0f} с.", flush=True)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {**kept, "UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(VENV)}


def _uv() -> str:
    found = shutil.which("uv")
    if found:
        return found
    own = BIN / f"uv{SUFFIX}"
    if own.exists():
        return str(own)
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        _apt_install([f"python{version}-venv"], "Не хватает модуля venv.")
    print("Создаю окружение .venv…", flush=True)
    command = [sys.executable, "-m", "venv", str(VENV)]
    if (VENV / "pyvenv.cfg").exists() and not (BIN / f"python{SUFFIX}").exists():
        command.append("--clear")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RefusalError(f"Не удалось создать окружение .venv:\n{done.stdout}{done.stderr}")
    pip = [str(BIN / f"python{SUFFIX}"), "-m", "pip", "install", "--quiet", "uv"]
    if subprocess.run([*pip, "--disable-pip-version-check"]).returncode != 0:
        raise RefusalError(
            "Не удалось скачать установщик uv (причина выше). Проверьте доступ к pypi.org."
        )
    return str(own)


def _ensure_browser() -> None:
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if sys.platform != "linux":
        print("Браузера Chromium нет: проверки страниц в браузере будут пропущены.")
        return
    _apt_install(["chromium"], "Для проверок страниц нужен браузер Chromium.")


def _offer_light_browser() -> None:
    """The browser without a window: it does half the work, so that the checks end sooner."""
    if shutil.which("chromium-headless-shell") or not shutil.which("apt-get"):
        return
    try:
        _apt_install(["chromium-headless-shell"], "Проверкам страниц хватит браузера без окна.")
    except RefusalError:
        print("Браузера без окна нет: проверки пойдут в обычном, дольше.", flush=True)


def _ensure_recognition() -> None:
    """The program that reads scans, with the Russian language."""
    if shutil.which("tesseract"):
        return
    if sys.platform != "linux":
        print("Программы tesseract нет: проверки распознавания сканов будут пропущены.")
        return
    _apt_install(
        ["tesseract-ocr", "tesseract-ocr-rus"], "Для чтения сканов нужна программа tesseract."
    )


def _offer_recognition() -> None:
    """The service runs without it, so what cannot be installed is only named."""
    try:
        _ensure_recognition()
    except RefusalError as refusal:
        print(f"{refusal} Пока её нет, сканы в базе знаний не читаются.", flush=True)


def _offer_voice() -> None:
    """A program that speaks: without it the tests with a real voice are skipped."""
    if shutil.which("espeak-ng") or sys.platform != "linux":
        return
    try:
        _apt_install(["espeak-ng"], "Для проверок с настоящим голосом нужна программа espeak-ng.")
    except RefusalError as refusal:
        print(f"{refusal} Пока её нет, эти проверки пропускаются.", flush=True)


def _apt_install(packages: list[str], reason: str) -> None:
    names = " ".join(packages)
    advice = f"{reason} Установите: apt-get install {names}"
    apt = shutil.which("apt-get")
    if apt is None:
        raise RefusalError(advice.replace("apt-get install", "пакет"))
    before: list[str] = []
    if os.geteuid() != 0:
        sudo = shutil.which("sudo")
        # Without a terminal a password prompt would hang for ever.
        if sudo is None or subprocess.run([sudo, "-n", "true"], capture_output=True).returncode:
            raise RefusalError(advice.replace("apt-get", "sudo apt-get"))
        before = [sudo, "-n"]
    print(f"{reason} Устанавливаю {names}…", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*before, apt, "update", "-qq"], env=environment, stdout=subprocess.DEVNULL)
    install = [*before, apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    if subprocess.run(install, env=environment, stdout=subprocess.DEVNULL).returncode != 0:
        raise RefusalError(f"{advice} (сама установка не удалась, причина выше).")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
