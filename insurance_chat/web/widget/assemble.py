"""Joins the widget's source files into the one script that sites load."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
CSS_FILES = ("base", "panel", "messages", "cards")
# A file stands after everything it imports; a test keeps the list complete and in order.
SOURCE_FILES = (
    "copy",
    "dom",
    "format",
    "text",
    "storage",
    "backoff",
    "api",
    "log",
    "outbox",
    "feed_transports",
    "feed",
    "chat",
    "theme",
    "view_offers",
    "view_voice",
    "view_cards",
    "view_report",
    "view_message",
    "uploads",
    "view_list",
    "recorder",
    "view_recorder",
    "view_composer",
    "view_settings",
    "view_panel",
    "viewport",
    "element",
    "boot",
)
_IMPORT = re.compile(r'^import [^;]+ from "\./[\w.]+";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_COMMENT_LINE = re.compile(r"^\s*(?://.*|/\*\*.*\*/)\n", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


@dataclass(frozen=True)
class Bundle:
    """The script as bytes, plain and gzipped, with the tag that tells browsers when it changed."""

    plain: bytes
    gzipped: bytes
    etag: str


def join_styles() -> str:
    """The widget's CSS in one string, without indentation."""
    text = "".join((STATIC / "css" / f"{name}.css").read_text("utf-8") for name in CSS_FILES)
    return re.sub(r"\s*\n\s*", "", text)


def join_sources() -> str:
    """The ES modules as one strict script in its own scope, so the page's names are not touched.

    Sources keep one statement per line and no multi-line strings, which is why comments and
    indentation can be cut by line.
    """
    parts = []
    for name in SOURCE_FILES:
        text = (STATIC / "src" / f"{name}.js").read_text("utf-8")
        text = _EXPORT.sub("", _IMPORT.sub("", text))
        parts.append(_INDENT.sub("", _COMMENT_LINE.sub("", text)))
    style = f"const STYLE = {json.dumps(join_styles(), ensure_ascii=False)};\n"
    return '(() => {\n"use strict";\n' + style + "".join(parts) + "})();\n"


@cache
def bundle() -> Bundle:
    """Builds the script at the first request and keeps it for the life of the process."""
    plain = re.sub(r"\n{2,}", "\n", join_sources()).encode("utf-8")
    digest = hashlib.sha256(plain).hexdigest()[:20]
    # A weak tag: the same script is sent plain and gzipped.
    return Bundle(plain, gzip.compress(plain, 9, mtime=0), f'W/"{digest}"')
