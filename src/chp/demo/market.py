"""The demo's market: the shares of TQBR, the tape of GAZP, bars of past years.

Not a venue: it says what is traded and how each market is made. Nothing is invented here but by
the seed of the synthetic flows. Source: market.md sections 2, 3 and 9; SOURCES.md beside this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from chp.core.flow.tape import build_tape
from chp.demo.files import GAZP_M5, GAZP_TRADES, SHARES, YNDX_M1, unpacked
from chp.model.flow import Tape
from chp.model.instrument import FlowKind, Instrument
from chp.model.quote import Bar, Interval
from chp.ports import HistoryStore
from chp.units import NS_PER_SECOND
from chp.wire.files.finam import parse_bars
from chp.wire.files.iss import IssTrades, ListedShare, parse_shares, parse_trades

SEED: Final = 20240216
"""Of the synthetic flows and of the bars before the first start."""
TAPED: Final = "GAZP"
MIRROR_UNITS: Final = 323_56
"""First and last continuous price of the tape together: its laps join without a jump."""
SYNTHETIC_SHARES: Final = 30
TRADED_STATUS: Final = "T"

RECORDED_BEFORE_NS: Final = 1_577_836_800 * NS_PER_SECOND
"""2020-01-01: later than every shipped bar, earlier than every bar of a venue."""

_BARS: Final = (("GAZP", Interval.M5, GAZP_M5), ("YNDX", Interval.M1, YNDX_M1))


@cache
def instruments() -> tuple[Instrument, ...]:
    """All shares of the main board, in the order of the snapshot.

    Closes are the snapshot's last price (0 where there is none): the snapshot was taken on the
    trading day before the tape's. A share without any quote, or that the exchange had closed, is
    halted. The scale of an instrument is the snapshot's DECIMALS, for ever.
    """
    live = synthetic_symbols()
    return tuple(_instrument(share, live) for share in _shares())


def synthetic_symbols() -> tuple[str, ...]:
    """The most traded shares beside the taped one, by value, the most traded first."""
    others = [share for share in _shares() if share.symbol != TAPED and not _is_halted(share)]
    others.sort(key=lambda share: (-share.turnover, share.symbol))
    return tuple(share.symbol for share in others[:SYNTHETIC_SHARES])


def tapes() -> Mapping[str, Tape]:
    """The recorded tapes by symbol: that of GAZP; trades of other boards are left out."""
    return {TAPED: _tape()}


@cache
def recorded_trades() -> IssTrades:
    """The shipped trades of GAZP: those of the main board and the ones left out of the tape."""
    (scale,) = [share.scale for share in _shares() if share.symbol == TAPED]
    return parse_trades(unpacked(GAZP_TRADES), TAPED, scale)


def put_history(store: HistoryStore) -> None:
    """Puts the shipped bars into a history that does not hold them yet; each symbol's at once.

    Raises:
        StoreError: the history cannot be written.
    """
    for symbol, interval, name in _BARS:
        with store.view() as view:
            known = next(view.bars_back(symbol, interval, RECORDED_BEFORE_NS), None)
        if known is None:
            store.put_bars(symbol, interval, _bars_of(symbol, name))


def _bars_of(symbol: str, name: str) -> tuple[Bar, ...]:
    (scale,) = [share.scale for share in _shares() if share.symbol == symbol]
    return parse_bars(unpacked(name), scale).bars


@cache
def _shares() -> tuple[ListedShare, ...]:
    return tuple(parse_shares(unpacked(SHARES)))


@cache
def _tape() -> Tape:
    return build_tape(TAPED, recorded_trades().prints, MIRROR_UNITS)


def _is_halted(share: ListedShare) -> bool:
    return share.trading_status != TRADED_STATUS or not share.has_quotes


def _instrument(share: ListedShare, live: tuple[str, ...]) -> Instrument:
    flow, opening_units = FlowKind.NONE, 0
    if share.symbol == TAPED:
        flow, opening_units = FlowKind.TAPE, _tape().uncross[0].price_units
    elif share.symbol in live:
        flow, opening_units = FlowKind.SYNTHETIC, share.last_units
    return Instrument(
        symbol=share.symbol,
        board=share.board,
        short_name=share.short_name,
        isin=share.isin,
        scale=share.scale,
        lot_size=share.lot_size,
        step_units=share.step_units,
        legal_close_units=share.last_units,
        previous_close_units=share.last_units,
        opening_units=opening_units,
        is_halted=_is_halted(share),
        flow=flow,
    )
