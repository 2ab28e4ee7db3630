"""Bars and trades of the past, up to this moment: what GetBars and GetTrades choose from.

Not a store: that is the `HistoryStore` port. Trades are taken on the event loop and put on disk
by a worker thread; reading, in other threads, sees each of them once, wherever it is just now.
Source: wire.md section 4, GetBars and GetTrades; smartcom.md section 1.2; decision 0005.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from threading import Lock
from typing import Final

from chp.app.venue.state import is_live
from chp.core.bars import bar_limits_ns, first_stamp, fold, trade_rows
from chp.core.flow.prelude import prelude_bars
from chp.model.events import VenueEvent
from chp.model.instrument import Instrument
from chp.model.quote import Bar, Interval
from chp.model.trade import Trade
from chp.ports import HistoryStore, HistoryView
from chp.units import NS_PER_MINUTE, NS_PER_MS

ROWS_PER_ANSWER: Final = 10_000
"""The most one call answers (wire.md section 4)."""

PRELUDE_ROWS_AT_ONCE: Final = 5_000
"""How many bars of a prelude are put at once: trades wait for no more than these."""

_KEPT: Final = {
    Interval.M1: Interval.M1,
    Interval.M5: Interval.M5,
    Interval.M10: Interval.M5,
    Interval.M15: Interval.M5,
    Interval.M30: Interval.M5,
    Interval.H1: Interval.H1,
    Interval.H2: Interval.H1,
    Interval.H4: Interval.H1,
    Interval.DAY: Interval.DAY,
    Interval.WEEK: Interval.DAY,
    Interval.MONTH: Interval.DAY,
    Interval.QUARTER: Interval.DAY,
    Interval.YEAR: Interval.DAY,
}
"""Which resolution of the store an interval is folded from."""


class HistoryService:
    """The history of one venue. Thread-safe."""

    def __init__(
        self,
        store: HistoryStore,
        instruments: Mapping[str, Instrument],
        seed: Callable[[], int],
        started_at_ns: Callable[[], int],
        now_ns: Callable[[], int],
    ) -> None:
        """A history that goes on where the store ends.

        Args:
            store: of this venue.
            instruments: all that are listed, by symbol.
            seed: of the venue's flows.
            started_at_ns: when the venue first started; 0 while that is not known.
            now_ns: the venue's time; what is later than that lies in the future.
        """
        self._store = store
        self._instruments = instruments
        self._seed = seed
        self._started_at_ns = started_at_ns
        self._now_ns = now_ns
        self._waiting: dict[str, list[Trade]] = {}
        """Trades that may not be on disk, by symbol, in the order of trading."""
        self._counting = Lock()
        self._flushing = Lock()
        self._making = Lock()
        self._has_prelude: set[str] = set()

    def take(self, events: Sequence[VenueEvent]) -> None:
        """Takes the trades among published events; returns at once.

        What was taken before may be told again: the store keeps each number once.
        """
        with self._counting:
            for event in events:
                if isinstance(event, Trade):
                    self._waiting.setdefault(event.symbol, []).append(event)

    def flush(self) -> None:
        """Puts what was taken on disk.

        Raises:
            StoreError: it could not be; it stays, and the next call tries again.
        """
        with self._flushing:
            with self._counting:
                batch = [trade for trades in self._waiting.values() for trade in trades]
            if not batch:
                return
            batch.sort(key=lambda trade: trade.trade_no)
            self._store.put_trades(batch, self._instruments)
            last = batch[-1].trade_no
            with self._counting:
                self._waiting = {
                    symbol: left
                    for symbol, trades in self._waiting.items()
                    if (left := [trade for trade in trades if trade.trade_no > last])
                }

    def file_days(self) -> None:
        """Lets the store file the trades of finished days; for a worker thread of its own."""
        self._store.file_days()

    def synthetic_bars_to_ns(self, symbol: str) -> int | None:
        """The last stamp of a symbol's bars from before the first start; None for none."""
        started_at_ns = self._started_at_ns()
        instrument = self._instruments.get(symbol)
        if not started_at_ns or instrument is None or not is_live(instrument):
            return None
        return started_at_ns // NS_PER_MINUTE * NS_PER_MINUTE

    def bars(
        self, instrument: Instrument, interval: Interval, since_ns: int, count: int
    ) -> list[Bar]:
        """Bars of an instrument, the unfinished one among them.

        Starts at the bar that contains `since_ns`, or at the newest where that is in the future.

        Args:
            instrument: a listed one.
            interval: length of a bar; one finer than what is kept of a time has no bars there.
            since_ns: where to start; the stamp of a bar stands for that bar.
            count: how many, at most `ROWS_PER_ANSWER`: more than 0 go back, newest first; less
                than 0 go forward, oldest first.

        Raises:
            StoreError: the history cannot be read.
        """
        self._make_prelude(instrument)
        if count < 0 and since_ns > self._now_ns():
            count = 1
        stamp_ns = first_stamp(interval, since_ns)
        waiting = self._copy_waiting(instrument.symbol)
        with self._store.view() as view:
            trades = _later(waiting, view)
            if count > 0:
                found = _bars_back(view, trades, instrument, interval, stamp_ns)
            else:
                found = _bars_forward(view, trades, instrument, interval, stamp_ns)
            return list(islice(found, min(abs(count), ROWS_PER_ANSWER)))

    def trades(self, instrument: Instrument, since_ns: int, count: int) -> list[Trade]:
        """Trades of an instrument; `count` as in `bars`.

        Going back starts at the end of the millisecond: robots know no finer moments, and page
        with the time of the last trade that they have got.

        Raises:
            StoreError: the history cannot be read.
        """
        symbol, limit = instrument.symbol, min(abs(count), ROWS_PER_ANSWER)
        waiting = self._copy_waiting(symbol)
        with self._store.view() as view:
            later = _later(waiting, view)
            if count > 0:
                upto_ns = since_ns // NS_PER_MS * NS_PER_MS + NS_PER_MS - 1
                found = [trade for trade in reversed(later) if trade.time_ns <= upto_ns][:limit]
                if len(found) < limit:
                    found += view.trades_back(symbol, upto_ns, limit - len(found))
                return found
            found = list(view.trades_forward(symbol, since_ns, limit))
            found += [trade for trade in later if trade.time_ns >= since_ns]
            return found[:limit]

    def _copy_waiting(self, symbol: str) -> list[Trade]:
        """Before the store is looked at: a trade that is put meanwhile is in both, not in none."""
        with self._counting:
            return list(self._waiting.get(symbol, ()))

    def _make_prelude(self, instrument: Instrument) -> None:
        """Sees to it that the bars from before the first start are there.

        The last of them is put last: where it is, all are.
        """
        symbol = instrument.symbol
        upto_ns = self.synthetic_bars_to_ns(symbol)
        if symbol in self._has_prelude or upto_ns is None:
            return
        with self._making:  # who waited here finds them in the store
            with self._store.view() as view:
                last = next(view.bars_back(symbol, Interval.M1, upto_ns), None)
            if last is None or last.close_ns != upto_ns:
                bars = prelude_bars(instrument, self._seed(), self._started_at_ns())
                for start in range(0, len(bars), PRELUDE_ROWS_AT_ONCE):
                    part = bars[start : start + PRELUDE_ROWS_AT_ONCE]
                    self._store.put_bars(symbol, Interval.M1, part)
            self._has_prelude.add(symbol)


def _later(waiting: list[Trade], view: HistoryView) -> list[Trade]:
    """Those of the waiting trades that the view does not hold."""
    last = view.last_trade_no
    return [trade for trade in waiting if trade.trade_no > last]


def _bars_back(
    view: HistoryView,
    trades: Sequence[Trade],
    instrument: Instrument,
    interval: Interval,
    stamp_ns: int,
) -> Iterator[Bar]:
    """Bars up to a stamp, newest first: the store's, with later trades before them."""
    kept = _KEPT[interval]
    rows = view.bars_back(instrument.symbol, kept, stamp_ns)
    _, ends_ns = bar_limits_ns(interval, stamp_ns - 1)
    newer = [trade for trade in reversed(trades) if trade.time_ns < ends_ns]
    later = trade_rows(newer, instrument.lot_size)
    if kept is not interval:
        return fold(interval, chain(later, rows), is_backward=True)
    # Only the newest of the store's bars can go on in later trades; the others are answers.
    newest = fold(interval, chain(later, islice(rows, 1)), is_backward=True)
    return chain(newest, rows)


def _bars_forward(
    view: HistoryView,
    trades: Sequence[Trade],
    instrument: Instrument,
    interval: Interval,
    stamp_ns: int,
) -> Iterator[Bar]:
    """Bars from a stamp on, oldest first: the store's, with later trades after them."""
    opens_ns, _ = bar_limits_ns(interval, stamp_ns - 1)
    rows = view.bars_forward(instrument.symbol, _KEPT[interval], opens_ns + 1)
    newer = [trade for trade in trades if trade.time_ns >= opens_ns]
    return fold(interval, chain(rows, trade_rows(newer, instrument.lot_size)))
