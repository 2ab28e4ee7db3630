"""What all rows share: who gets them, the unit of volumes, the numbering.

Not the rows. Source: wire.md section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from chp.model.instrument import Instrument

Row = dict[str, Any]


class Recipient(Struct, frozen=True):
    """Who gets the rows, and what is known to spell them."""

    instruments: Mapping[str, Instrument]
    in_lots: bool
    """Whether the token counts volumes in lots."""
    token: str


def volume_of(lots: int, instrument: Instrument, recipient: Recipient) -> int:
    """Lots in the unit of the recipient: securities, or lots."""
    return lots if recipient.in_lots else lots * instrument.lot_size


def numbered(rows: list[Row]) -> list[Row]:
    """The rows with `row` and `nrows` in front."""
    nrows = len(rows)
    return [{"row": row, "nrows": nrows, **keys} for row, keys in enumerate(rows)]
