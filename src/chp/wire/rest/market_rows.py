"""Rows of the market: instruments, bars, trades, quotes, books.

Not the choice of rows for an answer: that is `chp.wire.rest.rows`. Sizes of quotes and books are
in lots whatever the token counts in. Source: wire.md section 4.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from chp.model import answers as tell
from chp.model.instrument import FlowKind, Instrument
from chp.model.quote import Bar, DepthLevel, Quote
from chp.model.trade import Trade
from chp.units import price_float
from chp.wire.rest.moscow import NO_TIME, moscow_text
from chp.wire.rest.row_units import Recipient, Row, numbered, volume_of

EXCHANGE: Final = "MOEX"
"""`sec_exch_name` of every instrument: which codes the old server sent is not on record."""

_NO_LEVEL: Final = DepthLevel(0, 0)


def symbol_rows(answer: tell.Symbols, _recipient: Recipient) -> list[Row]:
    """GetSymbols."""
    return numbered([_symbol(entry) for entry in answer.entries])


def _symbol(entry: tell.SymbolEntry) -> Row:
    instrument, bars_to_ns = entry.instrument, entry.synthetic_bars_to_ns
    step = price_float(instrument.step_units, instrument.scale)
    return {
        "symbol": instrument.symbol,
        "short_name": instrument.short_name,
        "long_name": instrument.symbol,
        "type": instrument.board,
        "decimals": instrument.scale,
        "lot_size": instrument.lot_size,
        "punkt": step,
        "step": step,
        "sec_ext_id": instrument.isin,
        "sec_exch_name": EXCHANGE,
        "expiryDate": NO_TIME,
        "days_before_expiry": 0,
        "strike": 0,
        "synthetic": instrument.flow is FlowKind.SYNTHETIC,
        "syntheticBarsTo": None if bars_to_ns is None else moscow_text(bars_to_ns),
    }


def bar_rows(answer: tell.Bars, recipient: Recipient) -> list[Row]:
    """GetBars."""
    instrument, interval, nrows = answer.instrument, int(answer.interval), len(answer.bars)
    return [
        _bar(row, nrows, bar, instrument, interval=interval, in_lots=recipient.in_lots)
        for row, bar in enumerate(answer.bars)
    ]


def _bar(
    row: int, nrows: int, bar: Bar, instrument: Instrument, *, interval: int, in_lots: bool
) -> Row:
    scale = instrument.scale
    return {
        "row": row,
        "nrows": nrows,
        "symbol": instrument.symbol,
        "interval": interval,
        "datetime": moscow_text(bar.close_ns),
        "open": price_float(bar.open_units, scale),
        "high": price_float(bar.high_units, scale),
        "low": price_float(bar.low_units, scale),
        "close": price_float(bar.close_units, scale),
        "volume": _in_lots(bar.securities, instrument.lot_size) if in_lots else bar.securities,
        "openInt": 0,
    }


def _in_lots(securities: int, lot_size: int) -> int | float:
    """Lots of today; a fraction where history counted in other lots."""
    whole, odd = divmod(securities, lot_size)
    return securities / lot_size if odd else whole


def trade_rows(answer: tell.Trades, recipient: Recipient) -> list[Row]:
    """GetTrades."""
    return numbered([trade_row(trade, answer.instrument, recipient) for trade in answer.trades])


def trade_row(trade: Trade, instrument: Instrument, recipient: Recipient) -> Row:
    """A print of the tape: AddTick, and GetTrades without its numbering."""
    return {
        "symbol": trade.symbol,
        "datetime": moscow_text(trade.time_ns),
        "price": price_float(trade.price_units, instrument.scale),
        "volume": volume_of(trade.lots, instrument, recipient),
        "tradeNo": str(trade.trade_no),
        "action": int(trade.aggressor),
    }


def quote_rows(answer: tell.Quotes, recipient: Recipient) -> list[Row]:
    """UpdateQuote."""
    return [_quote(quote, recipient) for quote in answer.quotes]


def _quote(quote: Quote, recipient: Recipient) -> Row:
    instrument = recipient.instruments[quote.symbol]
    scale = instrument.scale
    return {
        "symbol": quote.symbol,
        "datetime": moscow_text(quote.time_ns) if quote.time_ns else NO_TIME,
        "open": price_float(quote.open_units, scale),
        "high": price_float(quote.high_units, scale),
        "low": price_float(quote.low_units, scale),
        "close": price_float(quote.previous_close_units, scale),
        "last": price_float(quote.last_units, scale),
        "volume": volume_of(quote.volume_lots, instrument, recipient),
        "size": quote.last_lots,
        "bid": price_float(quote.bid_units, scale),
        "ask": price_float(quote.ask_units, scale),
        "bidSize": quote.bid_total_lots,
        "askSize": quote.ask_total_lots,
        "open_Int": 0,
        "go_Buy": 0,
        "go_Sell": 0,
        "go_Base": 0,
        "go_Base_Backed": 0,
        "high_Limit": price_float(quote.high_limit_units, scale),
        "low_Limit": price_float(quote.low_limit_units, scale),
        "trading_Status": 0 if quote.is_tradable else 1,
        "volat": 0,
        "theor_Price": 0,
        "step_Price": price_float(instrument.step_units, scale),
    }


def depth_rows(answer: tell.Depths, recipient: Recipient) -> list[Row]:
    """UpdateBidAsk: the levels of each symbol from the best."""
    rows = []
    for depth in answer.depths:
        scale = recipient.instruments[depth.symbol].scale
        nrows = max(len(depth.bids), len(depth.asks))
        levels = zip_longest(depth.bids, depth.asks, fillvalue=_NO_LEVEL)
        for row, (bid, ask) in enumerate(levels):
            rows.append(
                {
                    "symbol": depth.symbol,
                    "row": row,
                    "nrows": nrows,
                    "bid": price_float(bid.price_units, scale),
                    "bidSize": bid.lots,
                    "ask": price_float(ask.price_units, scale),
                    "askSize": ask.lots,
                }
            )
    return rows
