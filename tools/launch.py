"""Readies .venv and becomes the command: what `./chp` and `chp.cmd` start; standard library only.

It is no part of the gateway and imports nothing of it. `.venv` counts only once it is stamped with
the digests of the lock files it was made from, and the stamp is written last: whatever interrupts
a set-up, the next start begins it anew. A start that finds the right stamp writes nothing.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ROOT: Final = Path(__file__).resolve().parents[1]

Stamp = dict[str, str]
"""Lock name (`run`, `dev`) to digest, and `python`, the interpreter that .venv stands on."""

REGISTRY_FAULTS: Final = (
    (
        r"NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|ProxyError|SSLError"
        r"|Max retries exceeded|Connection reset|RemoteDisconnected",
        "the package registry cannot be reached; check the network and pip's proxy settings, "
        "then start again",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "a package differs from the one that requirements/ pins, so it was not installed; "
        "ask whoever runs your package registry",
    ),
    (r"No space left on device|Errno 28", "the disk is full; make room and start again"),
    (
        r"Permission denied|Errno 13|Access is denied|WinError 32",
        "files in .venv cannot be replaced; stop whatever runs from it (another ./chp?), "
        "delete .venv and start again",
    ),
)
"""What pip says, and what it means for the user; the first that fits counts."""


class SetupError(Exception):
    """Set-up cannot go on; the text is one line that says why and what to do."""


class Checkout:
    """One clone of the project, and the `.venv` in it."""

    def __init__(self, root: Path) -> None:
        """Name the places; touches nothing."""
        self.root = root
        self.environment = root / ".venv"
        scripts = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
        self.python = self.environment / scripts
        self.stamp_file = self.environment / "chp-stamp.json"
        self.log_file = root / ".chp-setup.log"

    def lock_file(self, name: str) -> Path:
        """Where the pins of `run` or `dev` are."""
        return self.root / "requirements" / f"{name}.txt"

    def digest(self, name: str) -> str:
        """What a .venv made from this lock file is stamped with."""
        try:
            return hashlib.sha256(self.lock_file(name).read_bytes()).hexdigest()
        except FileNotFoundError as error:
            raise SetupError(f"{error.filename} is missing; clone the project again") from error

    def stamp(self) -> Stamp:
        """What .venv was made from; empty when it is absent, foreign or unfinished."""
        try:
            stamp = json.loads(self.stamp_file.read_text("utf-8"))
            # exists() raises where .venv stands on a Python in a folder closed to this user.
            has_python = self.python.exists()
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) and has_python else {}


def main(arguments: Sequence[str]) -> int:
    """Become the command that the arguments ask for; returns only where that is impossible."""
    checkout = Checkout(ROOT)
    is_test = arguments[:1] == ["test"]
    try:
        make_ready(checkout, "dev" if is_test else "run")
        run(command_of(checkout, arguments))
    except SetupError as error:
        _say(str(error))
    except KeyboardInterrupt:
        _say("interrupted; the next start begins set-up anew")
    return 1


def command_of(checkout: Checkout, arguments: Sequence[str]) -> list[str]:
    """The command line in .venv: the test runner for `test`, else the gateway's own.

    -P keeps the folder that the user stands in from hiding our modules.
    """
    if arguments[:1] == ["test"]:
        target = checkout.root / "tools" / "test.py"
        start = [str(target), *arguments[1:]]
    else:
        target = checkout.root / "src" / "chp" / "cli.py"
        start = ["-m", "chp.cli", *arguments]
    if not target.exists():
        raise SetupError(f"{target} is missing; clone the project again")
    return [str(checkout.python), "-P", "-X", "utf8", *start]


def run(command: list[str]) -> NoReturn:
    """Replace this process; on Windows, which cannot, wait and pass on the exit code."""
    try:
        if sys.platform != "win32":
            os.execv(command[0], command)
        with subprocess.Popen(command) as child:
            while True:
                # Ctrl-C reaches the child as well, and how to end is the child's decision.
                with contextlib.suppress(KeyboardInterrupt):
                    sys.exit(child.wait())
    except OSError as error:
        raise SetupError(f"cannot start {command[0]} ({error.strerror}); delete .venv") from error


def make_ready(checkout: Checkout, name: str) -> None:
    """Leave a finished .venv that holds the packages of the lock `name`."""
    if is_ready(checkout, name):
        return
    with _alone(checkout):
        if is_ready(checkout, name):
            return  # the start that we waited for has done it
        stamp = _wanted_stamp(checkout, name)
        if _may_grow(checkout):
            _say("adding what the tests need to .venv; about a minute, once")
            checkout.stamp_file.unlink()
        else:
            _say("setting up .venv; about a minute, once")
            _make_environment(checkout)
        _install(checkout, name)
        _link_source(checkout)
        _write_stamp(checkout, stamp)


def is_ready(checkout: Checkout, name: str) -> bool:
    """Whether .venv is finished and made from today's lock files by the wanted interpreter."""
    stamp = checkout.stamp()
    needed = {"run", name}
    if any(stamp.get(lock) != checkout.digest(lock) for lock in needed):
        return False
    return "CHP_PYTHON" not in os.environ or stamp.get("python") == _interpreter()


def _may_grow(checkout: Checkout) -> bool:
    """Whether .venv is right but for the tests' packages; then those are simply added."""
    return is_ready(checkout, "run") and "dev" not in checkout.stamp()


def _wanted_stamp(checkout: Checkout, name: str) -> Stamp:
    digests = {lock: checkout.digest(lock) for lock in sorted({"run", name})}
    return {**digests, "python": _interpreter()}


def _interpreter() -> str:
    """The installed Python behind this process: a .venv must not stand on another .venv."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


@contextlib.contextmanager
def _alone(checkout: Checkout) -> Iterator[None]:
    """Hold off other starts in the same checkout; the system frees the lock of a dead one."""
    try:
        file = (checkout.root / ".chp-setup.lock").open("ab")
    except OSError as error:
        reason = f"cannot write in {checkout.root} ({error.strerror})"
        raise SetupError(f"{reason}; clone the project to a folder of yours") from error
    with file:
        if not _try_lock(file):
            _say("another start is setting up here; waiting for it")
            _wait_for_lock(file)
        yield


if sys.platform == "win32":

    def _try_lock(file: BinaryIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait_for_lock(file: BinaryIO) -> None:
        while True:  # LK_LOCK gives up after ten seconds
            with contextlib.suppress(OSError):
                return msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)

else:

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait_for_lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


def _make_environment(checkout: Checkout) -> None:
    missing = [name for name in ("venv", "ensurepip") if not importlib.util.find_spec(name)]
    if missing:
        raise SetupError(_no_venv(" and ".join(missing)))
    checkout.stamp_file.unlink(missing_ok=True)
    command = [_interpreter(), "-I", "-m", "venv", "--clear", str(checkout.environment)]
    done = _captured(command)
    if done.returncode:
        if "ensurepip is not available" in done.stdout:
            raise SetupError(_no_venv("ensurepip"))
        raise SetupError(_explain(checkout, "making .venv", done.stdout))


def _no_venv(missing: str) -> str:
    return (
        f"{_interpreter()} comes without {missing}; install it (Debian and Ubuntu: "
        "apt install python3-venv) or name another Python in CHP_PYTHON"
    )


def _install(checkout: Checkout, name: str) -> None:
    done = _captured(
        [
            *(str(checkout.python), "-I", "-m", "pip", "install", "--quiet", "--no-input"),
            # Building a package would fetch tools that no hash pins.
            *("--require-hashes", "--only-binary=:all:", "--disable-pip-version-check"),
            *("-r", str(checkout.lock_file(name))),
        ]
    )
    if done.returncode:
        raise SetupError(_explain(checkout, "installing packages", done.stdout))


def _link_source(checkout: Checkout) -> None:
    """Make src importable; the path is relative, so that the folder may be moved."""
    done = _captured(
        [
            *(str(checkout.python), "-I", "-c"),
            "import sysconfig; print(sysconfig.get_path('purelib'), end='')",
        ]
    )
    packages = Path(done.stdout)
    source = os.path.relpath(checkout.root / "src", packages)
    (packages / "chp-source.pth").write_text(f"{source}\n", "utf-8")


def _write_stamp(checkout: Checkout, stamp: Stamp) -> None:
    """Write it under another name first: a torn stamp must not count."""
    draft = checkout.stamp_file.with_suffix(".draft")
    draft.write_text(json.dumps(stamp, indent=2), "utf-8")
    draft.replace(checkout.stamp_file)
    checkout.log_file.unlink(missing_ok=True)


def _captured(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run to the end; both outputs, in their order, are in `stdout`."""
    return subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


def _explain(checkout: Checkout, step: str, output: str) -> str:
    """One line from what pip or venv printed; all of it goes to the log file."""
    for pattern, meaning in REGISTRY_FAULTS:
        if re.search(pattern, output):
            return meaning
    absent = re.search(r"No matching distribution found for (\S+)", output)
    if absent:
        version = ".".join(map(str, sys.version_info[:2]))
        return (
            f"the package registry has no {absent[1]} for Python {version} on this machine; "
            "name another Python (3.11 to 3.14) in CHP_PYTHON"
        )
    with contextlib.suppress(OSError):
        checkout.log_file.write_text(output, "utf-8")
    last = (output.strip().splitlines() or ["no message"])[-1]
    return f"{step} failed: {last} (all of it: {checkout.log_file})"


def _say(text: str) -> None:
    print(f"chp: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
