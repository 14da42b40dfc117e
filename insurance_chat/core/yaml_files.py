"""Reads our YAML data files quickly: there are hundreds of kilobytes of them at every start."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

# The reader in C takes a tenth of the time; an installation built without it reads the same slowly.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path | Traversable) -> Any:
    """Content of a YAML file: plain lists, dictionaries and values only.

    Args:
        path: a UTF-8 file.

    Raises:
        OSError: the file cannot be read.
        yaml.YAMLError: it is not YAML, or asks for an object of Python.
    """
    return parse_yaml(path.read_text(encoding="utf-8"))


def parse_yaml(text: str) -> Any:
    """Content of a YAML text: plain lists, dictionaries and values only.

    Raises:
        yaml.YAMLError: it is not YAML, or asks for an object of Python.
    """
    return yaml.load(text, _LOADER)  # noqa: S506 - both loaders are the safe ones
