"""The JSON API under /api/v1."""

from __future__ import annotations

from flask_openapi import OpenAPI

from router.web.api import (
    breaches,
    clocks,
    contact_paths,
    document,
    entry_points,
    exports,
    inquiries,
    legs,
    meetings,
    page,
)
from router.web.api.door import refuse

__all__ = ["refuse", "register"]


def register(app: OpenAPI) -> None:
    """Put every operation, the document and its page into the application."""
    app.openapi_version = document.VERSION
    app.security_schemes = document.security_schemes(str(app.config["SESSION_COOKIE_NAME"]))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    for blueprint in (
        entry_points.blueprint,
        contact_paths.blueprint,
        exports.blueprint,
        inquiries.blueprint,
        legs.blueprint,
        meetings.blueprint,
        clocks.blueprint,
        breaches.blueprint,
    ):
        app.register_api(blueprint)
    app.register_blueprint(page.blueprint)
