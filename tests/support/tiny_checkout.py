"""A checkout with the real launcher and packages of a few lines, for set-up without a network.

It cannot show that the real packages install: only a run of `./chp` in a fresh clone can.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.architecture.source_tree import ROOT

LAUNCHER: Final = "chp.cmd" if sys.platform == "win32" else "chp"
WAIT_S: Final = 120

COMMAND: Final = '''\
"""Says how it was started, and what of the tiny packages there is."""
import importlib.util, json, os, sys
import chp
print(json.dumps({
    "arguments": sys.argv[1:],
    "folder": os.getcwd(),
    "process": os.getpid(),
    "packages": [name for name in ("tiny", "tiny_two") if importlib.util.find_spec(name)],
}))
sys.exit(7)
'''


class Ended(NamedTuple):
    """One start of the launcher, over."""

    code: int
    said: dict[str, Any]
    """By the command; empty when it was not reached."""
    complaints: list[str]
    """The lines on standard error."""


class TinyCheckout:
    """One such checkout, with a folder of packages beside it."""

    def __init__(self, root: Path, wheels: Path) -> None:
        """Take over what stands there; `planted` makes a new one."""
        self.root = root
        self.wheels = wheels

    @classmethod
    def planted(cls, folder: Path) -> "TinyCheckout":
        """A fresh clone, so to speak: `run` wants the package tiny, `dev` tiny_two as well."""
        checkout = cls(folder / "checkout", folder / "wheels")
        for name in ("requirements", "tools", "src/chp"):
            (checkout.root / name).mkdir(parents=True)
        checkout.wheels.mkdir()
        for name in (LAUNCHER, "tools/launch.py"):
            shutil.copy(ROOT / name, checkout.root / name)
        (checkout.root / "src" / "chp" / "__init__.py").touch()
        (checkout.root / "src" / "chp" / "cli.py").write_text(COMMAND, "utf-8")
        (checkout.root / "tools" / "test.py").write_text(COMMAND, "utf-8")
        checkout.lock("run", "tiny")
        checkout.lock("dev", "tiny", "tiny_two")
        return checkout

    def copied(self, folder: Path) -> "TinyCheckout":
        """The same, moved elsewhere as a user may move it."""
        shutil.copytree(self.root, folder / "checkout", symlinks=True)
        return TinyCheckout(folder / "checkout", self.wheels)

    def lock(self, name: str, *packages: str) -> None:
        """Write a lock file that pins these packages, and the packages."""
        pins = [f"{package}==1.0 --hash=sha256:{self._wheel(package)}" for package in packages]
        self.write_lock(name, "\n".join(pins))

    def write_lock(self, name: str, text: str) -> None:
        """Write a lock file as given."""
        (self.root / "requirements" / f"{name}.txt").write_text(f"{text}\n", "utf-8")

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start the launcher from the folder above, in a process group of its own."""
        return subprocess.Popen(
            [str(self.root / LAUNCHER), *arguments],
            cwd=self.root.parent,
            env={**os.environ, **self._environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Start it and wait for its end."""
        return ended(self.start(*arguments, **environment))

    def _environment(self) -> dict[str, str]:
        return {
            "CHP_PYTHON": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1",
        }

    def _wheel(self, package: str) -> str:
        """Make a package of one empty module; the digest of its file."""
        info = f"{package}-1.0.dist-info"
        files = {
            f"{package}.py": "",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{name},{_record_hash(text)},\n" for name, text in files.items())
        path = self.wheels / f"{package}-1.0-py3-none-any.whl"
        if not path.exists():
            with zipfile.ZipFile(path, "w") as archive:
                for name, text in {**files, f"{info}/RECORD": record}.items():
                    archive.writestr(name, text)
        return hashlib.sha256(path.read_bytes()).hexdigest()


def ended(started: subprocess.Popen[str]) -> Ended:
    """Wait for the end of a start."""
    out, complaints = started.communicate(timeout=WAIT_S)
    return Ended(started.returncode, json.loads(out) if out else {}, complaints.splitlines())


def _record_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
