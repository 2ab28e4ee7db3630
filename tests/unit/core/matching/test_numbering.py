from __future__ import annotations

from chp.core.matching.numbering import Numbering


def test_counters_begin_at_one_and_rise_apart_from_each_other() -> None:
    numbering = Numbering()
    assert [numbering.next_order(), numbering.next_order(), numbering.next_trade()] == [1, 2, 1]
    assert (numbering.last_order, numbering.last_trade) == (2, 1)


def test_counters_go_on_after_given_numbers() -> None:
    numbering = Numbering(last_order=10, last_trade=20)
    assert [numbering.next_order(), numbering.next_trade()] == [11, 21]
