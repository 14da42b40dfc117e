"""Documents keep step with the code."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from insurance_chat.main.settings_docs import setting_classes, settings_page

if TYPE_CHECKING:
    from tests.architecture.conftest import Source

ROOT = Path(__file__).resolve().parents[2]
ADMIN = ROOT / "docs" / "admin"


def test_the_reference_of_settings_is_current() -> None:
    kept = (ADMIN / "settings.md").read_text("utf-8")
    assert kept == settings_page(), "run: python -m insurance_chat docs settings"


def test_every_setting_says_what_it_means() -> None:
    silent = [
        f"{owner.__name__}.{name}"
        for owner in setting_classes()
        for name, field in owner.model_fields.items()
        if not field.description
    ]
    assert not silent


def test_the_example_of_settings_names_only_settings_that_exist() -> None:
    known = set(re.findall(r"^\| `(\w+)`", settings_page(), re.MULTILINE))
    named = set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    assert named <= known


def test_every_data_file_of_the_product_can_be_read(package: Path) -> None:
    broken = []
    for file in sorted(package.rglob("*")):
        try:
            if file.suffix in (".yml", ".yaml"):
                list(yaml.safe_load_all(file.read_text("utf-8")))
            elif file.suffix == ".json":
                json.loads(file.read_text("utf-8"))
        except (ValueError, yaml.YAMLError) as problem:
            broken.append(f"{file.relative_to(package)}: {problem}")
    assert not broken


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _targets(page: Path) -> list[str]:
    text = page.read_text("utf-8")
    found = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'(?:src|href)="([^"#]+)"', text)
    return [target for target in found if not re.match(r"\w+:|/", target)]


def test_links_between_documents_lead_somewhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in PAGES
        for target in _targets(page)
        if not (page.parent / target).exists()
    ]
    assert not dead


def test_every_route_of_the_api_is_named_for_integrators(package: Path) -> None:
    guide = "".join(page.read_text("utf-8") for page in (ROOT / "docs" / "integrator").glob("*.md"))
    routes = {
        route
        for file in (package / "api").rglob("*.py")
        for route in re.findall(r'(?<!f)"(/v1/[^"?]+)"', file.read_text("utf-8"))
    } - {"/v1/{path:path}"}  # the answer to every other address
    assert routes
    assert not sorted(route for route in routes if f"{route}`" not in guide)


def test_every_job_is_named_on_the_page_of_a_slice(sources: list[Source]) -> None:
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs" / "slices").glob("*.md"))
    jobs = {
        node.name
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Job" for base in node.bases)
    }
    assert jobs
    assert not sorted(job for job in jobs if f"`{job}`" not in pages)
