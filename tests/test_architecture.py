"""The shape of the tree: directions of import, sizes, migrations, dependencies, and what may not be in it."""

from __future__ import annotations

import ast
import configparser
import importlib
import importlib.metadata
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import config
import directory
import router
from config import migrations
from config.database import Database
from directory.rules import guard

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (config, directory, router)
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
# Names that say nothing about what is inside.
EMPTY_NAMES = {"utils", "helpers", "common", "services", "managers", "misc"}
# Needed without being imported: data for zoneinfo, and the driver that SQLAlchemy loads by name.
UNSEEN = {"tzdata", "psycopg"}


def production_files() -> list[Path]:
    """Our code, without migrations: those are as long as the change they make."""
    files = [ROOT / "wsgi.py"]
    for package in PACKAGES:
        files += sorted(Path(package.__path__[0]).rglob("*.py"))
    return [file for file in files if "versions" not in file.parts]


@cache
def trees() -> Sequence[tuple[str, ast.Module]]:
    return [
        (str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8")))
        for file in production_files()
    ]


def import_all_models() -> None:
    """Tables stand in the records of both packages and in config.audit; importing them makes them known."""
    importlib.import_module("config.audit")
    for package in ("directory.records", "router.records"):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)


def test_imports_go_one_way() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_the_doorstep_of_the_web_imports_only_the_router_and_config() -> None:
    tree = ast.parse((ROOT / "wsgi.py").read_text(encoding="utf-8"))
    assert {name.partition(".")[0] for name in imported(tree)} <= {"router", "config", "__future__"}


def test_no_file_outgrows_its_name() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in production_files()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    }
    assert long == {}


def test_every_file_is_named_after_a_thing() -> None:
    assert [file for file in production_files() if file.stem in EMPTY_NAMES] == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, tree in trees() if not ast.get_docstring(tree)] == []


def test_nothing_in_production_sleeps() -> None:
    # A sleeping process cannot be told to stop; whoever waits, waits for an event with a time-out.
    sleeps = [
        f"{name}:{node.lineno}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "sleep")
        or (isinstance(node, ast.ImportFrom) and any(alias.name == "sleep" for alias in node.names))
    ]
    assert sleeps == []


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def declared() -> set[str]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = parser["options"]["install_requires"].split()
    return {canonical(re.split(r"[\[<>=,;]", line)[0]) for line in lines}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_is_imported_is_declared_and_what_is_declared_is_used() -> None:
    ours = {package.__name__ for package in PACKAGES} | {"wsgi"}
    owners = importlib.metadata.packages_distributions()
    tops = {name.partition(".")[0] for _, tree in trees() for name in imported(tree)}
    outside = tops - ours - set(sys.stdlib_module_names)
    used = {canonical(owner) for top in outside for owner in owners[top]}
    assert used - declared() == set(), "imported, but not named in setup.cfg"
    assert declared() - used - UNSEEN == set(), "named in setup.cfg, but never imported"


def test_migrations_are_numbered_and_have_one_head() -> None:
    script = ScriptDirectory(str(migrations.HERE))
    revisions = [revision.revision for revision in script.walk_revisions()][::-1]
    files = sorted(file.stem for file in (migrations.HERE / "versions").glob("[0-9]*.py"))

    assert len(script.get_heads()) == 1
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]
    assert [name[:5] for name in files] == [f"{revision}_" for revision in revisions]


def test_the_tables_are_what_the_models_say(database: Database) -> None:
    import_all_models()
    alembic = Config()
    alembic.set_main_option("script_location", str(migrations.HERE))
    alembic.attributes["database"] = database

    command.check(alembic)  # raises and names the difference


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert migrations.current(database) is None

    migrations.upgrade(database)
    migrations.upgrade(database)

    assert migrations.current(database) == migrations.head()
    database.close()


def tracked_files() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in names.stdout.split("\0") if name]


# The tax authority's own test numbers, which belong to nobody.
ALLOWED = {"189001019802", "199001012385", "200002292399", "191401682396"}
OUTLINE = re.compile(r' d="[^"]*"')


def test_no_personal_identity_number_stands_in_the_repository() -> None:
    found = {}
    for file in tracked_files():
        # A lock is hashes, and now and then ten digits of one look like a number.
        if file.parent.name == "requirements" or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        # So do the steps of an outline.
        if file.suffix == ".svg":
            text = OUTLINE.sub("", text)
        for hit in guard.find(text):
            number = re.sub(r"\D", "", text[hit.start : hit.end])
            if not any(allowed.endswith(number) for allowed in ALLOWED):
                found[f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, hit.start) + 1}"] = number
    assert found == {}
