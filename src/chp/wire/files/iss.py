"""Answers of MOEX ISS as files: trades of an instrument, the list of shares with their quotes.

Not a client of ISS: nothing is fetched. An answer names the columns of each block, so their order
is free and further columns are no fault. Numbers are read as written and never become floats.
Source: market.md sections 2 and 4; the blocks as ISS sends them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from chp.errors import UsageError
from chp.model.flow import TapePrint
from chp.model.order import Side
from chp.units import NS_PER_DAY
from chp.wire.files.cells import amount_of, count_of, moscow_ns, units_of

MAIN_BOARD: Final = "TQBR"
MOST_DECIMALS: Final = 9
"""Shares have up to 6."""

_SIDES: Final = {"B": Side.BUY, "S": Side.SELL}
_IS_AUCTION: Final = {"S": True, "L": True, "I": True, "N": False}
"""By PERIOD: S, L and I are auctions, N is normal trading (market.md section 4)."""

Cells = Mapping[str, str]
"""A row by column; numbers as written, an absent value is the empty text."""

Meaning = TypeVar("Meaning")


class OtherBoardTrade(Struct, frozen=True):
    """A trade off the main board: kept with its board, it touches no book."""

    row: int
    """In the file's `data`, from 1."""
    board: str
    time_ns: int
    price_units: int
    quantity: int
    """As recorded: lots of that board, single securities on SMAL."""
    aggressor: Side
    recorded_no: int


class IssTrades(Struct, frozen=True):
    """What an answer `trades` holds."""

    prints: tuple[TapePrint, ...]
    """Of the main board, in the order of the file."""
    other_boards: tuple[OtherBoardTrade, ...]


class ListedShare(Struct, frozen=True):
    """One share on one board: blocks `securities` and `marketdata`, prices in 10^-scale."""

    symbol: str
    board: str
    short_name: str
    isin: str
    scale: int
    """DECIMALS."""
    lot_size: int
    step_units: int
    previous_units: int
    """PREVPRICE, the last trade of the previous trading day; 0 for none."""
    legal_close_units: int
    """PREVLEGALCLOSEPRICE; 0 for none."""
    bid_units: int
    ask_units: int
    last_units: int
    """All three 0 for none."""
    turnover: Decimal
    """VALTODAY, the value traded that day, in rubles."""
    trading_status: str
    """TRADINGSTATUS: T open, N not open, C closed."""

    @property
    def has_quotes(self) -> bool:
        """Whether there is a bid, an ask or a last price."""
        return bool(self.bid_units or self.ask_units or self.last_units)


class _Block(Struct):
    columns: list[str]
    data: list[list[Any]]


class _TradesAnswer(Struct):
    trades: _Block


class _SharesAnswer(Struct):
    securities: _Block
    marketdata: _Block


# The hook receives the number as written.
_TRADES: Final = msgspec.json.Decoder(_TradesAnswer, float_hook=str)
_SHARES: Final = msgspec.json.Decoder(_SharesAnswer, float_hook=str)


def parse_trades(raw: bytes, symbol: str, scale: int) -> IssTrades:
    """The trades of one instrument.

    TRADETIME counts; its date is that of SYSTIME, which lags and may be of the next day.

    Args:
        raw: the answer, JSON.
        symbol: whose trades they must be.
        scale: decimal places of the instrument's price unit.

    Raises:
        UsageError: no such answer, another symbol, or a cell out of its range; with the row of
            `data`, counted from 1.
    """
    prints: list[TapePrint] = []
    others: list[OtherBoardTrade] = []
    block = _decode(_TRADES, raw).trades
    needed = "TRADENO TRADETIME BOARDID SECID PRICE QUANTITY PERIOD SYSTIME BUYSELL".split()
    for row, cells in _rows("trades", block, needed):
        try:
            trade = _trade(cells, symbol, scale)
        except UsageError as fault:
            raise UsageError(f"trades row {row}: {fault.detail}") from None
        if cells["BOARDID"] == MAIN_BOARD:
            prints.append(trade)
        else:
            others.append(_off_board(row, cells["BOARDID"], trade))
    return IssTrades(tuple(prints), tuple(others))


def _trade(cells: Cells, symbol: str, scale: int) -> TapePrint:
    if cells["SECID"] != symbol:
        raise UsageError(f"expected trades of {symbol}, found {cells['SECID']!r}")
    lots = count_of(cells["QUANTITY"])
    if not lots:
        raise UsageError("expected a QUANTITY above 0, found 0")
    return TapePrint(
        time_ns=_trade_ns(cells["TRADETIME"], cells["SYSTIME"]),
        price_units=units_of(cells["PRICE"], scale),
        lots=lots,
        aggressor=_one_of(_SIDES, "BUYSELL", cells),
        recorded_no=count_of(cells["TRADENO"]),
        is_auction=_one_of(_IS_AUCTION, "PERIOD", cells),
    )


def _trade_ns(clock: str, system_time: str) -> int:
    day, _, system_clock = system_time.partition(" ")
    trade_ns = moscow_ns(day, clock)
    return trade_ns if trade_ns <= moscow_ns(day, system_clock) else trade_ns - NS_PER_DAY


def _off_board(row: int, board: str, trade: TapePrint) -> OtherBoardTrade:
    return OtherBoardTrade(
        row=row,
        board=board,
        time_ns=trade.time_ns,
        price_units=trade.price_units,
        quantity=trade.lots,
        aggressor=trade.aggressor,
        recorded_no=trade.recorded_no,
    )


def parse_shares(raw: bytes, board: str = MAIN_BOARD) -> list[ListedShare]:
    """The shares of one board, in the order of the file.

    Args:
        raw: the answer, JSON: one row per share and board in each of both blocks.
        board: whose rows are wanted; the others are not looked at.

    Raises:
        UsageError: no such answer, a share without its row in `marketdata` or listed twice, or
            a cell out of its range; with the row of `securities`, counted from 1.
    """
    answer = _decode(_SHARES, raw)
    quoted = "SECID BOARDID BID OFFER LAST VALTODAY TRADINGSTATUS".split()
    quotes = {
        cells["SECID"]: cells
        for _, cells in _rows("marketdata", answer.marketdata, quoted)
        if cells["BOARDID"] == board
    }
    listed = (
        "SECID BOARDID SHORTNAME ISIN DECIMALS LOTSIZE MINSTEP PREVPRICE PREVLEGALCLOSEPRICE"
    ).split()
    shares = []
    for row, cells in _rows("securities", answer.securities, listed):
        if cells["BOARDID"] != board:
            continue
        try:
            # Taken out, so that a share listed twice finds none.
            shares.append(_share(cells, quotes.pop(cells["SECID"], None)))
        except UsageError as fault:
            place = f"securities row {row}: {cells['SECID']}"
            raise UsageError(f"{place}: {fault.detail}") from None
    return shares


def _share(cells: Cells, quotes: Cells | None) -> ListedShare:
    if quotes is None:
        raise UsageError("expected one row in each block")
    scale, lot_size = count_of(cells["DECIMALS"]), count_of(cells["LOTSIZE"])
    if scale > MOST_DECIMALS:
        raise UsageError(f"expected at most {MOST_DECIMALS} decimals, found {scale}")
    if not lot_size:
        raise UsageError("expected a lot above 0, found 0")
    return ListedShare(
        symbol=cells["SECID"],
        board=cells["BOARDID"],
        short_name=cells["SHORTNAME"],
        isin=cells["ISIN"],
        scale=scale,
        lot_size=lot_size,
        step_units=units_of(cells["MINSTEP"], scale),
        previous_units=_units_or_0(cells["PREVPRICE"], scale),
        legal_close_units=_units_or_0(cells["PREVLEGALCLOSEPRICE"], scale),
        bid_units=_units_or_0(quotes["BID"], scale),
        ask_units=_units_or_0(quotes["OFFER"], scale),
        last_units=_units_or_0(quotes["LAST"], scale),
        turnover=amount_of(quotes["VALTODAY"] or "0"),
        trading_status=quotes["TRADINGSTATUS"],
    )


def _units_or_0(text: str, scale: int) -> int:
    return units_of(text, scale) if text else 0


def _one_of(known: Mapping[str, Meaning], column: str, cells: Cells) -> Meaning:
    found = known.get(cells[column])
    if found is None:
        raise UsageError(f"expected {column} {', '.join(known)}, found {cells[column]!r}")
    return found


def _decode(decoder: msgspec.json.Decoder[Any], raw: bytes) -> Any:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise UsageError(f"expected an answer of ISS: {fault}") from None


def _rows(name: str, block: _Block, needed: list[str]) -> Iterator[tuple[int, Cells]]:
    """Number from 1 and needed cells of each row."""
    for column in needed:
        if column not in block.columns:
            raise UsageError(f"{name}: expected the column {column}")
    places = [(column, block.columns.index(column)) for column in needed]
    for number, row in enumerate(block.data, 1):
        if len(row) != len(block.columns):
            raise UsageError(
                f"{name} row {number}: expected {len(block.columns)} cells, found {len(row)}"
            )
        yield (
            number,
            {column: "" if (cell := row[at]) is None else str(cell) for column, at in places},
        )
