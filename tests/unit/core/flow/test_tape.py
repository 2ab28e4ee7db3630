from __future__ import annotations

from statistics import median

import pytest

from chp.core.flow.tape import TapeFlow, build_tape, mirrored
from chp.model.flow import Batch, Tape, TapePrint
from chp.model.order import Side
from chp.units import NS_PER_SECOND
from tests.support.flow_cases import MIRROR_UNITS, START_NS, gazp_prints

B, S = Side.BUY, Side.SELL
T0 = 1_000 * NS_PER_SECOND


def _prints(*rows: tuple[int, int, Side, int]) -> list[TapePrint]:
    """Rows are (second, number, aggressor, price)."""
    return [TapePrint(T0 + s * NS_PER_SECOND, price, 1, side, no) for s, no, side, price in rows]


def _numbers(tape: Tape) -> list[list[int]]:
    return [[print_.recorded_no for print_ in batch.prints] for batch in tape.batches]


@pytest.mark.parametrize(
    ("second_print", "why"),
    [
        ((0, 3, B, 100), "a number is missing"),
        ((1, 2, B, 100), "another second"),
        ((0, 2, S, 100), "another aggressor"),
        ((0, 2, B, 99), "a better price for a buyer"),
    ],
)
def test_a_batch_ends(second_print: tuple[int, int, Side, int], why: str) -> None:
    tape = build_tape("X", _prints((0, 1, B, 100), second_print), 500)
    assert len(tape.batches) == 2, why


def test_a_batch_goes_on_while_prices_get_no_better() -> None:
    rows = [(0, 1, B, 100), (0, 2, B, 100), (0, 3, B, 101)]
    falling = [(0, 4, S, 99), (0, 5, S, 99), (0, 6, S, 97), (0, 7, S, 98)]
    tape = build_tape("X", _prints(*rows, *falling), 500)
    assert _numbers(tape) == [[1, 2, 3], [4, 5, 6], [7]]
    assert [batch.aggressor for batch in tape.batches] == [B, S, S]


def test_batches_of_a_second_are_spread_evenly_and_a_lap_is_whole_seconds() -> None:
    rows = [(0, 1, B, 9), (0, 3, B, 9), (0, 5, B, 9), (0, 7, B, 9), (2, 9, B, 9)]
    tape = build_tape("X", _prints(*rows), 500)
    quarter = NS_PER_SECOND // 4
    assert [batch.offset_ns for batch in tape.batches] == [
        0, quarter, 2 * quarter, 3 * quarter, 2 * NS_PER_SECOND,
    ]  # fmt: skip
    assert tape.lap_ns == 3 * NS_PER_SECOND


def test_a_fraction_of_a_recorded_second_does_not_shift_the_lap() -> None:
    late = TapePrint(T0 + 900_000_000, 9, 1, B, 1)
    later = TapePrint(T0 + NS_PER_SECOND + 1, 9, 1, B, 2)
    tape = build_tape("X", [late, later], 500)
    assert [batch.offset_ns for batch in tape.batches] == [0, NS_PER_SECOND]
    assert tape.lap_ns == 2 * NS_PER_SECOND


def test_the_auction_is_the_uncross_and_no_batch() -> None:
    auction = [
        TapePrint(T0 - NS_PER_SECOND, 100, 5, side, no, True) for no, side in ((1, S), (2, B))
    ]
    tape = build_tape("X", [*auction, *_prints((0, 3, B, 100))], 500)
    assert tape.uncross == tuple(auction)
    assert _numbers(tape) == [[3]]
    assert tape.batches[0].offset_ns == 0


def test_refuses_files_that_are_no_tape() -> None:
    one = _prints((0, 1, B, 100))[0]
    auction = [TapePrint(T0, price, 1, B, no, True) for no, price in ((1, 100), (2, 101))]
    with pytest.raises(ValueError, match="found none"):
        build_tape("X", [], 500)
    with pytest.raises(ValueError, match="found none"):
        build_tape("X", auction[:1], 500)
    with pytest.raises(ValueError, match="trade 1 does not come after 2"):
        build_tape("X", _prints((0, 2, B, 100), (0, 1, B, 100)), 500)
    with pytest.raises(ValueError, match="trade 2 does not come after 1"):
        build_tape("X", _prints((1, 1, B, 100), (0, 2, B, 100)), 500)
    with pytest.raises(ValueError, match="below 100"):
        build_tape("X", [one], 100)
    with pytest.raises(ValueError, match="one price of the auction"):
        build_tape("X", [*auction, *_prints((1, 3, B, 100))], 500)


def test_mirroring_swaps_side_and_price_and_nothing_else() -> None:
    prints = _prints((0, 1, B, 100), (0, 2, B, 103))
    batch = Batch(7, B, tuple(prints))
    other = mirrored(batch, 500)
    assert other.aggressor is S
    assert [(p.price_units, p.aggressor, p.recorded_no) for p in other.prints] == [
        (400, S, 1),
        (397, S, 2),
    ]
    assert mirrored(other, 500) == batch


def test_laps_go_on_without_end_and_every_second_one_is_mirrored() -> None:
    tape = build_tape("X", _prints((0, 1, B, 100), (1, 2, S, 90)), 190)
    flow = TapeFlow(tape, 50)
    popped = []
    for _ in range(5):
        due_ns = flow.next_due_ns
        time_ns, lap, is_mirrored, batch = flow.pop()
        assert time_ns == due_ns
        popped.append((time_ns, lap, is_mirrored, batch.aggressor, batch.prints[0].price_units))
    second = NS_PER_SECOND
    assert popped == [
        (50, 1, False, B, 100),
        (50 + second, 1, False, S, 90),
        (50 + 2 * second, 2, True, S, 90),
        (50 + 3 * second, 2, True, B, 100),
        (50 + 4 * second, 3, False, B, 100),
    ]


def test_a_delay_shifts_all_that_is_to_come() -> None:
    tape = build_tape("X", _prints((0, 1, B, 100), (1, 2, S, 90)), 190)
    flow, late = TapeFlow(tape, 0), TapeFlow(tape, 0)
    assert flow.pop() == late.pop()
    late.delay(77)
    for _ in range(4):
        time_ns, *rest = flow.pop()
        late_ns, *late_rest = late.pop()
        assert (late_ns, late_rest) == (time_ns + 77, rest)


def test_a_restored_flow_goes_on_identically() -> None:
    tape = build_tape("GAZP", gazp_prints(), MIRROR_UNITS)
    flow = TapeFlow(tape, START_NS)
    for _ in range(3 * len(tape.batches)):
        flow.pop()
        if flow.next_due_ns % 7 == 0:
            flow.delay(13)
        again = TapeFlow.from_state(tape, flow.state())
        assert again.next_due_ns == flow.next_due_ns
        assert again.state() == flow.state()
    assert again.pop() == flow.pop()


def test_the_recorded_gazp_tape() -> None:
    # The whole file gives 3,349 batches, 144 of them at several prices (market.md section 4);
    # its first 900 continuous trades give, counted apart from our code:
    prints = gazp_prints()
    tape = build_tape("GAZP", prints, MIRROR_UNITS)
    assert len(tape.uncross) == 134
    assert sum(print_.lots for print_ in tape.uncross) == 2_904
    assert {print_.price_units for print_ in tape.uncross} == {161_98}
    played = [print_ for batch in tape.batches for print_ in batch.prints]
    assert played == [print_ for print_ in prints if not print_.is_auction]
    assert len(tape.batches) == 575
    assert sum(len({p.price_units for p in b.prints}) > 1 for b in tape.batches) == 38
    assert median(sum(p.lots for p in b.prints) for b in tape.batches) == 3
    assert tape.lap_ns == 426 * NS_PER_SECOND
