"""Every setting of the platform, read once from the environment into one frozen object.

| variable | meaning | default |
| --- | --- | --- |
| FAIRLINK_ENV | `production`, `development` or `test` | `production` |
| SECRET_KEY | signs cookies and form tokens; at least 32 characters in production | none (made up in development) |
| DATABASE_URL | any PostgreSQL 15 or newer, `postgresql://...` | the embedded PostgreSQL under FAIRLINK_VAR |
| SMTP_URL | `smtp://user:password@host:587?tls=starttls`, `smtps://...` | `smtp://127.0.0.1:8025` in development |
| FAIRLINK_BASE_URL | the public address, used in every mail | `http://127.0.0.1:8000` outside production |
| FAIRLINK_MAIL_FROM | sender of every mail | `FairLink <no-reply@` host of the base URL `>` |
| FAIRLINK_MAIL_RATE | mails of lists (the follow-up) a second at most, all workers together; 0 for no limit | 10 |
| FAIRLINK_BOUNCES_URL | the mailbox that bounces go to, `imaps://user:password@host/INBOX` | none |
| FAIRLINK_MAIL_WEBHOOK_SECRET | signs what a mail provider reports to `/mail/events` | none |
| FAIRLINK_VAR | folder for uploads, the embedded database, the development mailbox | `var` beside this file |
| FAIRLINK_CLOCK | moves the clock, e.g. `+90d`; refused in production | none |
| FAIRLINK_PROXIES | reverse proxies in front whose X-Forwarded-* headers are believed | 0 |
| STRIPE_SECRET_KEY | key at Stripe (`sk_...` or `rk_...`); without it there is bank transfer alone | none |
| STRIPE_WEBHOOK_SECRET | sign what Stripe reports to us (`whsec_...`, commas between them); with the key | none |
| STRIPE_SHARED | `0`: agencies without an account of their own do not take cards on the one of this key | `1` |
| FAIRLINK_SEALING_KEYS | seal agencies' Stripe keys: random, commas between; the first seals, all open | none |
| STRIPE_API_BASE | another address than Stripe's own, for a stand-in; refused in production | none |
| FAIRLINK_CLAMD | a virus scanner for uploads: `host:port` or the path of clamd's socket | none |
| FAIRLINK_MAILBOX | `1` shows received mail at /dev/mailbox; refused in production | off |
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from fairlink.kernel.clock import parse_offset

ROOT = Path(__file__).resolve().parent
LANGUAGES = ("en", "es", "pt")
MINIMUM_SECRET = 32

Environment = Literal["production", "development", "test"]


class SettingsError(Exception):
    """The environment does not make a safe, complete configuration; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the processes of one installation share."""

    environment: Environment
    secret_key: str
    #: None means the embedded PostgreSQL under `var`.
    database_url: str | None
    smtp_url: str
    #: Without a trailing slash.
    base_url: str
    mail_from: str
    #: Mails of lists a second, all workers together; 0 for no limit.
    mail_rate: float
    #: Empty without one.
    bounces_url: str
    mail_webhook_secret: str
    var: Path
    clock_offset: timedelta
    proxies: int
    mailbox: bool
    #: Empty without cards.
    stripe_secret_key: str
    stripe_webhook_secrets: tuple[str, ...]
    #: Whether agencies without an account of their own take cards on the platform's.
    stripe_shared: bool
    #: Empty for Stripe's own address.
    stripe_api_base: str
    #: The first seals, all open; empty without any.
    sealing_keys: tuple[str, ...]
    #: Where clamd listens; empty without one.
    clamd: str

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def uploads(self) -> Path:
        """Uploaded files, outside everything the web server serves."""
        return self.var / "uploads"

    @property
    def postgres(self) -> Path:
        """Data folder of the embedded PostgreSQL."""
        return self.var / "postgres"

    @property
    def mailbox_folder(self) -> Path:
        """Where the development SMTP sink leaves what it received."""
        return self.var / "mailbox"


def load(env: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `env`.

    Raises SettingsError, naming the variable and the mend, for anything missing, malformed or unsafe.
    """
    environment = env.get("FAIRLINK_ENV", "production")
    if environment not in ("production", "development", "test"):
        raise SettingsError(f"FAIRLINK_ENV is {environment!r}; it must be production, development or test")
    production = environment == "production"
    var = Path(env.get("FAIRLINK_VAR") or ROOT / "var").resolve()
    base_url = _base_url(env, production)
    settings = Settings(
        environment=cast(Environment, environment),
        secret_key=_secret_key(env, production, var),
        database_url=_database_url(env.get("DATABASE_URL", "")),
        smtp_url=_smtp_url(env, production),
        base_url=base_url,
        mail_from=env.get("FAIRLINK_MAIL_FROM") or f"FairLink <no-reply@{urlsplit(base_url).hostname}>",
        mail_rate=_mail_rate(env),
        bounces_url=_bounces_url(env),
        mail_webhook_secret=env.get("FAIRLINK_MAIL_WEBHOOK_SECRET", ""),
        var=var,
        clock_offset=_clock_offset(env),
        proxies=_proxies(env),
        mailbox=env.get("FAIRLINK_MAILBOX", "") == "1",
        stripe_secret_key=env.get("STRIPE_SECRET_KEY", ""),
        stripe_webhook_secrets=_several(env, "STRIPE_WEBHOOK_SECRET"),
        stripe_shared=env.get("STRIPE_SHARED", "1") != "0",
        stripe_api_base=env.get("STRIPE_API_BASE", ""),
        sealing_keys=_sealing_keys(env, production, var),
        clamd=_clamd(env),
    )
    if production and settings.clock_offset:
        raise SettingsError("FAIRLINK_CLOCK moves the clock and is for development only; unset it")
    if production and settings.mailbox:
        raise SettingsError("FAIRLINK_MAILBOX shows everybody's mail and is for development only; unset it")
    if bool(settings.stripe_secret_key) != bool(settings.stripe_webhook_secrets):
        raise SettingsError("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET go together; set both or neither")
    if production and settings.stripe_api_base:
        raise SettingsError("STRIPE_API_BASE sends payments elsewhere than to Stripe and is for tests; unset it")
    return settings


def _secret_key(env: Mapping[str, str], production: bool, var: Path) -> str:
    secret = env.get("SECRET_KEY", "")
    if not production:
        # Stable between restarts of one checkout, so that a developer stays signed in; worthless elsewhere.
        return secret or hashlib.sha256(f"development:{var}".encode()).hexdigest()
    if _is_weak(secret):
        raise SettingsError(
            f"SECRET_KEY is missing or weak; set it to at least {MINIMUM_SECRET} random characters, for example from: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return secret


def _several(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(filter(None, (each.strip() for each in env.get(name, "").split(","))))


def _sealing_keys(env: Mapping[str, str], production: bool, var: Path) -> tuple[str, ...]:
    keys = _several(env, "FAIRLINK_SEALING_KEYS")
    if not production:
        return keys or (hashlib.sha256(f"sealing:{var}".encode()).hexdigest(),)
    if any(_is_weak(key) for key in keys):
        raise SettingsError(
            f"FAIRLINK_SEALING_KEYS is weak; each must be at least {MINIMUM_SECRET} random characters without commas"
        )
    return keys


def _is_weak(secret: str) -> bool:
    return len(secret) < MINIMUM_SECRET or len(set(secret)) < 10


def _database_url(text: str) -> str | None:
    if not text:
        return None
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise SettingsError("DATABASE_URL must begin with postgresql://")
    return f"postgresql+psycopg://{rest}"


def _smtp_url(env: Mapping[str, str], production: bool) -> str:
    url = env.get("SMTP_URL", "")
    if not url and production:
        raise SettingsError("SMTP_URL is missing; set it to smtp://user:password@host:587?tls=starttls or smtps://...")
    url = url or "smtp://127.0.0.1:8025"
    if urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname:
        raise SettingsError("SMTP_URL must begin with smtp:// or smtps:// and name a host")
    return url


def _base_url(env: Mapping[str, str], production: bool) -> str:
    url = env.get("FAIRLINK_BASE_URL", "")
    if not url and production:
        raise SettingsError("FAIRLINK_BASE_URL is missing; set it to the public address, such as https://fairs.example")
    url = (url or "http://127.0.0.1:8000").rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise SettingsError("FAIRLINK_BASE_URL must begin with http:// or https:// and name a host")
    return url


def _mail_rate(env: Mapping[str, str]) -> float:
    text = env.get("FAIRLINK_MAIL_RATE") or "10"
    try:
        rate = float(text)
    except ValueError:
        rate = -1
    if not 0 <= rate < 10_000:
        raise SettingsError(f"FAIRLINK_MAIL_RATE is {text!r}; it must be a number of mails a second, or 0")
    return rate


def _bounces_url(env: Mapping[str, str]) -> str:
    url = env.get("FAIRLINK_BOUNCES_URL", "")
    if url and (urlsplit(url).scheme not in ("imap", "imaps") or not urlsplit(url).hostname):
        raise SettingsError("FAIRLINK_BOUNCES_URL must look like imaps://user:password@host/INBOX")
    return url


def _clock_offset(env: Mapping[str, str]) -> timedelta:
    try:
        return parse_offset(env.get("FAIRLINK_CLOCK", ""))
    except ValueError as error:
        raise SettingsError(f"FAIRLINK_CLOCK is {error}") from None


def _clamd(env: Mapping[str, str]) -> str:
    text = env.get("FAIRLINK_CLAMD", "")
    host, _colon, port = text.rpartition(":")
    if text and not text.startswith("/") and not (host and port.isdecimal()):
        raise SettingsError(f"FAIRLINK_CLAMD is {text!r}; it must be host:port or the path of a socket")
    return text


def _proxies(env: Mapping[str, str]) -> int:
    text = env.get("FAIRLINK_PROXIES", "0")
    if not text.isdecimal():
        raise SettingsError(f"FAIRLINK_PROXIES is {text!r}; it must be the number of reverse proxies in front")
    return int(text)
