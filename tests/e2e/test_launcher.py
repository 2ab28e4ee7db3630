"""The real launcher, from a clone without .venv to the command, on packages of a few lines."""

import os
import signal
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.tiny_checkout import WAIT_S, TinyCheckout, ended

SETTING_UP: Final = "chp: setting up .venv; about a minute, once"
COMMAND_CODE: Final = 7

pytestmark = pytest.mark.timeout(3 * WAIT_S)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> TinyCheckout:
    """A checkout after its first start; tests take copies."""
    checkout = TinyCheckout.planted(tmp_path_factory.mktemp("finished"))
    first = checkout.run("hello", "two words", "")
    assert first.complaints == [SETTING_UP]
    assert first.code == COMMAND_CODE
    assert first.said["arguments"] == ["hello", "two words", ""]
    assert first.said["folder"] == os.path.realpath(checkout.root.parent)
    assert first.said["packages"] == ["tiny"]
    return checkout


def test_second_start_writes_nothing_and_needs_no_registry(
    finished: TinyCheckout, tmp_path: Path
) -> None:
    checkout = finished.copied(tmp_path)
    before = _everything(checkout)
    second = checkout.run("again", PIP_FIND_LINKS="/nowhere", PYTHONDONTWRITEBYTECODE="1")
    assert second.complaints == []
    assert second.said["arguments"] == ["again"]
    assert _everything(checkout) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot replace a process")
def test_launcher_is_replaced_by_the_command(finished: TinyCheckout, tmp_path: Path) -> None:
    started = finished.copied(tmp_path).start()
    assert ended(started).said["process"] == started.pid


def test_test_adds_its_packages_and_keeps_the_others(
    finished: TinyCheckout, tmp_path: Path
) -> None:
    checkout = finished.copied(tmp_path)
    tests = checkout.run("test", "--slow")
    assert tests.complaints == ["chp: adding what the tests need to .venv; about a minute, once"]
    assert tests.said["packages"] == ["tiny", "tiny_two"]
    assert tests.said["arguments"] == ["--slow"]
    assert checkout.run("hello").complaints == []


def test_unfinished_environment_is_made_anew(finished: TinyCheckout, tmp_path: Path) -> None:
    """Installing over it would not do: pip takes a package with half of its files for whole."""
    checkout = finished.copied(tmp_path)
    (module,) = (checkout.root / ".venv").rglob("tiny.py")
    module.unlink()
    (checkout.root / ".venv" / "chp-stamp.json").unlink()
    assert checkout.run("hello").said["packages"] == ["tiny"]


@pytest.mark.parametrize(
    ("pins", "complaint"),
    [
        ("tiny_two==1.0 --hash=sha256:" + 64 * "0", "differs from the one that requirements/ pins"),
        ("absent==2.0 --hash=sha256:" + 64 * "0", "the package registry has no absent==2.0"),
        ("tiny_two==1.0", "installing packages failed: "),
    ],
    ids=["other file", "no such package", "no hash"],
)
def test_failed_installation_is_one_line_and_leaves_nothing_that_counts(
    pins: str, complaint: str, finished: TinyCheckout, tmp_path: Path
) -> None:
    checkout = finished.copied(tmp_path)
    checkout.write_lock("dev", pins)
    failed = checkout.run("test")
    assert (failed.code, failed.said) == (1, {})
    assert len(failed.complaints) == 2
    assert complaint in failed.complaints[1]
    assert not (checkout.root / ".venv" / "chp-stamp.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a shell script")
def test_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    checkout = TinyCheckout.planted(tmp_path)
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    old.chmod(0o755)
    start = checkout.run(CHP_PYTHON=str(old))
    assert start.code == 1
    assert start.complaints == [f"chp: CHP_PYTHON={old} is no Python 3.11 or newer"]


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    checkout = TinyCheckout.planted(tmp_path)
    (checkout.root / ".chp-setup.lock").mkdir()
    start = checkout.run()
    assert start.code == 1
    (complaint,) = start.complaints
    assert complaint.startswith(f"chp: cannot write in {checkout.root} (")


def test_missing_command_is_named(finished: TinyCheckout, tmp_path: Path) -> None:
    checkout = finished.copied(tmp_path)
    (checkout.root / "src" / "chp" / "cli.py").unlink()
    start = checkout.run("demo")
    assert start.code == 1
    assert len(start.complaints) == 1
    assert start.complaints[0].endswith("cli.py is missing; clone the project again")


@pytest.mark.slow
def test_new_pins_make_it_anew(finished: TinyCheckout, tmp_path: Path) -> None:
    checkout = finished.copied(tmp_path)
    checkout.lock("run", "tiny_two")
    start = checkout.run()
    assert start.complaints == [SETTING_UP]
    assert start.said["packages"] == ["tiny_two"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="process groups are of POSIX")
@pytest.mark.parametrize("blow", ["SIGKILL", "SIGINT"])
def test_interrupted_set_up_begins_anew(blow: str, tmp_path: Path) -> None:
    checkout = TinyCheckout.planted(tmp_path)
    started = checkout.start("first")
    assert started.stderr is not None
    assert started.stderr.readline().strip() == SETTING_UP
    os.killpg(started.pid, getattr(signal, blow))
    interrupted = ended(started)
    assert interrupted.code != 0
    assert interrupted.said == {}
    if blow == "SIGINT":
        assert interrupted.complaints == ["chp: interrupted; the next start begins set-up anew"]
    assert checkout.run("second").said["arguments"] == ["second"]


@pytest.mark.slow
def test_two_first_starts_at_once_make_one_environment(tmp_path: Path) -> None:
    checkout = TinyCheckout.planted(tmp_path)
    ends = [ended(start) for start in (checkout.start("one"), checkout.start("two"))]
    assert [end.said["arguments"] for end in ends] == [["one"], ["two"]]
    assert sum(end.complaints == [SETTING_UP] for end in ends) == 1


def _everything(checkout: TinyCheckout) -> dict[Path, int]:
    """Every file and folder, with the time of its last change."""
    return {path: path.lstat().st_mtime_ns for path in checkout.root.rglob("*")}
