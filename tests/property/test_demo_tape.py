"""What must hold for the whole shipped tape, however it is cut and however long it is played."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import pytest

from chp.core.flow.tape import TapeFlow, build_tape
from chp.core.matching.quotes import TapeQuotes
from chp.demo import market
from chp.model.flow import Batch, TapePrint
from chp.model.order import Side

TAPE: Final = market.tapes()["GAZP"]
PRINTS: Final = market.recorded_trades().prints
STEP_UNITS: Final = 1
CUT_EVERY: Final = 100
LOW_UNITS, HIGH_UNITS = 161_55, 162_01


def _seen(batches: tuple[Batch, ...]) -> list[list[int]]:
    """Quotes and sizes as robots see them before each batch and after the last."""
    quotes = TapeQuotes(STEP_UNITS)
    seen = [quotes.state()]
    for batch in batches:
        quotes.before_batch(batch)
        quotes.after_batch(batch)
        seen.append(quotes.state())
    return seen


WHOLE: Final = _seen(TAPE.batches)


def _until(cut: int) -> tuple[TapePrint, ...]:
    """The file as if it ended before a batch."""
    first = TAPE.batches[cut].prints[0]
    return PRINTS[: PRINTS.index(first)]


@pytest.mark.parametrize("cut", range(CUT_EVERY, len(TAPE.batches), CUT_EVERY))
def test_quotes_and_sizes_do_not_know_the_future(cut: int) -> None:
    short = build_tape("GAZP", _until(cut), market.MIRROR_UNITS)
    assert short.batches[-1].prints == TAPE.batches[cut - 1].prints
    assert _seen(short.batches) == WHOLE[: cut + 1]


@pytest.mark.parametrize("cut", range(CUT_EVERY, len(TAPE.batches), 5 * CUT_EVERY))
def test_quotes_and_sizes_do_not_know_another_future_either(cut: int) -> None:
    last_second = TAPE.batches[cut].prints[0].time_ns
    other = [
        TapePrint(last_second, HIGH_UNITS, 9_999, Side.BUY, PRINTS[-1].recorded_no + 1 + number)
        for number in range(3)
    ]
    invented = build_tape("GAZP", (*_until(cut), *other), market.MIRROR_UNITS)
    assert _seen(invented.batches)[: cut + 1] == WHOLE[: cut + 1]


def test_laps_stay_in_the_recorded_range_and_join_without_a_jump() -> None:
    flow, size = TapeFlow(TAPE, 0), len(TAPE.batches)
    played = [flow.pop() for _ in range(4 * size + 1)]
    laps = [(lap, is_mirrored) for _, lap, is_mirrored, _ in played[::size]]
    assert laps == [(1, False), (2, True), (3, False), (4, True), (5, False)]
    prices = [print_.price_units for _, _, _, batch in played for print_ in batch.prints]
    assert (min(prices), max(prices)) == (LOW_UNITS, HIGH_UNITS)
    joints = [
        (batch.prints[-1].price_units, after.prints[0].price_units)
        for (_, lap, _, batch), (_, later_lap, _, after) in pairwise(played)
        if lap != later_lap
    ]
    assert joints == [(161_58, 161_58), (161_98, 161_98)] * 2
    assert TAPE.uncross[0].price_units == played[0][3].prints[0].price_units
    assert all(time_ns < later_ns for (time_ns, *_), (later_ns, *_) in pairwise(played))


def test_even_laps_are_odd_laps_seen_in_a_mirror() -> None:
    flow, size = TapeFlow(TAPE, 0), len(TAPE.batches)
    odd, even = ([flow.pop() for _ in range(size)] for _ in range(2))
    for (time_ns, _, _, batch), (later_ns, _, _, other) in zip(odd, even, strict=True):
        assert later_ns - time_ns == TAPE.lap_ns
        assert other.aggressor is not batch.aggressor
        assert [
            (market.MIRROR_UNITS - print_.price_units, print_.lots, print_.recorded_no)
            for print_ in other.prints
        ] == [(print_.price_units, print_.lots, print_.recorded_no) for print_ in batch.prints]


def test_quotes_stay_sound_through_mirrored_laps() -> None:
    flow, quotes = TapeFlow(TAPE, 0), TapeQuotes(STEP_UNITS)
    for _ in range(3 * len(TAPE.batches)):
        _, _, _, batch = flow.pop()
        quotes.before_batch(batch)
        assert quotes.bid_units < quotes.ask_units
        quotes.after_batch(batch)
        assert quotes.bid_units < quotes.ask_units
        assert min(quotes.bid_lots, quotes.ask_lots) >= 1
