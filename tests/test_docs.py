"""What the documents say is there, is there; and what people must know, they say."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from config.settings import SECRETS, Settings
from router.cli import main

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {document: document.read_text(encoding="utf-8") for document in DOCUMENTS}
ALL = "\n".join(TEXTS.values())

SETTINGS = {f"SAMVAG_{name.upper()}" for name in Settings.model_fields}
# Names that steer how settings are read; they are no settings themselves.
READERS = {"SAMVAG_CONFIG"} | {f"SAMVAG_{name.upper()}_FILE" for name in SECRETS}
# A row of the table in docs/operations.md: | `SAMVAG_X` | `default` | meaning |
ROW = re.compile(r"^\| `(SAMVAG_[A-Z_]+)` \| (?:`([^`]*)`)?([^|]*)\|", re.MULTILINE)


def code(text: str) -> str:
    """The parts of a document in code: blocks and inline."""
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return "\n".join([*blocks, *inline])


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"SAMVAG_[A-Z_]+", TEXTS[ROOT / "docs" / "operations.md"]))
    assert SETTINGS - documented == set()


def test_every_documented_setting_exists() -> None:
    named = set(re.findall(r"SAMVAG_(?!TEST_)[A-Z_]*[A-Z]", ALL))  # SAMVAG_TEST_* steers the tests
    assert named - SETTINGS - READERS == set()


def test_documented_defaults_are_the_defaults() -> None:
    wrong = {}
    for document, text in TEXTS.items():
        for name, written, words in ROW.findall(text):
            if name not in SETTINGS or words.strip():
                continue
            default = Settings.model_fields[name.removeprefix("SAMVAG_").lower()].default
            expected = "" if default in (None, (), "") else str(default)
            expected = expected.lower() if isinstance(default, bool) else expected
            if written != expected:
                wrong[f"{document.name}: {name}"] = f"says {written!r}, is {expected!r}"
    assert wrong == {}


def test_every_make_target_in_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", code(ALL)))
    assert {"run", "test", "install", "lint"} <= named | targets
    assert named - targets == set()


def missing_from(line: str) -> str | None:
    """What of a command line is not there: a command, a subcommand or an option."""
    words = line.split()
    command: click.Command = main
    while isinstance(command, click.Group):
        word = words.pop(0) if words else ""
        if word not in command.commands:
            return word
        command = command.commands[word]
    options = {name for parameter in command.params for name in parameter.opts}
    return next((word for word in words if word.startswith("--") and word not in options), None)


def test_every_command_in_the_documents_exists() -> None:
    lines = re.findall(r"(?:^|\bbin/)samvag ([a-z][^#\n]*)", code(ALL), re.MULTILINE)
    assert len(lines) > 10
    assert {line: missing for line in lines if (missing := missing_from(line)) is not None} == {}


def test_every_command_is_documented() -> None:
    named = set(re.findall(r"samvag ([a-z-]+)", code(ALL)))
    assert set(main.commands) - named == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", TEXTS[document])
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    pattern = r"`((?:config|directory|router|templates|tests|docs|requirements|tools)/[\w./-]*)`"
    named = re.findall(pattern, TEXTS[document])
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_nobody_is_told_to_copy_a_database_file() -> None:
    # What was written last is in the write-ahead log, so a copy of the file is no backup.
    scripts = [ROOT / "Makefile", ROOT / ".ci" / "run", *(ROOT / "tools").iterdir()]
    commands = [code(ALL), *(script.read_text(encoding="utf-8") for script in scripts)]
    assert [
        line for text in commands for line in text.splitlines() if re.search(r"\b(cp|rsync)\s", line)
    ] == []
    assert "VACUUM INTO" in ALL


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert [int(number) for number in re.findall(r"^(\d+)\.[A-Z]", text, re.MULTILINE)] == list(range(1, 16))
    assert "Appendix" in text
    assert text.rstrip().endswith("require the production of a new EUPL version.")
