"""The router's pages, each part a blueprint of its own."""

from __future__ import annotations

from flask import Flask

from router.web import ask, board, inquiry, letters, mine, queue


def register(app: Flask) -> None:
    """Put the router's pages into the application."""
    for part in (ask, inquiry, queue, mine, board, letters):
        app.register_blueprint(part.blueprint)
