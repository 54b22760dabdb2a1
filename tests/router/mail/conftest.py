"""What the tests of letters share: certificates, and settings that point at a server of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.settings import Settings
from router.mail.send import SmtpTransport
from tests.support import certificates
from tests.support.certificates import Certificate
from tests.support.smtp_receiver import Server


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """For localhost, where the tests' servers are."""
    return certificates.make(tmp_path_factory.mktemp("certificates"), "localhost")


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """For another host than the one that is asked."""
    return certificates.make(tmp_path_factory.mktemp("certificates"), "mail.example")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """For localhost too, but signed by nobody we know."""
    return certificates.make(tmp_path_factory.mktemp("strangers"), "localhost")


@pytest.fixture
def make_transport(make_settings: Callable[..., Settings]) -> Iterator[Callable[..., SmtpTransport]]:
    """A transport to a server of the test's own: `make_transport(sink, mail_security="starttls")`."""
    made: list[SmtpTransport] = []

    def make(server: Server, ca: Path | None = None, **changes: object) -> SmtpTransport:
        usual = {"mail_host": "localhost", "mail_port": server.port, "mail_security": "none"}
        made.append(SmtpTransport(make_settings(**(usual | {"mail_ca_file": ca} | changes))))
        return made[-1]

    yield make
    for one in made:
        one.rest()
