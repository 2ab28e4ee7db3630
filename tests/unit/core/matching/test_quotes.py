from __future__ import annotations

from collections.abc import Sequence

import pytest

from chp.core.flow.tape import build_tape
from chp.core.matching.quotes import TapeQuotes
from chp.model.flow import Batch, TapePrint
from chp.model.order import Side
from tests.support.flow_cases import MIRROR_UNITS, gazp_prints

B, S = Side.BUY, Side.SELL


def _batch(aggressor: Side, *prints: tuple[int, int]) -> Batch:
    """Prints are (price, lots)."""
    return Batch(0, aggressor, tuple(TapePrint(0, p, lots, aggressor, 1) for p, lots in prints))


def _play(quotes: TapeQuotes, batches: Sequence[Batch]) -> list[list[int]]:
    states = []
    for batch in batches:
        for call in (quotes.before_batch, quotes.after_batch):
            call(batch)
            states.append(quotes.state())
    return states


def test_there_is_no_quote_before_the_first_batch() -> None:
    assert TapeQuotes(5).state() == [0, 0, 0, 0]


@pytest.mark.parametrize(("side", "bid", "ask"), [(B, 95, 100), (S, 100, 105)])
def test_the_first_batch_makes_both_quotes(side: Side, bid: int, ask: int) -> None:
    quotes = TapeQuotes(5)
    quotes.before_batch(_batch(side, (100, 9)))
    assert quotes.state() == [bid, ask, 1, 1]


# Quotes at first 90 / 100, sizes 7 (bid) and 8 (ask), step 5: bid, ask before and after.
@pytest.mark.parametrize(
    ("batch", "before", "after"),
    [
        (_batch(B, (100, 3)), [90, 100, 7, 8], [90, 100, 7, 3]),
        (_batch(B, (100, 3), (110, 4)), [90, 100, 7, 8], [90, 110, 7, 7]),
        (_batch(B, (95, 3)), [90, 95, 7, 8], [90, 95, 7, 3]),
        (_batch(B, (90, 3)), [85, 90, 7, 8], [85, 90, 7, 3]),
        (_batch(B, (80, 3), (85, 1)), [75, 80, 7, 8], [75, 85, 7, 4]),
        (_batch(B, (120, 3)), [90, 120, 7, 8], [90, 120, 7, 3]),
        (_batch(S, (90, 3)), [90, 100, 7, 8], [90, 100, 3, 8]),
        (_batch(S, (90, 3), (80, 4)), [90, 100, 7, 8], [80, 100, 7, 8]),
        (_batch(S, (95, 3)), [95, 100, 7, 8], [95, 100, 3, 8]),
        (_batch(S, (100, 3)), [100, 105, 7, 8], [100, 105, 3, 8]),
        (_batch(S, (70, 3)), [70, 100, 7, 8], [70, 100, 3, 8]),
        (_batch(S, (90, 0)), [90, 100, 7, 8], [90, 100, 1, 8]),
    ],
)
def test_a_batch_moves_the_quote_to_its_first_and_leaves_it_at_its_last_price(
    batch: Batch, before: list[int], after: list[int]
) -> None:
    quotes = TapeQuotes.from_state(5, [90, 100, 7, 8])
    assert _play(quotes, [batch]) == [before, after]


def test_the_future_changes_no_quote() -> None:
    continuous = [print_ for print_ in gazp_prints() if not print_.is_auction]
    batches = build_tape("GAZP", continuous, MIRROR_UNITS).batches
    whole = _play(TapeQuotes(1), batches)
    prints_before = 0
    for cut in range(1, len(batches)):
        prints_before += len(batches[cut - 1].prints)
        if cut % 100 == 0:
            head = build_tape("GAZP", continuous[:prints_before], MIRROR_UNITS).batches
            assert len(head) == cut
            assert _play(TapeQuotes(1), head) == whole[: 2 * cut]


def test_spreads_of_the_recorded_tape() -> None:
    # The whole file: 1 step after 80 % of batches, at most 3 after 94 %, at most 18.
    batches = build_tape("GAZP", gazp_prints(), MIRROR_UNITS).batches
    after = _play(TapeQuotes(1), batches)[1::2]
    spreads = [ask - bid for bid, ask, _, _ in after]
    assert min(spreads) == 1
    assert [sum(s == 1 for s in spreads), sum(s <= 3 for s in spreads)] == [329, 460]
    assert max(spreads) == 18


def test_restored_quotes_go_on_identically() -> None:
    batches = build_tape("GAZP", gazp_prints(), MIRROR_UNITS).batches
    quotes = TapeQuotes(1)
    _play(quotes, batches[:50])
    again = TapeQuotes.from_state(1, quotes.state())
    assert _play(again, batches[50:]) == _play(quotes, batches[50:])
