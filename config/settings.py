"""One frozen object from SAMVAG_* variables, an optional TOML file and *_FILE secrets."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "SAMVAG_"
SECRETS = ("secret_key", "database_url", "mail_password", "ldap_password", "imap_password", "dkim_key")


class SettingsError(Exception):
    """The start stops here; the text says which setting is wrong and how to mend it."""


class Settings(BaseSettings):
    """Every setting there is. Names in the environment: SAMVAG_ and the field's name in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    environment: Literal["production", "demo", "test"] = "production"
    data_dir: Path = Path("var")
    database_url: str = Field(default="", repr=False)
    public_url: str = "http://127.0.0.1:8000"
    secret_key: str = Field(default="", repr=False)
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    directory_open: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    session_idle_minutes: int = Field(default=30, ge=1)
    session_hours: int = Field(default=10, ge=1)
    mail_host: str = ""
    mail_port: int = Field(default=587, ge=1, le=65535)
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    mail_username: str = ""
    mail_password: str = Field(default="", repr=False)
    mail_ca_file: Path | None = None
    mail_sender: str = "svara-inte@samvag.example"
    mail_timeout_seconds: int = Field(default=60, ge=1)
    # The domain whose mail is ours: reply addresses, bounces and mailboxes. Without it no mail is taken in.
    mail_domain: str = ""
    # The authserv-id of the server in front of us; only its Authentication-Results are believed.
    mail_authserv: str = ""
    mail_largest_megabytes: int = Field(default=25, ge=1, le=200)
    # Where the worker listens for mail, as 127.0.0.1:8024; empty is nowhere.
    mail_listen: str = ""
    mail_listen_protocol: Literal["lmtp", "smtp"] = "lmtp"
    mail_listen_certificate: Path | None = None
    mail_listen_key: Path | None = None
    imap_host: str = ""
    imap_port: int = Field(default=993, ge=1, le=65535)
    imap_security: Literal["tls", "starttls", "none"] = "tls"
    imap_username: str = ""
    imap_password: str = Field(default="", repr=False)
    imap_ca_file: Path | None = None
    imap_folder: str = "INBOX"
    # The header in which the server in front says to whom it delivered.
    imap_recipient_header: str = "Delivered-To"
    imap_poll_seconds: int = Field(default=60, ge=5)
    dkim_selector: str = ""
    dkim_key: str = Field(default="", repr=False)
    # Hosts that published calendars may be fetched from, as `kalender.example` or with a port. Empty: from none.
    calendar_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    calendar_minutes: int = Field(default=30, ge=5)
    calendar_ca_file: Path | None = None
    # A clamd to ask about attachments: host:port, or a path to its socket. Empty asks nobody.
    clamd: str = ""
    worker_outbox_seconds: int = Field(default=5, ge=1)
    worker_watch_seconds: int = Field(default=30, ge=1)
    ldap_url: str = ""
    ldap_security: Literal["starttls", "none"] = "starttls"
    ldap_ca_file: Path | None = None
    ldap_bind_dn: str = ""
    ldap_password: str = Field(default="", repr=False)
    ldap_base: str = ""
    ldap_filter: str = "(hsaIdentity=*)"
    ldap_map_file: Path | None = None
    ldap_party: str = ""
    ldap_sync_minutes: int = Field(default=60, ge=5)
    clock_shift_file: Path | None = None

    @field_validator("trusted_hosts", "calendar_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("calendar_hosts")
    @classmethod
    def _plain_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", one) for one in value):
            raise ValueError(
                "must be hosts such as kalender.example or kalender.example:8443, without https://"
            )
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be a web address such as https://samvag.example")
        return value.rstrip("/")

    @field_validator("ldap_url")
    @classmethod
    def _ldap_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("ldap", "ldaps") or not urlsplit(value).hostname):
            raise ValueError("must be an address such as ldaps://katalog.example")
        return value

    @model_validator(mode="after")
    def _whole_catalogue(self) -> Settings:
        if not self.ldap_url:
            return self
        for name in ("ldap_base", "ldap_party"):
            if not getattr(self, name):
                raise ValueError(f"{name}: is needed with SAMVAG_LDAP_URL")
        if self.ldap_bind_dn and not self.ldap_password.strip():
            raise ValueError("ldap_password: a bind name without a password lets in nobody")
        parts = urlsplit(self.ldap_url)
        if parts.scheme == "ldap" and self.ldap_security == "none" and not is_loopback(parts.hostname or ""):
            raise ValueError("ldap_security: a catalogue beyond this machine is asked only under TLS")
        return self

    @field_validator("mail_sender")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        local, _, domain = value.partition("@")
        if not local or not domain or any(one.isspace() or one in '<>,;:"()' for one in value):
            raise ValueError("must be a plain mail address such as svara-inte@samvag.example")
        return value

    @field_validator("mail_domain")
    @classmethod
    def _plain_domain(cls, value: str) -> str:
        value = value.strip().rstrip(".").lower()
        if value and not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", value):
            raise ValueError("must be a mail domain such as svar.samvag.example")
        return value

    @field_validator("mail_listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (host and port.isdigit() and int(port) < 65536):
            raise ValueError("must be a host and a port such as 127.0.0.1:8024")
        return value

    @model_validator(mode="after")
    def _whole_mail_in(self) -> Settings:
        if (self.mail_listen or self.imap_host) and not self.mail_domain:
            raise ValueError("mail_domain: is needed to take mail in")
        if self.dkim_selector and not self.dkim_key:
            raise ValueError("dkim_key: a selector without a key signs nothing")
        if self.imap_host and self.imap_security == "none" and not is_loopback(self.imap_host):
            raise ValueError("imap_security: mail is fetched from beyond this machine only under TLS")
        return self

    @model_validator(mode="after")
    def _fit_for_production(self) -> Settings:
        if self.environment != "production":
            return self
        if len(self.secret_key) < 32:
            raise ValueError(
                "secret_key: production needs 32 characters or more, best from SAMVAG_SECRET_KEY_FILE"
            )
        if self.clock_shift_file is not None:
            raise ValueError("clock_shift_file: the clock may only be moved in test and demo")
        if self.mail_host and self.mail_security == "none" and not is_loopback(self.mail_host):
            raise ValueError("mail_security: mail may leave this machine only under TLS (starttls or tls)")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # `load` gathers the environment itself, so that unknown names can be refused with a sentence.
        return (init_settings,)

    @property
    def database(self) -> str:
        """The database's URL, SQLite under the data directory unless told otherwise."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'samvag.sqlite').resolve()}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names the web may be called by; the public one and loopback always belong."""
        return (*self.trusted_hosts, urlsplit(self.public_url).hostname or "", "127.0.0.1", "localhost")

    @property
    def signing_key(self) -> str:
        """The key of cookies and tokens; a fixed one outside production so that a restart keeps sessions."""
        return self.secret_key or f"{self.environment}-only-key-that-protects-nothing-real"


def is_loopback(host: str) -> bool:
    """Whether mail to this host never leaves the machine."""
    return host in ("localhost", "::1") or host.startswith("127.")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read all settings, or raise SettingsError with one sentence for each that is wrong.

    Later sources win: the TOML file named by SAMVAG_CONFIG, then SAMVAG_NAME, then SAMVAG_NAME_FILE.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    if path := environ.get("SAMVAG_CONFIG"):
        values.update(_read_toml(Path(path)))
    values.update(_read_environment(environ))
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(item) for item in error.errors())) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"SAMVAG_CONFIG names {path}, which cannot be read: {error}") from error


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in environ.items():
        # SAMVAG_TEST_* steers the test suite and SAMVAG_CONFIG this function; neither is a setting.
        if not name.startswith(PREFIX) or name == "SAMVAG_CONFIG" or name.startswith("SAMVAG_TEST_"):
            continue
        field = name.removeprefix(PREFIX).lower()
        secret = field.removesuffix("_file")
        if field.endswith("_file") and secret in SECRETS:
            try:
                values[secret] = Path(value).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(
                    f"{name} names {value}, which cannot be read: {error.strerror}"
                ) from error
        elif not (field in SECRETS and f"{name}_FILE" in environ):
            values[field] = value
    return values


def _sentence(item: Any) -> str:
    name = "_".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return f"{PREFIX}{name.upper()} is not a setting of Samväg; look for a misspelling."
    message = str(item["msg"]).removeprefix("Value error, ")
    if not name:
        name, _, message = message.partition(": ")
    return f"{PREFIX}{name.upper()} is wrong: {message}."
