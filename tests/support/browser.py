"""A person at the pages without a browser: a client that keeps its cookies and sends forms as pages do."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config import own_mail
from config.database import Database
from config.settings import Settings
from router.app import create_app
from tests.support.cast import PASSWORD, Person

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
# Applications by their settings but for the folder, each with what it was made with.
_STANDING: dict[Settings, tuple[Flask, dict[str, Any]]] = {}
_MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


class Reader:
    """`get` and `send` return what the server answered; `words` is what stands on a page."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def send(self, path: str, *, seen: str, **fields: str) -> TestResponse:
        """Send a form from the page at `seen`, with the token that stands in it."""
        token = _TOKEN.search(self.get(seen).text)
        return self.client.post(path, data=fields | {"csrf_token": unescape(token[1]) if token else ""})

    def sign_in(self, person: Person, **fields: str) -> TestResponse:
        return self.send("/logga-in", seen="/logga-in", email=person.email, password=PASSWORD, **fields)


def words(response: TestResponse) -> str:
    """The text of a page, on one line."""
    return " ".join(unescape(_MARKUP.sub(" ", response.text)).split())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of the application; a test may ask for it with others."""
    return Settings(environment="test", data_dir=tmp_path)


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The whole application on the test's own database.

    Making it takes longer than most tests, so one stands for all with the same settings. What a test has put into
    it, and what it has kept of a database, is taken out again.
    """
    bare = settings.model_copy(update={"data_dir": Path()})
    if bare not in _STANDING:
        app = create_app(settings, database)
        _STANDING[bare] = app, dict(app.extensions)
    app, extensions = _STANDING[bare]
    own_mail.tell(settings.mail_domain)
    app.extensions = extensions | {"samvag.settings": settings, "samvag.database": database}
    return app


@pytest.fixture
def reader(app: Flask) -> Reader:
    """Somebody who is not signed in."""
    return Reader(app)
