"""Finam's exports of bars: `<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>` and their kin.

Not a store and not an aggregation. A stamp is the END of its bar in Moscow time, the volume
counts securities. Flat bars without volume are fillers where nothing traded: they are left out
and counted. Source: market.md sections 1 and 2; the header line as Finam writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from msgspec import Struct

from chp.errors import UsageError
from chp.model.quote import Bar
from chp.wire.files.cells import count_of, moscow_ns, units_of

_NEEDED: Final = ("<DATE>", "<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>")
_NAMING: Final = ("<TICKER>", "<PER>")
_SEPARATORS: Final = ",;\t"
_BEFORE_ALL_NS: Final = -(2**63)


class FinamBars(Struct, frozen=True):
    """What one export holds."""

    ticker: str | None
    """As in the file; None where the export has no such column."""
    period: str | None
    """Minutes of a bar as the file spells them; None without the column."""
    bars: tuple[Bar, ...]
    """Ascending, fillers left out."""
    fillers: int
    """Flat rows without volume that were left out."""


def parse_bars(raw: bytes, scale: int) -> FinamBars:
    """The bars of an export.

    Args:
        raw: the file, UTF-8; lines end in LF or CRLF; comma, semicolon or tab separates.
        scale: decimal places of the instrument's price unit.

    Raises:
        UsageError: the header or a row is not as described, stamps do not ascend, a price is
            finer than the scale or outside its bar, several tickers or periods; with the line.
    """
    header, *lines = _lines(raw)
    layout = _Layout(header)
    rows = _Rows(layout, scale)
    for number, line in enumerate(lines, 2):
        try:
            rows.add(line)
        except UsageError as fault:
            raise UsageError(f"line {number}: {fault.detail}") from None
    return rows.file()


def _lines(raw: bytes) -> list[str]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise UsageError(f"line {line}: expected UTF-8, found byte {raw[fault.start]}") from None
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


class _Layout:
    """Which column stands where."""

    __slots__ = ("has_period", "has_ticker", "naming", "needed", "separator", "width")

    def __init__(self, header: str) -> None:
        self.separator = next((mark for mark in _SEPARATORS if mark in header), _SEPARATORS[0])
        columns = header.split(self.separator)
        if not set(_NEEDED).issubset(columns):
            raise UsageError(f"line 1: expected the columns {','.join(_NEEDED)}, found {header!r}")
        self.width = len(columns)
        self.needed = itemgetter(*(columns.index(name) for name in _NEEDED))
        self.naming = [columns.index(name) for name in _NAMING if name in columns]
        self.has_ticker, self.has_period = (name in columns for name in _NAMING)


class _Rows:
    """What was read so far."""

    __slots__ = ("_last_ns", "_layout", "_scale", "bars", "fillers", "names")

    def __init__(self, layout: _Layout, scale: int) -> None:
        self._layout = layout
        self._scale = scale
        self._last_ns = _BEFORE_ALL_NS
        self.bars: list[Bar] = []
        self.fillers = 0
        self.names: list[str] = []

    def add(self, line: str) -> None:
        layout = self._layout
        cells = line.split(layout.separator)
        if len(cells) != layout.width:
            raise UsageError(f"expected {layout.width} cells, found {len(cells)}")
        if layout.naming:
            self._name([cells[at] for at in layout.naming])
        day, clock, opened, high, low, closed, volume = layout.needed(cells)
        close_ns = moscow_ns(day, clock)
        if close_ns <= self._last_ns:
            raise UsageError(f"expected a later stamp than the row before, found {day} {clock}")
        self._last_ns = close_ns
        bar = self._bar(close_ns, (opened, high, low, closed), count_of(volume))
        if not bar.securities and bar.low_units == bar.high_units:
            self.fillers += 1
        else:
            self.bars.append(bar)

    def _bar(self, close_ns: int, prices: Sequence[str], securities: int) -> Bar:
        scale = self._scale
        opened, high, low, closed = [units_of(text, scale) for text in prices]
        if not (low <= opened <= high and low <= closed <= high):
            raise UsageError(
                f"expected open and close within low and high, found {','.join(prices)}"
            )
        return Bar(close_ns, opened, high, low, closed, securities)

    def _name(self, names: list[str]) -> None:
        """Holds that every row is of the same ticker and period."""
        if not self.names:
            self.names = names
        elif self.names != names:
            raise UsageError(f"expected {' '.join(self.names)} as before, found {' '.join(names)}")

    def file(self) -> FinamBars:
        """All of it, when the last row was added."""
        names, layout = iter(self.names), self._layout
        ticker = next(names, None) if layout.has_ticker else None
        period = next(names, None) if layout.has_period else None
        return FinamBars(ticker, period, tuple(self.bars), self.fillers)
