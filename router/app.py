"""The application: the doorstep, the pages of both packages and the API, on one database."""

from __future__ import annotations

from pathlib import Path

from flask import Response
from flask_openapi import OpenAPI
from sqlalchemy.exc import SQLAlchemyError

from config import clock, logs, look, migrations, own_mail, web, words
from config.database import Database
from config.settings import Settings
from directory.flows import lookup
from directory.web import pages as directory_pages
from router.web import api, pages
from router.web.api import document
from router.web.api.schemas import Problem
from router.web.given import given

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def create_app(settings: Settings, database: Database | None = None) -> OpenAPI:
    """The whole application. A database that is handed over is used; otherwise one is opened by the settings."""
    clock.shift_from(settings.clock_shift_file)
    own_mail.tell(settings.mail_domain)
    logs.set_up(settings.log_level, as_json=settings.environment == "production")
    app = OpenAPI(
        __name__,
        info=document.information(),
        doc_ui=False,
        validation_error_callback=api.refuse,
        validation_error_model=Problem,
        # The library adds an answer of its own where this status is not described; here it always is.
        validation_error_status=500,
        template_folder=str(TEMPLATES),
        static_folder=str(TEMPLATES / "static"),
    )
    app.extensions["samvag.settings"] = settings
    app.extensions["samvag.database"] = database or Database(settings.database)
    web.prepare(app, settings)
    look.prepare(app)
    directory_pages.register(app, given(settings))
    pages.register(app)
    api.register(app)
    _add_health(app)
    lookup.prepare()
    return app


def _add_health(app: OpenAPI) -> None:
    newest = migrations.head()

    @app.route("/halsa")
    def health() -> Response:
        # For load balancers and watchers: whether the database answers and is migrated, and nothing more.
        try:
            well = migrations.current(app.extensions["samvag.database"]) == newest
        except SQLAlchemyError:
            well = False
        body = words.say("health.well" if well else "health.unwell")
        return Response(body, 200 if well else 503, mimetype="text/plain")
