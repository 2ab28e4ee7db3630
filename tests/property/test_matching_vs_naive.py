from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chp.core.matching.exchange import Exchange
from chp.model.events import ExchangeEvent, Executed, Removed
from chp.model.flow import AddLimit, Aggress, Batch, CancelLimit, TapePrint
from chp.model.order import Side
from chp.model.trade import Trade
from tests.support.matching_stream import (
    CancelOrder,
    Command,
    Enter,
    MoveOrder,
    StreamMaker,
    Timed,
    first_difference,
    new_engine,
    new_oracle,
    restarted,
)

STEPS = [None, 1, 5]
COMMANDS_A_STREAM = 500


class Watch:
    """What must hold after every command, whoever is right about the details."""

    def __init__(self) -> None:
        self.last_trade = 0
        self.open_lots: dict[int, int] = {}

    def __call__(self, exchange: Exchange, command: Command, events: list[ExchangeEvent]) -> None:
        if isinstance(command, Enter):
            self.open_lots[command.order_id] = command.lots
        for event in events:
            if isinstance(event, Trade):
                assert event.trade_no > self.last_trade
                assert event.lots > 0
                self.last_trade = event.trade_no
            elif isinstance(event, Executed):
                self.open_lots[event.order_id] -= event.lots
                assert self.open_lots[event.order_id] == event.remaining_lots >= 0
            elif isinstance(event, Removed):
                assert self.open_lots.pop(event.order_id) == event.remaining_lots > 0
        if isinstance(command, Batch):
            _within_the_prints(command, events)
        bid, ask = exchange.book.bids.best(), exchange.book.asks.best()
        assert bid is None or ask is None or bid.price_units < ask.price_units


def _within_the_prints(batch: Batch, events: list[ExchangeEvent]) -> None:
    """Robots and the market share the lots of the prints, no more."""
    recorded = sum(print_.lots for print_ in batch.prints)
    robots = sum(event.lots for event in events if isinstance(event, Executed))
    played = sum(event.lots for event in events if isinstance(event, Trade))
    assert robots <= played <= recorded


def _streams(seeds: range) -> Iterator[tuple[int, int | None, list[Timed]]]:
    for seed in seeds:
        for step in STEPS:
            yield seed, step, StreamMaker(seed, step).commands(COMMANDS_A_STREAM)


def _demand_equal(seeds: range) -> None:
    for seed, step, stream in _streams(seeds):
        found = first_difference(new_engine(step), new_oracle(step), stream, Watch())
        assert found is None, f"seed {seed}, step {step}: {found}"


def test_engine_does_what_the_oracle_does_over_seeded_streams() -> None:
    _demand_equal(range(30))


def test_restarted_engine_goes_on_as_the_oracle_does() -> None:
    for seed, step, stream in _streams(range(100, 104)):
        engine, oracle, watch = new_engine(step), new_oracle(step), Watch()
        for begin in range(0, len(stream), 20):
            part = stream[begin : begin + 20]
            found = first_difference(engine, oracle, part, watch)
            assert found is None, f"seed {seed}, step {step}, from {begin}: {found}"
            engine = restarted(engine)


@pytest.mark.slow
def test_engine_does_what_the_oracle_does_over_a_million_commands() -> None:
    _demand_equal(range(1_000, 1_000 + 1_000_000 // (COMMANDS_A_STREAM * len(STEPS)) + 1))


_LOTS = st.integers(1, 9)
_IDS = st.integers(1, 12)
_OFFSETS = st.integers(-3, 3)
_SIDES = st.sampled_from(list(Side))


@st.composite
def command_lists(draw: st.DrawFn, step: int | None) -> list[Timed]:
    """Short lists of commands, easy to shrink."""
    unit = step or 1
    prices = _OFFSETS.map(lambda offset: 500 + unit * offset)
    enters = st.builds(Enter, st.just(0), st.integers(1, 3), _SIDES, _LOTS, prices, st.booleans())
    kinds: list[st.SearchStrategy[Command]] = [
        enters,
        enters,
        st.builds(CancelOrder, _IDS),
        st.builds(MoveOrder, _IDS, prices),
    ]
    if step is None:
        kinds.append(st.builds(CancelLimit, _IDS.map(lambda ref: -ref)))
        kinds.append(st.builds(Aggress, _SIDES, _LOTS))
        kinds.append(st.builds(AddLimit, st.just(0), _SIDES, prices, _LOTS))
    else:
        rows = st.lists(st.tuples(prices, _LOTS), min_size=1, max_size=3)
        kinds += [st.builds(_batch, _SIDES, rows)] * 2
    drawn = draw(
        st.lists(st.tuples(st.sampled_from([0, 0, 60, 300, 301]), st.one_of(kinds)), max_size=30)
    )
    return _numbered(drawn)


def _batch(side: Side, rows: list[tuple[int, int]]) -> Batch:
    rows = sorted(rows, reverse=side is Side.SELL)
    return Batch(0, side, tuple(TapePrint(0, price, lots, side, 7) for price, lots in rows))


def _numbered(drawn: list[tuple[int, Command]]) -> list[Timed]:
    """Gives new orders their ids and turns pauses in seconds into times."""
    timed: list[Timed] = []
    now_s = robots = agents = 0
    for pause_s, command in drawn:
        now_s += pause_s
        if isinstance(command, Enter):
            robots += 1
            command = command._replace(order_id=robots)
        elif isinstance(command, AddLimit):
            agents -= 1
            command = AddLimit(agents, command.side, command.price_units, command.lots)
        timed.append((now_s * 1_000_000_000, command))
    return timed


@given(st.sampled_from(STEPS).flatmap(lambda step: st.tuples(st.just(step), command_lists(step))))
def test_engine_does_what_the_oracle_does_over_any_short_list(
    market: tuple[int | None, list[Timed]],
) -> None:
    step, stream = market
    assert first_difference(new_engine(step), new_oracle(step), stream, Watch()) is None
