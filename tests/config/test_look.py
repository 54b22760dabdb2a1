"""What templates are given beside their data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, render_template
from jinja2 import UndefinedError

from config import look

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__, template_folder=str(TEMPLATES), static_folder=str(TEMPLATES / "static"))
    look.prepare(app)
    return app


def test_an_address_of_a_static_file_changes_with_its_contents(tmp_path: Path) -> None:
    (tmp_path / "icons.svg").write_text("<svg></svg>", encoding="utf-8")
    style = tmp_path / "style.css"
    style.write_text("a", encoding="utf-8")
    before = look.Static(tmp_path, "/static").url("style.css")
    style.write_text("b", encoding="utf-8")
    assert before != look.Static(tmp_path, "/static").url("style.css")
    assert re.fullmatch(r"/static/style\.css\?v=[0-9a-f]{12}", before)


def test_an_icon_that_does_not_exist_fails(app: Flask) -> None:
    ikon = app.jinja_env.globals["ikon"]
    assert 'href="/static/icons.svg?v=' in ikon("telefon")  # type: ignore[operator]
    with pytest.raises(KeyError):
        ikon("telefn")  # type: ignore[operator]


def test_every_icon_that_a_template_names_exists(app: Flask) -> None:
    sprite = (TEMPLATES / "static" / look.ICONS).read_text(encoding="utf-8")
    have = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"""\bikon\(["']([^"']+)["']""", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= have


def test_a_misspelt_name_in_a_template_fails(app: Flask) -> None:
    with pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ nobody_gave_this }}").render()


def test_a_bar_never_leaves_its_frame_and_carries_no_style() -> None:
    assert 'width="100%"' in look.bar(140)
    assert 'class="lag" width="0%"' in look.bar(-3, 95, True)
    assert "style" not in look.bar(50, 95)


@pytest.mark.parametrize(("value", "shown"), [(1.5, "1,5"), (2.0, "2"), (0, "0"), (1.25, "1,2")])
def test_numbers_are_written_in_swedish(value: float, shown: str) -> None:
    assert look.decimal(value) == shown


@pytest.mark.parametrize(
    ("number", "address"),
    [("08-465 004 41", "tel:+46846500441"), ("+46 8 465 004 41", "tel:+46846500441"), ("112", "tel:112")],
)
def test_a_telephone_number_can_be_rung(number: str, address: str) -> None:
    assert look.tel(number) == address


def test_no_template_holds_what_the_content_policy_forbids(app: Flask) -> None:
    forbidden = re.compile(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|<script(?![^>]*\ssrc=)")
    for path in TEMPLATES.rglob("*.html"):
        if "mail" not in path.parts:
            assert not forbidden.search(path.read_text(encoding="utf-8")), path.name


def test_the_vendored_libraries_are_listed_with_version_and_licence() -> None:
    vendor = TEMPLATES / "static" / "vendor"
    listed = (vendor / "LICENSES.txt").read_text(encoding="utf-8")
    for path in vendor.iterdir():
        assert path.name == "LICENSES.txt" or path.name in listed


def test_an_error_page_needs_nothing_but_the_frame(app: Flask) -> None:
    frame = {"menu": (), "actor": None, "known": False, "is_demo": False}
    with app.test_request_context("/"):
        page = render_template(
            "errors/error.html", status=500, code="server_error", detail="Fel", facts={}, frame=frame
        )
    assert "Fel" in page
