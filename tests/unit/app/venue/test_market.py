from __future__ import annotations

from chp.app.venue.market import Market
from chp.core.matching.numbering import Numbering
from chp.model.events import ExchangeEvent
from chp.model.flow import Batch, TapePrint
from chp.model.order import Side
from chp.model.quote import DepthLevel
from chp.model.trade import Trade
from tests.support.small_venue import SEEDED, START_NS, TAPED


def _trade(price_units: int, lots: int, number: int = 1) -> Trade:
    return Trade("GAZP", START_NS + number, price_units, lots, number, Side.BUY, 0)


def _rest(market: Market, order_id: int, side: Side, price_units: int, lots: int) -> None:
    events: list[ExchangeEvent] = []
    market.exchange.enter(
        order_id, 1, side, lots, price_units, rests=True, now_ns=START_NS, events=events
    )


def _play(market: Market, side: Side, price_units: int, lots: int) -> None:
    print_ = TapePrint(START_NS, price_units, lots, side, 1)
    market.exchange.play(Batch(0, side, (print_,)), START_NS, [])


def test_before_the_first_trade_the_quote_has_close_and_limits_only() -> None:
    quote, depth = Market(TAPED, Numbering()).look()
    assert (quote.last_units, quote.open_units, quote.volume_lots) == (0, 0, 0)
    assert (quote.previous_close_units, quote.low_limit_units) == (16201, 12961)
    assert (quote.bid_units, quote.ask_units, depth.bids, depth.asks) == (0, 0, (), ())
    assert quote.high_limit_units == 19441


def test_totals_of_the_day_follow_the_trades() -> None:
    market = Market(TAPED, Numbering())
    for number, (price, lots) in enumerate([(16198, 5), (16205, 2), (16190, 1)], 1):
        market.on_trade(_trade(price, lots, number))
    quote, _ = market.look()
    assert (quote.open_units, quote.high_units, quote.low_units) == (16198, 16205, 16190)
    assert (quote.last_units, quote.last_lots, quote.volume_lots) == (16190, 1, 8)
    assert quote.time_ns == START_NS + 3


def test_a_new_day_begins_with_the_last_price_as_both_closes() -> None:
    market = Market(TAPED, Numbering())
    market.on_trade(_trade(17000, 5))
    market.roll_day()
    quote, _ = market.look()
    assert (quote.previous_close_units, quote.last_units, quote.volume_lots) == (17000, 17000, 0)
    assert (quote.low_limit_units, quote.high_limit_units) == (13600, 20400)
    market.on_trade(_trade(17100, 1))
    assert market.look()[0].open_units == 17100


def test_a_day_without_a_trade_keeps_both_closes() -> None:
    market = Market(TAPED, Numbering())
    market.roll_day()
    assert (market.previous_close_units, market.legal_close_units) == (16201, 16201)
    assert market.reference_units() == 16201


def test_stops_are_judged_by_all_trades_since_the_last_time() -> None:
    market = Market(TAPED, Numbering())
    market.stops.add(1, Side.BUY, 16210)
    market.stops.add(2, Side.SELL, 16190)
    market.stops.add(3, Side.BUY, 16206)
    for price in (16198, 16206, 16190):
        market.on_trade(_trade(price, 1))
    assert market.pop_triggered() == [2, 3]
    assert market.pop_triggered() == []
    market.on_trade(_trade(16210, 1))
    assert market.pop_triggered() == [1]


def test_a_day_that_ends_keeps_its_trades_from_later_stops() -> None:
    market = Market(TAPED, Numbering())
    market.on_trade(_trade(16210, 1))
    market.pop_triggered()
    market.stops.add(1, Side.BUY, 16205)
    assert market.pop_triggered() == []


def test_the_tapes_level_stands_among_the_robots() -> None:
    market = Market(TAPED, Numbering())
    _play(market, Side.BUY, 16199, 20)
    _play(market, Side.SELL, 16197, 15)
    _rest(market, 1, Side.BUY, 16198, 3)
    _rest(market, 2, Side.BUY, 16197, 4)
    _rest(market, 3, Side.SELL, 16205, 5)
    quote, depth = market.look()
    assert depth.bids == (DepthLevel(16198, 3), DepthLevel(16197, 4 + 15))
    assert depth.asks == (DepthLevel(16199, 20), DepthLevel(16205, 5))
    assert (quote.bid_units, quote.ask_units) == (16198, 16199)
    assert (quote.bid_total_lots, quote.ask_total_lots) == (22, 25)


def test_a_shorter_side_is_filled_with_zeros() -> None:
    market = Market(SEEDED, Numbering())
    _rest(market, 1, Side.BUY, 28900, 3)
    _, depth = market.look()
    assert (depth.bids, depth.asks) == ((DepthLevel(28900, 3),), (DepthLevel(0, 0),))


def test_at_most_20_levels_are_shown_and_counted() -> None:
    market = Market(SEEDED, Numbering())
    for number in range(25):
        _rest(market, number + 1, Side.BUY, 28900 - number, 1)
    quote, depth = market.look()
    assert len(depth.bids) == 20
    assert (depth.bids[0].price_units, depth.bids[-1].price_units) == (28900, 28881)
    assert quote.bid_total_lots == 20


def test_an_inferred_quote_is_shown_a_step_away_from_robots_it_would_cross() -> None:
    market = Market(TAPED, Numbering())
    _play(market, Side.SELL, 16197, 15)
    _rest(market, 1, Side.BUY, 16195, 9)
    # A print of one lot at a lower price fills one lot only; the ask follows below the robot.
    _play(market, Side.BUY, 16194, 1)
    quote, depth = market.look()
    assert quote.bid_units == 16195
    assert quote.ask_units == 16196
    assert [level.price_units for level in depth.asks if level.lots] == [16196]


def test_an_inferred_bid_is_shown_below_robots_it_would_cross() -> None:
    market = Market(TAPED, Numbering())
    _play(market, Side.BUY, 16199, 20)
    _rest(market, 1, Side.SELL, 16201, 9)
    _play(market, Side.SELL, 16203, 1)
    quote, _ = market.look()
    assert (quote.bid_units, quote.ask_units) == (16200, 16201)


def test_values_are_kopecks_of_lots_at_a_price() -> None:
    market = Market(TAPED, Numbering())
    assert market.value_kopecks(16198, 3) == 485_940
    assert market.lot_value_kopecks() == 162_010
    market.on_trade(_trade(16000, 1))
    assert market.lot_value_kopecks() == 160_000
