"""The doorstep of the application: health, hosts, headers, static files, faults."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from config.database import Database
from config.settings import Settings
from router.app import create_app
from tests.support.cast import Cast


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """One of the test's own: some of these add routes to it."""
    return create_app(settings, database)


def test_health_says_ok_while_the_database_answers_and_is_migrated(app: Flask, database: Database) -> None:
    well = app.test_client().get("/halsa")
    assert (well.status_code, well.text, well.mimetype) == (200, "ok", "text/plain")

    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    behind = app.test_client().get("/halsa")
    assert (behind.status_code, behind.text) == (503, "inte ok")


def test_health_says_no_when_the_database_is_gone(make_settings: Callable[..., Settings]) -> None:
    gone = create_app(make_settings(database_url="postgresql://samvag@/gone?host=/nowhere"))
    answer = gone.test_client().get("/halsa")
    assert (answer.status_code, answer.text) == (503, "inte ok")


def test_a_host_name_that_is_not_ours_is_refused(app: Flask) -> None:
    for path in ("/", "/api/v1/entry-points", "/static/samvag.css"):
        answer = app.test_client().get(path, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.text) == (400, "Adressen är inte Samvägs.")


def test_every_answer_carries_the_policy_and_a_request_id(app: Flask, cast: Cast) -> None:
    for path in ("/", "/api/v1/entry-points", "/api/v1/nothing", "/nothing", "/static/samvag.css"):
        headers = app.test_client().get(path, buffered=True).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert len(headers["X-Request-Id"]) == 16


def test_a_static_file_is_kept_for_a_year_only_under_its_digest(app: Flask) -> None:
    with app.test_request_context():
        address = app.jinja_env.globals["static_url"]("samvag.css")
    kept = app.test_client().get(address, buffered=True)
    plain = app.test_client().get("/static/samvag.css", buffered=True)
    assert kept.cache_control.max_age == 31536000
    assert plain.cache_control.max_age == 3600
    assert kept.data == plain.data


def test_nul_in_an_address_or_a_form_is_refused(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    assert client.get("/vag-in/%00").status_code == 404
    assert client.get("/sok?q=%00").status_code == 400
    assert client.post("/logga-in", data={"email": "a\0b", "password": "c"}).status_code == 400


def test_a_fault_shows_a_number_to_name_and_nothing_else(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def fall() -> None:
        raise RuntimeError("what nobody may see")

    app.add_url_rule("/fall", view_func=fall)
    app.add_url_rule("/api/fall", endpoint="api_fall", view_func=fall)
    for path in ("/fall", "/api/fall"):
        answer = app.test_client().get(path)
        assert answer.status_code == 500
        assert answer.headers["X-Request-Id"] in answer.text
        assert "what nobody may see" not in answer.text


def test_a_busy_database_asks_to_come_again(app: Flask) -> None:
    def busy() -> None:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("database is locked"))

    app.add_url_rule("/api/busy", view_func=busy)
    answer = app.test_client().get("/api/busy")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["code"] == "busy"
