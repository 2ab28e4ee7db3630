"""A real gateway in a process of its own, on a free port and a data folder of the test.

Readiness is read from the process's own output, never waited for by the clock.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class GatewayProcess:
    """`chp demo` (or other arguments) as a user starts it."""

    def __init__(self, data: Path, *arguments: str, port: int | None = None) -> None:
        """Starts it and returns when it says that it listens and is ready."""
        self.port = port or free_port()
        self.data = data
        command = [sys.executable, "-m", "chp.cli", *(arguments or ("demo",))]
        command += ["--port", str(self.port), "--data", str(data)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        self.output: list[str] = []
        self._await_line("is ready")

    def _await_line(self, words: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if words in line:
                return
        self._finish()
        raise AssertionError(f"the gateway ended: {self.output}")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """Ends it at once, as a power cut would end the process."""
        self.process.kill()
        self._finish()

    def stop(self) -> int:
        """Asks it to end and answers its exit code."""
        if sys.platform == "win32":
            self.process.terminate()
        else:
            self.process.send_signal(signal.SIGTERM)
        return self._finish()

    def _finish(self) -> int:
        out, err = self.process.communicate(timeout=30)
        self.output += [out, err]
        return self.process.returncode

    def __enter__(self) -> GatewayProcess:
        """The running gateway."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stops it if it still runs."""
        if self.process.returncode is None:
            self.stop()
