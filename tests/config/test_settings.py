"""Settings come from environment, TOML and secret files; what is wrong stops the start with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import settings
from config.settings import SettingsError

KEY = "k" * 40
PRODUCTION = {"SAMVAG_SECRET_KEY": KEY}


def test_production_is_what_you_get_when_you_say_nothing() -> None:
    read = settings.load(PRODUCTION)
    assert (read.environment, read.data_dir, read.directory_open) == ("production", Path("var"), True)
    assert read.database.startswith("sqlite:////")
    assert read.database.endswith("/var/samvag.sqlite")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "samvag.toml"
    file.write_text('environment = "demo"\nmail_host = "mail.example"\nlog_level = "debug"\n')

    read = settings.load({"SAMVAG_CONFIG": str(file), "SAMVAG_LOG_LEVEL": "error"})

    assert (read.environment, read.mail_host, read.log_level) == ("demo", "mail.example", "error")


def test_a_secret_may_stand_in_a_file_and_then_wins(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")

    read = settings.load({"SAMVAG_SECRET_KEY": "x" * 40, "SAMVAG_SECRET_KEY_FILE": str(file)})

    assert read.secret_key == KEY


def test_host_names_are_split_and_the_public_one_belongs() -> None:
    changed = {"SAMVAG_TRUSTED_HOSTS": "a.example, b.example", "SAMVAG_PUBLIC_URL": "https://samvag.example/"}
    read = settings.load(PRODUCTION | changed)
    assert read.public_url == "https://samvag.example"
    assert set(read.hosts) == {"a.example", "b.example", "samvag.example", "127.0.0.1", "localhost"}


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "SAMVAG_SECRET_KEY is wrong: production needs 32 characters or more"),
        (PRODUCTION | {"SAMVAG_MAIL_HOTS": "x"}, "SAMVAG_MAIL_HOTS is not a setting of Samväg"),
        (
            PRODUCTION | {"SAMVAG_MAIL_PORT": "smtp"},
            "SAMVAG_MAIL_PORT is wrong: Input should be a valid integer",
        ),
        (PRODUCTION | {"SAMVAG_PUBLIC_URL": "samvag"}, "SAMVAG_PUBLIC_URL is wrong: must be a web address"),
        (
            PRODUCTION | {"SAMVAG_MAIL_HOST": "mail.example", "SAMVAG_MAIL_SECURITY": "none"},
            "SAMVAG_MAIL_SECURITY is wrong: mail may leave this machine only under TLS",
        ),
        (
            PRODUCTION | {"SAMVAG_CALENDAR_HOSTS": "kalender.example, https://moln.example/"},
            "SAMVAG_CALENDAR_HOSTS is wrong: must be hosts such as kalender.example",
        ),
        (
            PRODUCTION | {"SAMVAG_CLOCK_SHIFT_FILE": "shift"},
            "SAMVAG_CLOCK_SHIFT_FILE is wrong: the clock may only be moved in test and demo",
        ),
        ({"SAMVAG_SECRET_KEY_FILE": "nowhere"}, "SAMVAG_SECRET_KEY_FILE names nowhere, which cannot be read"),
        ({"SAMVAG_CONFIG": "nowhere.toml"}, "SAMVAG_CONFIG names nowhere.toml, which cannot be read"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as stopped:
        settings.load(environ)
    assert sentence in str(stopped.value)


def test_every_wrong_setting_gets_its_own_sentence() -> None:
    with pytest.raises(SettingsError) as stopped:
        settings.load({"SAMVAG_MAIL_PORT": "0", "SAMVAG_SESSION_HOURS": "0", "SAMVAG_ENVIRONMENT": "demo"})
    assert len(str(stopped.value).splitlines()) == 2


def test_secrets_are_not_shown_when_settings_are_printed() -> None:
    read = settings.load(
        PRODUCTION
        | {
            "SAMVAG_MAIL_PASSWORD": "hemligt-ord",
            "SAMVAG_DATABASE_URL": "postgresql://samvag:hemligt-ord@127.0.0.1/x",
        }
    )
    assert "hemligt-ord" not in repr(read)
    assert KEY not in repr(read)


def test_a_wrong_secret_is_not_repeated_in_the_sentence() -> None:
    with pytest.raises(SettingsError) as stopped:
        settings.load({"SAMVAG_SECRET_KEY": "too-short-secret"})
    assert "too-short-secret" not in str(stopped.value)


def test_mail_without_tls_is_allowed_to_this_machine_only() -> None:
    loopback = {"SAMVAG_MAIL_HOST": "127.0.0.1", "SAMVAG_MAIL_SECURITY": "none"}
    assert settings.load(PRODUCTION | loopback).mail_security == "none"


def test_the_settings_of_the_tests_are_no_settings_of_the_product() -> None:
    assert settings.load(PRODUCTION | {"SAMVAG_TEST_SIZE": "full"}).environment == "production"
