"""What is generated is up to date: the reference page, and the description of the protocol."""

from pathlib import Path

import pytest

from chp.server.pages import PAGES
from chp.wire.rest.openapi import document
from chp.wire.rest.urns import URNS
from tools import reference


def test_reference_page_is_what_the_table_makes() -> None:
    assert reference.main(["--check"]) == 0, "run python tools/reference.py"


def test_reference_page_that_is_out_of_date_is_told_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "protocols" / "rest.md"
    monkeypatch.setattr(reference, "PAGE", page)
    assert reference.main(["--check"]) == 1
    assert "is out of date" in capsys.readouterr().err
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
    assert page.read_text("utf-8") == reference.page()
    assert b"\r" not in page.read_bytes()
    page.write_text("other", "utf-8")
    assert reference.main(["--check"]) == 1


def test_description_has_the_paths_of_the_gateway() -> None:
    paths = document()["paths"]
    assert set(paths) == {f"/{urn}" for urn in URNS.values()} | set(PAGES)
