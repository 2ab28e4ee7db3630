"""The facts that the rule book measured in the shipped data, and what the demo makes of them."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Final

import pytest

from chp.adapters.history.store import FileHistory
from chp.app.venue.market import Market
from chp.core.flow.prelude import prelude_bars
from chp.core.flow.synthetic import SyntheticFlow
from chp.core.matching.numbering import Numbering
from chp.core.matching.quotes import TapeQuotes
from chp.demo import market
from chp.demo.files import GAZP_M5, YNDX_M1, unpacked
from chp.model.instrument import FlowKind, Instrument
from chp.model.order import Side
from chp.model.quote import Bar, Interval
from chp.units import NS_PER_SECOND, value_kopecks
from chp.wire.files.finam import parse_bars

MOSCOW: Final = timezone(timedelta(hours=3))
SHARES: Final = {share.symbol: share for share in market.instruments()}
TAPE: Final = market.tapes()["GAZP"]
START_NS: Final = 1_767_225_600 * NS_PER_SECOND
"""2026-01-01 00:00 UTC."""


def _moscow(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // NS_PER_SECOND, UTC)
    return moment.astimezone(MOSCOW).isoformat(" ")[:19]


def _limits(share: Instrument) -> tuple[int, int]:
    """High and low limit as the venue has them."""
    listed = Market(share, Numbering(1, 1))
    return listed.high_limit_units, listed.low_limit_units


def test_every_share_of_the_main_board_is_listed_once() -> None:
    assert len(SHARES) == len(market.instruments()) == 247
    assert {share.board for share in SHARES.values()} == {"TQBR"}
    assert all(share.short_name and len(share.isin) == 12 for share in SHARES.values())


def test_a_share_reads_as_in_the_snapshot() -> None:
    assert SHARES["SBER"] == Instrument(
        symbol="SBER",
        board="TQBR",
        short_name="Сбербанк",
        isin="RU0009029540",
        scale=2,
        lot_size=10,
        step_units=1,
        legal_close_units=28983,
        previous_close_units=28983,
        opening_units=28983,
        is_halted=False,
        flow=FlowKind.SYNTHETIC,
    )


def test_gazp_opens_at_its_uncross_after_the_close_of_the_day_before() -> None:
    gazp = SHARES["GAZP"]
    assert (gazp.flow, gazp.opening_units) == (FlowKind.TAPE, 16198)
    assert (gazp.legal_close_units, gazp.previous_close_units) == (16201, 16201)
    assert _limits(gazp) == (19441, 12961)


def test_sber_has_the_documented_limits() -> None:
    assert _limits(SHARES["SBER"]) == (34779, 23187)


def test_shares_closed_or_without_quotes_are_halted() -> None:
    halted = {symbol for symbol, share in SHARES.items() if share.is_halted}
    assert halted == {"ACKO", "GAZC", "GAZS", "GAZT", "MGNZ", "TRNFP"}
    assert {SHARES[symbol].flow for symbol in halted} == {FlowKind.NONE}
    assert {SHARES[symbol].legal_close_units for symbol in halted} == {0}


def test_the_thirty_most_traded_others_are_synthetic() -> None:
    names = (
        "YNDX SBER SNGSP MGNT SFIN LKOH MAGN GMKN OZON NVTK TRMK RTKM MTLR VTBR SOFL "
        "ROSN GLTR NLMK CHMF PIKK VKCO TCSG SNGS GEMA DIAS FLOT SVCB PLZL MOEX BANEP"
    ).split()
    assert market.synthetic_symbols() == tuple(names)
    synthetic = {symbol for symbol, share in SHARES.items() if share.flow is FlowKind.SYNTHETIC}
    assert synthetic == set(names)


def test_the_other_shares_are_listed_only() -> None:
    listed = [share for share in SHARES.values() if share.flow is FlowKind.NONE]
    assert len(listed) == 247 - 31
    assert {share.opening_units for share in listed} == {0}


def test_prices_fit_step_and_kopeck_everywhere() -> None:
    for share in SHARES.values():
        assert share.legal_close_units % share.step_units == 0
        assert share.opening_units % share.step_units == 0
        kopecks = value_kopecks(share.step_units, share.lot_size, share.scale)
        assert kopecks * 10**share.scale == share.step_units * share.lot_size * 100 > 0


@pytest.mark.parametrize("symbol", market.synthetic_symbols())
def test_every_synthetic_share_makes_a_market_and_has_a_past(symbol: str) -> None:
    share = SHARES[symbol]
    assert len(SyntheticFlow(share, market.SEED, START_NS).step(lambda _: 0)) >= 20
    assert prelude_bars(share, market.SEED, START_NS)[-1].close_units == share.opening_units


def test_the_recording_is_the_documented_one() -> None:
    recorded = market.recorded_trades()
    assert len(recorded.prints) == 4_997
    assert [
        (trade.board, trade.quantity, trade.price_units) for trade in recorded.other_boards
    ] == [("SMAL", 1, 16170)] * 3
    assert _moscow(recorded.prints[0].time_ns) == "2024-02-16 09:59:56"
    assert _moscow(recorded.prints[-1].time_ns) == "2024-02-16 10:45:33"


def test_the_auction_is_one_uncross() -> None:
    assert len(TAPE.uncross) == 134
    assert {print_.price_units for print_ in TAPE.uncross} == {16198}
    lots: Counter[Side] = Counter()
    for print_ in TAPE.uncross:
        lots[print_.aggressor] += print_.lots
    assert lots == {Side.BUY: 2_151, Side.SELL: 753}


def test_batches_are_those_the_rule_book_counted() -> None:
    sizes = sorted(sum(print_.lots for print_ in batch.prints) for batch in TAPE.batches)
    centiles = {percent: sizes[ceil(len(sizes) * percent / 100) - 1] for percent in (50, 90, 99)}
    several = [batch for batch in TAPE.batches if len({p.price_units for p in batch.prints}) > 1]
    assert (len(sizes), len(several)) == (3_349, 144)
    assert centiles == {50: 2, 90: 72, 99: 886}
    assert sizes[-1] == 7_057


def test_seconds_of_the_recording_are_those_the_rule_book_counted() -> None:
    seconds = Counter(print_.time_ns for print_ in market.recorded_trades().prints[134:])
    assert max(seconds.values()) == 92
    assert len(seconds) == 1_827


def test_inferred_spreads_are_those_the_rule_book_measured() -> None:
    quotes, spreads = TapeQuotes(1), []
    for batch in TAPE.batches:
        quotes.before_batch(batch)
        quotes.after_batch(batch)
        spreads.append(quotes.ask_units - quotes.bid_units)
    assert round(100 * spreads.count(1) / len(spreads)) == 80
    assert round(100 * sum(spread <= 3 for spread in spreads) / len(spreads)) == 94
    assert (min(spreads), max(spreads)) == (1, 18)


def test_history_is_put_once(tmp_path: Path) -> None:
    with closing(FileHistory(tmp_path)) as store:
        market.put_history(store)
        put = _kept(store)
        market.put_history(store)
        assert _kept(store) == put
    gazp, yndx = put
    assert (len(gazp), len(yndx)) == (18_889, 58_939)
    assert (len(_days(gazp)), len(_days(yndx))) == (180, 250)


def _kept(store: FileHistory) -> tuple[tuple[Bar, ...], tuple[Bar, ...]]:
    with store.view() as view:
        return (
            tuple(view.bars_forward("GAZP", Interval.M5, 0)),
            tuple(view.bars_forward("YNDX", Interval.M1, 0)),
        )


def test_gazp_history_has_the_documented_days() -> None:
    bars = parse_bars(unpacked(GAZP_M5), SHARES["GAZP"].scale)
    assert (bars.ticker, bars.period, bars.fillers) == ("GAZP", "5", 8)
    days = _days(bars.bars)
    saturdays = [day for day in days if datetime.fromisoformat(day).weekday() == 5]
    assert saturdays == ["2018-04-28", "2018-06-09"]
    assert {stamps[0] for stamps in days.values()} == {"10:05:00"}
    assert sum("18:50:00" in stamps for stamps in days.values()) == 177
    assert not any("18:45:00" in stamps for stamps in days.values())
    closing = [bar for bar in bars.bars if _moscow(bar.close_ns)[11:] == "18:50:00"]
    assert all(bar.low_units == bar.high_units for bar in closing)
    dividend = next(at for at, bar in enumerate(bars.bars) if _day(bar) == "2018-07-18")
    assert bars.bars[dividend - 1].close_units == 14531
    assert bars.bars[dividend].open_units == 13886


def test_yndx_history_fits_its_scale_though_not_its_step() -> None:
    yndx = SHARES["YNDX"]
    bars = parse_bars(unpacked(YNDX_M1), yndx.scale)
    assert (bars.ticker, bars.period, bars.fillers) == (None, None, 71_627)
    off_step = [bar for bar in bars.bars if any(units % yndx.step_units for units in _prices(bar))]
    assert (yndx.scale, yndx.step_units, len(off_step)) == (1, 2, 6_285)
    late = {f"18:{minute}:00" for minute in range(41, 46)}
    assert not any(_moscow(bar.close_ns)[11:] in late for bar in bars.bars)


def _prices(bar: Bar) -> tuple[int, ...]:
    return bar.open_units, bar.high_units, bar.low_units, bar.close_units


def _day(bar: Bar) -> str:
    return _moscow(bar.close_ns)[:10]


def _days(bars: tuple[Bar, ...]) -> dict[str, list[str]]:
    """Times of the stamps by day."""
    return {
        day: [_moscow(bar.close_ns)[11:] for bar in of_day] for day, of_day in groupby(bars, _day)
    }
