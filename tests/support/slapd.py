"""A real slapd on loopback, in a folder of its own, with a small HSA-like schema."""

from __future__ import annotations

import socket
import subprocess
import textwrap
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.patience import until

SUFFIX = "dc=katalog,dc=example"
READER = f"cn=lasare,{SUFFIX}"
PASSWORD = "ett-hemligt-losen"
# One object class with the attributes that the default map asks for; numbers from the range meant for examples.
ATTRIBUTES = (
    "hsaIdentity hsaBusinessType ouShort telephoneHours municipalityCode countyCode businessClassificationName "
    "hsaVisitingRules hsaTelephoneNumber hsaDirectoryContact hiddenObject endDate"
).split()


class Slapd:
    """`with Slapd(folder, ldif) as server:` answers at `server.url` until the block ends."""

    def __init__(self, folder: Path, content: str, *, limit: str = "unlimited") -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        (folder / "data").mkdir(exist_ok=True)
        self.port = _free_port()
        self.url = f"ldap://127.0.0.1:{self.port}"
        self.config = folder / "slapd.conf"
        self.config.write_text(_config(folder, limit), encoding="utf-8")
        loaded = folder / "content.ldif"
        loaded.write_text(content, encoding="utf-8")
        command = ["/usr/sbin/slapadd", "-q", "-f", str(self.config), "-l", str(loaded)]
        subprocess.run(command, check=True, capture_output=True)

    def __enter__(self) -> Self:
        command = ["/usr/sbin/slapd", "-d", "0", "-f", str(self.config), "-h", self.url]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: _answers(self.port), "slapd to answer")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)


def base() -> str:
    """The root of the tree."""
    return f"dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: katalog\no: Katalogen\n\n"


def unit(number: int, **changes: str) -> str:
    """One HSA-like unit with a mailbox."""
    values = {
        "ou": f"Vårdcentral {number:05}",
        "hsaIdentity": f"SE2321000016-{number:05X}",
        "mail": f"enhet{number}@region.example",
        "telephoneNumber": "031-390 06 12",
        "hsaTelephoneNumber": "031-390 06 99",
        "telephoneHours": "1-5#08:00#16:30",
        "municipalityCode": "1493",
        "description": "Rehabilitering och sjukskrivning.",
    } | changes
    lines = [f"dn: hsaIdentity={values['hsaIdentity']},{SUFFIX}", "objectClass: hsaUnit"]
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in values.items()), "", ""])


def content(units: Iterable[str]) -> str:
    return base() + "".join(units)


def _config(folder: Path, limit: str) -> str:
    attributes = "\n".join(
        f"attributetype ( 1.3.6.1.4.1.32473.1.{number} NAME '{name}' EQUALITY caseIgnoreMatch "
        f"SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )"
        for number, name in enumerate(ATTRIBUTES, start=1)
    )
    may = " $ ".join(
        ["cn", "ou", "o", "mail", "telephoneNumber", "description", "labeledURI", "street", *ATTRIBUTES[1:]]
    )
    return textwrap.dedent(
        f"""\
        include /etc/ldap/schema/core.schema
        include /etc/ldap/schema/cosine.schema
        include /etc/ldap/schema/inetorgperson.schema
        @attributes@
        objectclass ( 1.3.6.1.4.1.32473.2.1 NAME 'hsaUnit' SUP top STRUCTURAL MUST hsaIdentity MAY ( {may} ) )
        modulepath /usr/lib/ldap
        moduleload back_mdb
        pidfile {folder}/slapd.pid
        sizelimit {limit}
        database mdb
        maxsize 1073741824
        suffix "{SUFFIX}"
        rootdn "{READER}"
        rootpw {PASSWORD}
        directory {folder}/data
        index objectClass eq
        index hsaIdentity pres,eq
        access to * by dn.exact="cn=lasare,{SUFFIX}" read by anonymous auth
        """
    ).replace("@attributes@", attributes)


def _free_port() -> int:
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        port: int = link.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as link:
        return link.connect_ex(("127.0.0.1", port)) == 0
