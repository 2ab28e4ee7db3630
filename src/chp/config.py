"""Settings of a gateway: parsed once, typed, unknown keys refused.

Not the state: that is in the data folder. docs/operating.md lists every setting; a test compares.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec
import platformdirs
from msgspec import Meta, Struct

from chp.demo.market import SEED
from chp.errors import UsageError

DEFAULT_PORT: Final = 5001
DEFAULT_HOST: Final = "127.0.0.1"

Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


class ServerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[server]`: where the gateway listens."""

    host: str = DEFAULT_HOST
    """Address to listen on; 0.0.0.0 for all of the machine's."""
    port: Port = DEFAULT_PORT
    host_names: tuple[str, ...] = ()
    """Names that callers may use beside the address itself."""
    tls_certificate: str | None = None
    """File of the certificate chain; with it the gateway speaks https."""
    tls_key: str | None = None
    """File of the certificate's private key."""
    connections_max: Count = 1_000
    """Connections served at once."""
    request_timeout_s: Positive = 30.0
    """A request must arrive whole in this time."""


class LimitSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[limits]`: how often one token may call."""

    calls_per_s: Positive = 200.0
    calls_burst: Count = 400
    orders_per_s: Positive = 50.0
    """Place, Move, Cancel and CancelAll together."""
    orders_burst: Count = 50


class VenueSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[venue]`: the paper market."""

    latency_ms: Annotated[int, Meta(ge=0, le=60_000)] = 55
    """Round trip between broker and exchange; another one holds from the next start on."""
    seed: Annotated[int, Meta(ge=0)] = SEED
    """Of the synthetic market; counts at the first start of a data folder."""


class LogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[log]`: what is written to standard error."""

    level: str = "info"
    """debug, info, warning or error."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that an operator may set."""

    server: ServerSettings = ServerSettings()
    limits: LimitSettings | None = LimitSettings()
    """None (the demo) for no limits."""
    venue: VenueSettings = VenueSettings()
    log: LogSettings = LogSettings()


DEMO: Final = Settings(limits=None, venue=VenueSettings(latency_ms=0))
"""What `chp demo` runs with."""


def read_settings(path: Path) -> Settings:
    """The settings of a TOML file.

    Raises:
        UsageError: it cannot be read, is no TOML, has an unknown key or a value of a wrong type.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        settings = msgspec.convert(values, Settings)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}") from error
    return _checked(settings, path)


def _checked(settings: Settings, path: Path) -> Settings:
    server = settings.server
    if (server.tls_certificate is None) != (server.tls_key is None):
        raise UsageError(f"{path}: server.tls_certificate and server.tls_key go together")
    if settings.log.level not in ("debug", "info", "warning", "error"):
        raise UsageError(
            f"{path}: log.level must be debug, info, warning or error, not {settings.log.level}"
        )
    return settings


def default_folder(command: str) -> Path:
    """The platform's folder for the state of `demo` or `serve`."""
    return platformdirs.user_data_path("chp", appauthor=False) / command
