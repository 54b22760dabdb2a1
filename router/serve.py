"""The web server: gunicorn with threads, on the application of wsgi.py. The only importer of gunicorn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gunicorn import util
from gunicorn.app.base import BaseApplication

GRACE_SECONDS = 20
# A worker ends after so many requests, so that a slow leak never becomes an outage; not all at the same time.
REQUESTS = 50_000
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 -- memory; gunicorn's files in it have no names


class Server(BaseApplication):  # type: ignore[misc]
    """Samväg under gunicorn. Every process makes its own application after the fork, with its own connections."""

    def __init__(self, host: str, port: int, *, workers: int, threads: int) -> None:
        self._options: dict[str, Any] = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "proc_name": "samvag",
            "graceful_timeout": GRACE_SECONDS,
            "max_requests": REQUESTS,
            "max_requests_jitter": REQUESTS // 10,
            "keepalive": 5,
            "loglevel": "warning",
            # A door into the running server that nobody uses is one too many.
            "control_socket_disable": True,
        }
        if SHARED_MEMORY.is_dir():
            # Heartbeats to a file on a busy disk come late, and healthy workers would be killed for it.
            self._options["worker_tmp_dir"] = str(SHARED_MEMORY)
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return util.import_app("wsgi:app")


def serve(host: str, port: int, *, workers: int, threads: int) -> None:
    """Answer requests until SIGTERM or SIGINT; requests under way are finished first."""
    Server(host, port, workers=workers, threads=threads).run()
