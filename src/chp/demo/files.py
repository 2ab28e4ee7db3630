"""The shipped files: where they are and how they are opened.

Not what is in them. Names and digests stand in SOURCES.md beside this file.
"""

from __future__ import annotations

import gzip
from importlib.resources import files
from typing import Final

GAZP_TRADES: Final = "GAZP_iss_trades_20240216.json.gz"
SHARES: Final = "iss_shares_securities_marketdata_20240215.json.gz"
GAZP_M5: Final = "GAZP_M5_20180219_20181031.csv.gz"
YNDX_M1: Final = "YNDX_M1_2015.csv.gz"


def unpacked(name: str) -> bytes:
    """A shipped file as its source had it, uncompressed.

    Raises:
        OSError: it is missing or damaged: the installation is at fault.
    """
    return gzip.decompress(files(__package__).joinpath("recorded", name).read_bytes())
