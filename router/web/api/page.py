"""The document itself, and the page to read and try the API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Response, current_app, jsonify, render_template
from flask_openapi import OpenAPI

blueprint = Blueprint("api_page", __name__, url_prefix="/api/v1")


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of the body."""

    name: str
    where: str
    required: bool
    type: str
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document, as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    tag: str
    is_open: bool
    parameters: tuple[Field, ...]
    fields: tuple[Field, ...]
    example: str
    statuses: tuple[str, ...]


@blueprint.get("/openapi.json")
def document() -> Response:
    return jsonify(_document())


@blueprint.get("/")
def index() -> str:
    return render_template("api/index.html", operations=tuple(operations(_document())))


def operations(described: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of an OpenAPI document, in its order."""
    schemas = described["components"]["schemas"]
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            body = _body(one, schemas)
            yield Operation(
                id=one["operationId"],
                method=method.upper(),
                path=path,
                summary=one["summary"],
                tag=one["tags"][0],
                is_open={} in one["security"],
                parameters=tuple(_parameter(item) for item in one.get("parameters", ())),
                fields=tuple(_fields(body)),
                example=_example(body),
                statuses=tuple(sorted(one["responses"])),
            )


def _body(one: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    if "requestBody" not in one:
        return {}
    reference: str = one["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    found: Mapping[str, Any] = schemas[reference.rpartition("/")[2]]
    return found


def _parameter(item: Mapping[str, Any]) -> Field:
    schema = item["schema"]
    return Field(
        name=item["name"],
        where=item["in"],
        required=item.get("required", False),
        type=_type(schema),
        description=item.get("description", ""),
        example=str(schema["examples"][0]) if "examples" in schema else "",
    )


def _fields(body: Mapping[str, Any]) -> Iterator[Field]:
    for name, schema in body.get("properties", {}).items():
        required = name in body.get("required", ())
        yield Field(name, "body", required, _type(schema), schema.get("description", ""), "")


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words: its type, or the values to choose from."""
    if "enum" in schema:
        return " | ".join(value or '""' for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    return str(schema.get("format") or schema.get("type", ""))


def _example(body: Mapping[str, Any]) -> str:
    """The body's example, its fields in the order in which they are described."""
    if "examples" not in body:
        return ""
    example = body["examples"][0]
    ordered = {name: example[name] for name in body["properties"] if name in example}
    return json.dumps(ordered, ensure_ascii=False, indent=2)


def _document() -> dict[str, Any]:
    app = cast(OpenAPI, current_app._get_current_object())  # type: ignore[attr-defined]
    described: dict[str, Any] = app.api_doc
    return described
