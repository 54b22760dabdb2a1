"""The API's description: valid, complete, and kept by what the API answers."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask_openapi import OpenAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support import size
from tests.support.calling import Caller
from tests.support.cast import Cast

# Whether a value is refused depends on the directory, so nothing is demanded of what is accepted.
KEPT = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
FILES = {"export_directory", "export_sheet"}
TRIES = 100 if size.IS_FULL else 8


def test_the_document_is_valid_openapi_3_1(app: OpenAPI) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(document).validate()


def test_every_address_of_the_api_is_described_and_says_who_may_call(app: OpenAPI) -> None:
    rules = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and not rule.endpoint.startswith("api_page.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {
        (method.upper(), path): operation
        for path, methods in app.api_doc["paths"].items()
        for method, operation in methods.items()
    }
    assert set(described) == rules
    assert all(operation["security"] for operation in described.values())
    assert all({"400", "401", "500", "503"} <= set(one["responses"]) for one in described.values())


def test_every_refusal_is_described_as_a_problem(app: OpenAPI) -> None:
    for methods in app.api_doc["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                kinds = set(answer["content"])
                if int(status) >= 400:
                    assert kinds == {"application/problem+json"}
                elif operation["operationId"] not in FILES:
                    assert kinds == {"application/json"}


def test_the_examples_of_the_document_work(app: OpenAPI, cast: Cast) -> None:
    schemas = app.api_doc["components"]["schemas"]
    asker, keeper = Caller(app, cast.caseworker), Caller(app, cast.af_keeper)

    asked = asker.post("/inquiries", schemas["Ask"]["examples"][0])
    assert asked.status_code == 201
    at = f"/inquiries/{asked.json['reference']}"
    assert keeper.post(f"{at}/answer", schemas["Write"]["examples"][0]).status_code == 200
    assert keeper.post(f"{at}/meeting", schemas["Book"]["examples"][0]).status_code == 200
    for path, methods in app.api_doc["paths"].items():
        query = [one for one in methods.get("get", {}).get("parameters", ()) if one["in"] == "query"]
        words = {one["name"]: one["schema"].get("examples", [""])[0] for one in query}
        if "{reference}" not in path and "get" in methods:
            address = path.removeprefix("/api/v1").replace("{entry_point_id}", "af-14-fk")
            address = address.replace("{sheet}", "agreements")
            asking = "&".join(f"{name}={value}" for name, value in words.items())
            assert keeper.get(f"{address}?{asking}").status_code == 200


@pytest.mark.parametrize("who", ["af_keeper", "caseworker"] if size.IS_FULL else ["af_keeper"])
def test_whatever_is_sent_the_api_keeps_its_description(app: OpenAPI, cast: Cast, who: str) -> None:
    person = getattr(cast, who)
    reference = Caller(app, cast.caseworker).ask()
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for found in described.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=TRIES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def holds(case: Case) -> None:
            if "reference" in case.path_parameters:
                # A made-up reference would only ever be unknown.
                case.path_parameters["reference"] = reference
            case.call_and_validate(headers=person.headers, checks=KEPT)

        holds()


def test_the_page_shows_every_operation_and_only_own_scripts(app: Flask, cast: Cast) -> None:
    page = app.test_client().get("/api/v1/")
    assert page.status_code == 200
    for methods in app.api_doc["paths"].values():  # type: ignore[attr-defined]
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page.text
    assert "<script>" not in page.text
    assert 'style="' not in page.text


def test_swedish_words_stand_for_every_operation_and_field(app: Any, cast: Cast) -> None:
    page = app.test_client().get("/api/v1/").text
    for methods in app.api_doc["paths"].values():
        for operation in methods.values():
            assert operation["summary"] not in page, "the page fell back on the document's English"
