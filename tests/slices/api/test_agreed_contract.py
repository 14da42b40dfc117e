"""Everything in the agreed contract is in our document: nothing is renamed, lost or narrowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from fastapi import FastAPI

from insurance_chat.api.app import ROUTERS
from insurance_chat.api.docs import build_openapi

AGREED: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "contracts" / "data" / "01-openapi.yaml").read_text("utf-8")
)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def ours() -> Json:
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    return build_openapi(app)


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


AGREED_OPERATIONS = [
    pytest.param(path, method, id=f"{method} {path}") for path, method, _ in operations(AGREED)
]


def resolved(document: Json, schema: Json) -> Json:
    """A schema without references and without the «or null» that only widens it."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        return resolved(document, {**schema, "anyOf": [], **choices[0]})
    return schema


def nullable(document: Json, schema: Json) -> bool:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return any(one.get("type") == "null" for one in schema.get("anyOf", ()))


def differences(agreed: Json, our: Json, ours: Json, place: str, request: bool) -> Iterator[str]:
    """What a caller who knows only the agreed schema would stumble over."""
    if not request and nullable(ours, our) and not agreed.get("nullable", False):
        yield f"{place}: may be null"
    agreed, our = resolved(AGREED, agreed), resolved(ours, our)
    if agreed.get("format") == "binary":
        if our.get("type") != "string":
            yield f"{place}: no file"
        return
    yield from _type_differences(agreed, our, place)
    for word in ("format", "enum", "minimum", "maximum", "default"):
        if word in agreed and agreed[word] != our.get(word):
            yield f"{place}: {word} {our.get(word)} instead of {agreed[word]}"
    missing = set(agreed.get("required", ())) - set(our.get("required", ()))
    if missing:
        yield f"{place}: not required any more: {sorted(missing)}"
    if "items" in agreed:
        yield from differences(agreed["items"], our.get("items", {}), ours, f"{place}[]", request)
    for name, part in agreed.get("properties", {}).items():
        if name in our.get("properties", {}):
            yield from differences(part, our["properties"][name], ours, f"{place}.{name}", request)
        else:
            yield f"{place}.{name}: lost"


def _type_differences(agreed: Json, our: Json, place: str) -> Iterator[str]:
    kinds = {our.get("type")} | {one.get("type") for one in our.get("anyOf", ())}
    if "type" not in agreed or agreed["type"] in kinds:
        return
    if not (agreed["type"] == "number" and "integer" in kinds):
        yield f"{place}: type {our.get('type')} instead of {agreed['type']}"


@pytest.mark.parametrize(("path", "method"), AGREED_OPERATIONS)
def test_an_agreed_operation_is_as_agreed(ours: Json, path: str, method: str) -> None:
    agreed = AGREED["paths"][path][method]
    assert method in ours["paths"].get(path, {}), "the operation is missing"
    our = ours["paths"][path][method]
    found = list(_of_parameters(agreed, our, ours))
    found += list(_of_bodies(agreed, our, ours))
    for status, answer in agreed["responses"].items():
        if status not in our["responses"]:
            found.append(f"status {status}: lost")
            continue
        for mime, content in answer.get("content", {}).items():
            shown = our["responses"][status]["content"][mime]["schema"]
            found += differences(content["schema"], shown, ours, status, request=False)
    assert not found


def _of_parameters(agreed: Json, our: Json, ours: Json) -> Iterator[str]:
    known = {(one["in"], one["name"]): one for one in our.get("parameters", ())}
    for one in agreed.get("parameters", ()):
        place = f"{one['in']} {one['name']}"
        found = known.get((one["in"], one["name"]))
        if found is None:
            yield f"{place}: lost"
            continue
        if one.get("required", False) != found.get("required", False):
            yield f"{place}: required {found.get('required')}"
        yield from differences(one["schema"], found["schema"], ours, place, request=True)
    agreed_names = {(one["in"], one["name"]) for one in agreed.get("parameters", ())}
    for key, one in known.items():
        if one.get("required") and key not in agreed_names:
            yield f"{key}: a new required parameter"


def _of_bodies(agreed: Json, our: Json, ours: Json) -> Iterator[str]:
    for mime, content in agreed.get("requestBody", {}).get("content", {}).items():
        body = our["requestBody"]
        shown = body["content"][mime]["schema"]
        yield from differences(content["schema"], shown, ours, "body", request=True)
        wanted = resolved(AGREED, content["schema"])
        extra = set(resolved(ours, shown).get("required", ())) - set(wanted.get("required", ()))
        if extra - {"file"}:
            yield f"body: newly required {sorted(extra)}"


def test_every_operation_documents_its_refusals_in_one_shape(ours: Json) -> None:
    for path, method, operation in operations(ours):
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                schema = answer["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}, (path, method, status)
        assert {"500", "503"} <= set(operation["responses"]), (path, method)


def test_references_inside_the_document_lead_somewhere(ours: Json) -> None:
    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if "$ref" in part:
                yield part["$ref"]
            for one in part.values():
                yield from references(one)
        elif isinstance(part, list):
            for one in part:
                yield from references(one)

    known = {f"#/components/schemas/{name}" for name in ours["components"]["schemas"]}
    assert set(references(ours)) <= known


def test_the_document_says_how_to_authenticate(ours: Json) -> None:
    scheme = cast("Json", AGREED["components"]["securitySchemes"]["bearerAuth"])
    assert ours["components"]["securitySchemes"]["bearerAuth"] == scheme
    assert ours["security"] == AGREED["security"]
