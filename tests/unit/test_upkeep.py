"""What `chp verify | backup | restore` print and answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from chp.cli import main
from tests.support.gateway_folder import make_folder


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("sound")).path


@pytest.fixture
def data(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "data"))


def test_verify_tells_a_sound_folder_line_by_line(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--data", str(data)]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 14
    assert "ok      replay: 5 records give the newest snapshot exactly\n" in out
    assert err == ""


def test_verify_fails_with_the_check_and_the_number_of_failures(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "access.sqlite").write_bytes(b"")
    assert main(["verify", "--data", str(data)]) == 1
    out, err = capsys.readouterr()
    assert "FAILED  access.sqlite: " in out
    assert err == f"chp: {data}: 1 of 4 checks failed\n"


def test_verify_tells_machines_what_failed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "archive.sqlite").unlink()
    assert main(["verify", "--json", "--data", str(data)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["is_ok"] is False
    assert [check["name"] for check in told["checks"] if not check["is_ok"]] == ["archive.sqlite"]


def test_backup_and_restore_say_where_everything_is(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    assert main(["backup", str(copy), "--data", str(data)]) == 0
    assert capsys.readouterr().out.endswith(f"backed up and verified: {copy}\n")
    assert main(["restore", str(copy), "--data", str(data)]) == 0
    *_, aside, last = capsys.readouterr().out.splitlines()
    assert aside.startswith(f"the old state is in {data}.old-")
    assert last == f"restored and verified: {data}"
    assert main(["backup", str(copy), "--data", str(data)]) == 1
    assert capsys.readouterr().err.endswith("is there already: a backup is a new folder\n")
