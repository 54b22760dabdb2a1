"""Which municipality a postal code lies in, so that "54230" is a place like others."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import sqlalchemy as sa

from config.database import Database
from config.errors import Invalid
from directory.records.lexicon import PostalCode
from directory.rules import areas

CODE, AREA = "postnummer", "kommun_kod"


def bring_in(database: Database, content: bytes) -> int:
    """Take the whole table from a CSV file with the columns postnummer and kommun_kod; what was there is replaced.

    Returns how many codes there are. Raises Invalid("postal_codes", line=…) and changes nothing when a line is wrong.
    """
    codes = dict(_read(content))
    if not codes:
        raise Invalid("postal_codes", line=1)
    with database.writing() as session:
        session.execute(sa.delete(PostalCode))
        session.execute(sa.insert(PostalCode), [{"code": code, "area": area} for code, area in codes.items()])
    return len(codes)


def _read(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("postal_codes", line=1) from error
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        code, area = (row.get(CODE) or "").replace(" ", ""), (row.get(AREA) or "").strip()
        if not _is_code(code) or len(area) != 4 or not areas.is_area(area):
            raise Invalid("postal_codes", line=number)
        yield code, area


def _is_code(code: str) -> bool:
    return len(code) == 5 and code.isascii() and code.isdigit()
