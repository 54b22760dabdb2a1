"""Tests of one `xdist_group` run in one process, one after the other: they share servers, or measure alone.

pytest-xdist 3.8 writes the group behind a test's id in a field that pytest 9.2 no longer reads, so that groups were
silently ignored (pytest-xdist issue 1386). This moves it to where it is read now, and does nothing once that is mended.
"""

from __future__ import annotations

import pytest
from _pytest.nodeid import coerce_node_id


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        grouped = vars(item).get("_nodeid")
        if isinstance(grouped, str) and grouped != item.nodeid:
            item._id = coerce_node_id(grouped)
