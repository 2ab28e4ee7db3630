"""A history store that lets a test act, or fail, at a moment of a call: races without threads.

It hands every call on to a real store. It cannot show what two threads do within one statement.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from chp.model.instrument import Instrument
from chp.model.quote import Bar, Interval
from chp.model.trade import Trade
from chp.ports import HistoryStore, HistoryView


class HookedHistory:
    """A `HistoryStore` with moments: "before view", "after put_trades" and the like."""

    def __init__(self, store: HistoryStore) -> None:
        """In front of `store`."""
        self._store = store
        self.moments: list[str] = []
        self.hooks: dict[str, Callable[[], None]] = {}
        """What to do at a moment, once."""

    def _meet(self, moment: str) -> None:
        self.moments.append(moment)
        hook = self.hooks.pop(moment, None)
        if hook is not None:
            hook()

    def put_bars(self, symbol: str, resolution: Interval, bars: Sequence[Bar]) -> None:
        """Hands on."""
        self._meet("before put_bars")
        self._store.put_bars(symbol, resolution, bars)

    def put_trades(self, trades: Sequence[Trade], instruments: Mapping[str, Instrument]) -> None:
        """Hands on."""
        self._meet("before put_trades")
        self._store.put_trades(trades, instruments)
        self._meet("after put_trades")

    def file_days(self) -> None:
        """Hands on."""
        self._meet("before file_days")
        self._store.file_days()

    @contextlib.contextmanager
    def view(self) -> Iterator[HistoryView]:
        """Hands on."""
        self._meet("before view")
        with self._store.view() as view:
            self._meet("in view")
            yield view

    def close(self) -> None:
        """Hands on."""
        self._store.close()
