"""A gateway from its start to its end in this process: folder, port, event loop, log.

Not what it is made of: `chp.bootstrap`. Called by the command line.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from chp.accounts import OpenedAccess, add_demo_account, opened_access, refuse_demo_account
from chp.adapters.clock import SystemClock
from chp.adapters.folder import DataFolder
from chp.bootstrap import assemble
from chp.config import ServerSettings, Settings
from chp.errors import UsageError
from chp.server.app import GatewayApp
from chp.server.listener import Listener, bind, is_loopback
from chp.server.serve import Serving

if sys.platform == "win32":
    _new_loop = asyncio.new_event_loop
else:
    from uvloop import new_event_loop as _new_loop

COLLECTOR_THRESHOLDS: Final = (50_000, 20, 20)
"""Python's garbage collector looks only for cycles, which orders and events do not form, and with
its own thresholds (700, 10, 10) a third of the time of an order went into looking."""

Prepare = Callable[[OpenedAccess], None]
"""Makes a data folder's users ready, or refuses them."""


def run_demo(settings: Settings, folder: Path, *, is_fresh: bool) -> None:
    """Serves the demo until it is stopped.

    Raises:
        ChpError: it cannot start, or its journal failed.
    """
    host = settings.server.host
    if not is_loopback(host):
        raise UsageError(
            f"the demo's login is public, so it listens on this machine only, not on {host};"
            " ./chp serve is the gateway for others"
        )
    _run(settings, folder, add_demo_account, is_fresh=is_fresh)


def run_serve(settings: Settings, folder: Path, *, is_fresh: bool) -> None:
    """Serves an operator's gateway until it is stopped.

    Raises:
        ChpError: it cannot start, or its journal failed.
    """
    _run(settings, folder, refuse_demo_account, is_fresh=is_fresh)


def _run(settings: Settings, path: Path, prepare: Prepare, *, is_fresh: bool) -> None:
    _set_up_log(settings.log.level)
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    server = settings.server
    with DataFolder(path) as folder, bind(server.host, server.port) as listening:
        aside = folder.move_aside() if is_fresh else None
        if aside is not None:
            _say(f"the old state is in {aside}")
        with opened_access(folder.path) as access:
            prepare(access)
            service, app = assemble(settings, folder, access, SystemClock())
            # Closed here too: a start may fail before the service runs.
            with contextlib.closing(service):
                listener = _listener(app, server)
                _say(f"listening on {_url(server)}; state in {folder.path}")
                with asyncio.Runner(loop_factory=_new_loop) as runner:
                    runner.run(Serving(service, app, listener, listening, _say).run())


def _listener(app: GatewayApp, server: ServerSettings) -> Listener:
    return Listener(
        app,
        connections_max=server.connections_max,
        request_timeout_s=server.request_timeout_s,
        ssl_certfile=server.tls_certificate,
        ssl_keyfile=server.tls_key,
    )


def _set_up_log(level: str) -> None:
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # Of uvicorn only what is wrong: every request's and every caller's fault is answered already.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)


def _url(server: ServerSettings) -> str:
    scheme = "http" if server.tls_certificate is None else "https"
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{scheme}://{host}:{server.port}"


def _say(text: str) -> None:
    # Whoever read standard output may be gone; the gateway goes on without a listener.
    with contextlib.suppress(OSError):
        click.echo(f"chp: {text}")
        sys.stdout.flush()
