from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Final

import pytest

from chp.demo.files import GAZP_M5, GAZP_TRADES, SHARES, YNDX_M1, unpacked

SHIPPED: Final = (GAZP_TRADES, SHARES, GAZP_M5, YNDX_M1)
LICENCES: Final = {
    "Packt-DRL-Hands-On_MIT.txt": "Permission is hereby granted, free of charge",
    "afedyanin-vertr-moex-iss_MIT.txt": "Permission is hereby granted, free of charge",
    "andreybabynin-td_Apache-2.0.txt": "Apache License",
}


def _names(*folder: str) -> set[str]:
    return {item.name for item in files("chp.demo").joinpath(*folder).iterdir()}


def test_what_is_shipped_is_what_is_read_and_named_with_its_source() -> None:
    sources = files("chp.demo").joinpath("SOURCES.md").read_text("utf-8")
    assert _names("recorded") == set(SHIPPED)
    assert [name for name in SHIPPED if f"| {name} |" not in sources] == []


def test_every_licence_is_shipped() -> None:
    assert _names("LICENSES") == set(LICENCES)
    for name, words in LICENCES.items():
        assert words in files("chp.demo").joinpath("LICENSES", name).read_text("utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_has_the_digest_of_its_source(name: str) -> None:
    sources = files("chp.demo").joinpath("SOURCES.md").read_text("utf-8")
    digest = hashlib.sha256(unpacked(name)).hexdigest()
    assert f"| {name.removesuffix('.gz')} | {digest} |" in sources
