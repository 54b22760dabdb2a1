"""The doorstep of a WSGI server: settings in, application out."""

from __future__ import annotations

from config import settings, web
from router.app import create_app

app = create_app(settings.load())
web.settle()
