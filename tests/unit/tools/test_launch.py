"""What the launcher makes of stamps, and of what pip and Python say."""

import importlib.util
import json
import os
from pathlib import Path

import pytest

from tools import launch
from tools.launch import Checkout, SetupError


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout whose .venv was made from its lock files, as far as the stamp tells."""
    made = Checkout(tmp_path)
    for file in (made.lock_file("run"), made.lock_file("dev"), made.python):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(file.name, "utf-8")
    stamp(made, run=made.digest("run"), dev=made.digest("dev"))
    return made


@pytest.fixture(autouse=True)
def _no_wish_for_an_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHP_PYTHON", raising=False)


def stamp(checkout: Checkout, **values: str) -> None:
    """Stamp its .venv by hand."""
    checkout.stamp_file.write_text(json.dumps({"python": "/usr/bin/python3", **values}), "utf-8")


def test_stamp_of_todays_locks_is_ready(checkout: Checkout) -> None:
    assert launch.is_ready(checkout, "run")
    assert launch.is_ready(checkout, "dev")


def test_stamp_without_the_tests_packages_is_ready_to_run_only(checkout: Checkout) -> None:
    stamp(checkout, run=checkout.digest("run"))
    assert launch.is_ready(checkout, "run")
    assert not launch.is_ready(checkout, "dev")


@pytest.mark.parametrize("name", ["run", "dev"])
def test_changed_lock_is_not_ready(name: str, checkout: Checkout) -> None:
    checkout.lock_file(name).write_text("other", "utf-8")
    assert not launch.is_ready(checkout, "dev")


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_torn_stamp_does_not_count(text: str, checkout: Checkout) -> None:
    checkout.stamp_file.write_text(text, "utf-8")
    assert not launch.is_ready(checkout, "run")


def test_environment_without_its_python_does_not_count(checkout: Checkout) -> None:
    checkout.python.unlink()
    assert not launch.is_ready(checkout, "run")


def test_environment_on_a_python_closed_to_this_user_does_not_count(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **_: object) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refuse)
    assert not launch.is_ready(checkout, "run")


def test_wish_for_another_interpreter_is_heard(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHP_PYTHON", "python3")
    assert not launch.is_ready(checkout, "run")
    stamp(checkout, run=checkout.digest("run"), python=launch._interpreter())
    assert launch.is_ready(checkout, "run")


def test_missing_lock_file_says_so(checkout: Checkout) -> None:
    checkout.lock_file("run").unlink()
    with pytest.raises(SetupError, match=r"run\.txt is missing; clone the project again"):
        launch.is_ready(checkout, "run")


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_python_without_venv_or_pip_says_what_to_install(
    missing: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == missing else real(name)
    )
    with pytest.raises(SetupError, match=f"comes without {missing}; install it") as caught:
        launch._make_environment(checkout)
    assert "apt install python3-venv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by "
            "'NewConnectionError: [Errno -3] Temporary failure in name resolution'\n"
            "ERROR: Could not find a version that satisfies the requirement requests==2.32.5\n"
            "ERROR: No matching distribution found for requests==2.32.5",
            "the package registry cannot be reached; check the network",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement duckdb==2.0.0\n"
            "ERROR: No matching distribution found for duckdb==2.0.0",
            "the package registry has no duckdb==2.0.0 for Python 3.",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "a package differs from the one that requirements/ pins",
        ),
        ("ERROR: Could not install packages: [Errno 28] No space left", "the disk is full"),
        ("ERROR: [WinError 32] The file is used by another process", "files in .venv cannot be"),
    ],
)
def test_failure_of_pip_is_told_in_one_line(output: str, meaning: str, checkout: Checkout) -> None:
    told = launch._explain(checkout, "installing packages", output)
    assert told.startswith(meaning)
    assert "\n" not in told
    assert not checkout.log_file.exists()


def test_failure_not_foreseen_is_kept_in_a_file(checkout: Checkout) -> None:
    told = launch._explain(checkout, "making .venv", "first\n\nlast line\n\n")
    assert told == f"making .venv failed: last line (all of it: {checkout.log_file})"
    assert checkout.log_file.read_text("utf-8") == "first\n\nlast line\n\n"


def test_failure_without_a_word_is_still_told(checkout: Checkout) -> None:
    assert "no message" in launch._explain(checkout, "making .venv", "")


def test_command_line_keeps_the_users_folder_from_hiding_modules(checkout: Checkout) -> None:
    cli = checkout.root / "src" / "chp" / "cli.py"
    cli.parent.mkdir(parents=True)
    cli.touch()
    command = launch.command_of(checkout, ["demo", "--port", "0"])
    options = ["-P", "-X", "utf8", "-m", "chp.cli", "demo", "--port", "0"]
    assert command == [str(checkout.python), *options]


def test_interpreter_behind_a_virtual_environment_is_an_installed_one() -> None:
    assert not Path(launch._interpreter()).is_symlink()
    assert not (Path(launch._interpreter()).parent.parent / "pyvenv.cfg").exists()
    assert os.access(launch._interpreter(), os.X_OK)
