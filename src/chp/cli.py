"""The command line: `chp demo | serve | user | token | portfolio | verify | backup | restore`.

Not what the commands do: that is `running`'s, `admin`'s and `upkeep`'s. Exit codes: 0 done; 1 it
could not be done, one line says why; 2 the command line itself is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from msgspec.structs import replace

from chp.admin import portfolio, token, user
from chp.config import DEFAULT_HOST, DEFAULT_PORT, DEMO, Settings, default_folder, read_settings
from chp.errors import ChpError
from chp.running import run_demo, run_serve
from chp.upkeep import backup, restore, verify

_port = click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
_data = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder of the state."
)
_fresh = click.option("--fresh", is_flag=True, help="Begin anew; the old state is moved aside.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def chp() -> None:
    """A paper exchange for trading robots behind the CHP_Rest protocol."""


@chp.command()
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="A loopback address.")
@_port
@_data
@_fresh
def demo(host: str, port: int | None, data: Path | None, fresh: bool) -> None:
    """Run a ready-made market with a ready-made login, for this machine only."""
    settings = _listening_at(DEMO, host, port or DEFAULT_PORT)
    run_demo(settings, data or default_folder("demo"), is_fresh=fresh)


@chp.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings, a TOML file; docs/operating.md lists them.",
)
@click.option("--host", help="Instead of server.host of the settings.")
@_port
@_data
@_fresh
def serve(
    config: Path | None, host: str | None, port: int | None, data: Path | None, fresh: bool
) -> None:
    """Run the operator's gateway: its own users, tokens, portfolios, limits."""
    settings = read_settings(config) if config is not None else Settings()
    server = settings.server
    settings = _listening_at(settings, host or server.host, port or server.port)
    run_serve(settings, data or default_folder("serve"), is_fresh=fresh)


@chp.command()
def test() -> None:
    """Check the project (only in a clone, as `./chp test`)."""
    raise click.UsageError("run ./chp test in a clone of the project (chp.cmd test on Windows)")


for _command in (user, token, portfolio, verify, backup, restore):
    chp.add_command(_command)


def _listening_at(settings: Settings, host: str, port: int) -> Settings:
    return replace(settings, server=replace(settings.server, host=host, port=port))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and answers its exit code."""
    try:
        chp.main(arguments, prog_name="chp", standalone_mode=False)
    except ChpError as error:
        click.echo(f"chp: {error.detail}", err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
