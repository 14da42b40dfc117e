"""Data files are read quickly and make nothing but plain values."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from insurance_chat.core.yaml_files import parse_yaml, read_yaml

PACKAGE = Path(__file__).parents[3] / "insurance_chat"
FILES = sorted(PACKAGE.rglob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_quick_reader_reads_what_the_plain_one_reads(path: Path) -> None:
    assert read_yaml(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


def test_a_file_cannot_run_anything() -> None:
    with pytest.raises(yaml.YAMLError):
        parse_yaml("!!python/object/apply:os.getcwd []")
