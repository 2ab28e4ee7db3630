from __future__ import annotations

import pytest

from chp.core.matching.exchange import Exchange
from chp.core.matching.numbering import Numbering
from chp.model.events import Entered, ExchangeEvent, Executed, RemovalCause, Removed
from chp.model.order import Side
from chp.model.trade import Trade
from tests.support.exchange_script import Script


def test_events_tell_everything() -> None:
    exchange = Exchange("GAZP", Numbering(last_order=10, last_trade=70))
    events: list[ExchangeEvent] = []
    exchange.enter(1, 1, Side.SELL, 3, 100, rests=True, now_ns=8, events=events)
    exchange.enter(2, 2, Side.BUY, 5, 120, rests=False, now_ns=9, events=events)
    assert events == [
        Entered(1, 11),
        Entered(2, 12),
        Trade("GAZP", 9, 100, 3, 71, Side.BUY, 0),
        Executed(1, 11, 100, 3, 0, 71, True),
        Executed(2, 12, 100, 3, 2, 71, False),
        Removed(2, 12, 2, RemovalCause.NO_LIQUIDITY),
    ]


# Robots among themselves.


def test_best_price_comes_first_and_at_one_price_the_oldest() -> None:
    script = Script()
    script.check("""
        1 A sell 5 @102  | in 1 n1
        2 A sell 5 @101  | in 2 n2
        3 B sell 5 @101  | in 3 n3
        4 C buy 12 @101  | in 4 n4
                         | t1 buy 5@101; fill 2 n2 5@101 left 0 t1 maker
                         | fill 4 n4 5@101 left 7 t1 taker
                         | t2 buy 5@101; fill 3 n3 5@101 left 0 t2 maker
                         | fill 4 n4 5@101 left 2 t2 taker
    """)
    assert script.book() == "4:2@101 / 1:5@102"


def test_taker_gets_the_makers_price_up_to_its_limit() -> None:
    script = Script()
    script.check("""
        1 A buy 5 @101   | in 1 n1
        2 A buy 5 @100   | in 2 n2
        3 A buy 5 @99    | in 3 n3
        4 B sell 7 @100  | in 4 n4
                         | t1 sell 5@101; fill 1 n1 5@101 left 0 t1 maker
                         | fill 4 n4 5@101 left 2 t1 taker
                         | t2 sell 2@100; fill 2 n2 2@100 left 3 t2 maker
                         | fill 4 n4 2@100 left 0 t2 taker
        5 B sell 4 @100  | in 5 n5
                         | t3 sell 3@100; fill 2 n2 3@100 left 0 t3 maker
                         | fill 5 n5 3@100 left 1 t3 taker
    """)
    assert script.book() == "3:5@99 / 5:1@100"


def test_market_order_trades_within_the_days_limits_and_its_rest_never_rests() -> None:
    script = Script()
    script.check("""
        1 A buy 5 market  | in 1 n1; out 1 n1 left 5 no_liquidity
        2 A sell 5 @150   | in 2 n2
        3 A sell 5 @151   | in 3 n3
        4 B buy 7 market  | in 4 n4
                          | t1 buy 5@150; fill 2 n2 5@150 left 0 t1 maker
                          | fill 4 n4 5@150 left 2 t1 taker
                          | out 4 n4 left 2 no_liquidity
    """)
    assert script.book() == "- / 3:5@151"


def test_order_stops_before_its_owners_own_and_leaves_it_untouched() -> None:
    script = Script()
    script.check("""
        1 B sell 2 @100   | in 1 n1
        2 A sell 5 @101   | in 2 n2
        3 B sell 5 @101   | in 3 n3
        4 A buy 9 @105    | in 4 n4
                          | t1 buy 2@100; fill 1 n1 2@100 left 0 t1 maker
                          | fill 4 n4 2@100 left 7 t1 taker
                          | out 4 n4 left 7 self_trade
        5 A buy 9 market  | in 5 n5; out 5 n5 left 9 self_trade
        6 A buy 9 @100    | in 6 n6
    """)
    assert script.book() == "6:9@100 / 2:5@101 3:5@101"


def test_cancel_removes_what_is_left_once() -> None:
    script = Script()
    script.check("""
        1 A sell 5 @100  | in 1 n1
        2 B buy 2 @100   | in 2 n2
                         | t1 buy 2@100; fill 1 n1 2@100 left 3 t1 maker
                         | fill 2 n2 2@100 left 0 t1 taker
        cancel 1         | out 1 n1 left 3 cancelled
        cancel 1         | -
        cancel 2         | -
        cancel 9         | -
    """)
    assert script.book() == "- / -"


def test_move_to_the_same_price_keeps_number_and_priority() -> None:
    script = Script()
    script.check("""
        1 A sell 5 @100  | in 1 n1
        2 B sell 5 @100  | in 2 n2
        move 1 @100      | moved 1 n1 @100 left 5
    """)
    assert script.book() == "- / 1:5@100 2:5@100"


def test_move_to_another_price_goes_behind_the_orders_there() -> None:
    script = Script()
    script.check("""
        1 A sell 5 @100  | in 1 n1
        2 B sell 5 @100  | in 2 n2
        move 1 @101      | moved 1 n3 @101 left 5
        move 1 @100      | moved 1 n4 @100 left 5
        move 9 @100      | -
        3 C sell 1 @102  | in 3 n5
    """)
    assert script.book() == "- / 2:5@100 1:5@100 3:1@102"


def test_move_may_trade_and_may_meet_its_owners_own() -> None:
    script = Script()
    script.check("""
        1 A sell 5 @103  | in 1 n1
        2 B buy 2 @100   | in 2 n2
        3 A buy 2 @99    | in 3 n3
        move 1 @100      | moved 1 n4 @100 left 5
                         | t1 sell 2@100; fill 2 n2 2@100 left 0 t1 maker
                         | fill 1 n4 2@100 left 3 t1 taker
        move 1 @99       | moved 1 n5 @99 left 3; out 1 n5 left 3 self_trade
    """)
    assert script.book() == "3:2@99 / -"


# Agents make the market.


def test_agents_orders_are_the_market_and_make_no_reports() -> None:
    script = Script()
    script.check("""
        agent -1 sell 5 @100   | -
        1 A sell 5 @100        | in 1 n1
        agent -2 buy 3 @101    | t1 buy 3@100
        agent takes buy 4      | t2 buy 2@100
                               | t3 buy 2@100; fill 1 n1 2@100 left 3 t3 maker
        2 B buy 9 @100         | in 2 n2
                               | t4 buy 3@100; fill 1 n1 3@100 left 0 t4 maker
                               | fill 2 n2 3@100 left 6 t4 taker
        agent takes buy 4      | -
        agent takes sell 7     | t5 sell 6@100; fill 2 n2 6@100 left 0 t5 maker
        agent -3 buy 4 @90     | -
        agent cancel -3        | -
        agent cancel -3        | -
    """)
    assert script.book() == "- / -"


def test_agents_limit_rests_with_what_it_could_not_take() -> None:
    script = Script()
    script.check("""
        agent -1 sell 5 @100   | -
        agent -2 buy 9 @100    | t1 buy 5@100
        1 A sell 1 market      | in 1 n1; t2 sell 1@100; fill 1 n1 1@100 left 0 t2 taker
    """)
    assert script.book() == "-2:3@100 / -"
    assert script.exchange.book.remaining(-2) == 3


# A recorded tape. Its quotes: bid 99 with 6 lots, ask 101 with 4.

QUOTES = """
    print sell 6@99   | t1 sell 6@99 r1
    print buy 4@101   | t2 buy 4@101 r2
"""


def _tape(table: str = "") -> Script:
    script = Script(step=1)
    script.check(QUOTES + table)
    return script


def test_before_its_first_batch_a_tape_offers_nothing() -> None:
    script = Script(step=1)
    script.check("""
        uncross buy 3@100 2@100  | t1 buy 3@100 r1; t2 buy 2@100 r2
        1 A buy 5 @120           | in 1 n1
        2 B sell 2 market        | in 2 n2
                                 | t3 sell 2@120; fill 1 n1 2@120 left 3 t3 maker
                                 | fill 2 n2 2@120 left 0 t3 taker
        3 B sell 9 market        | in 3 n3
                                 | t4 sell 3@120; fill 1 n1 3@120 left 0 t4 maker
                                 | fill 3 n3 3@120 left 6 t4 taker
                                 | out 3 n3 left 6 no_liquidity
    """)


def test_taker_gets_the_shown_size_then_equal_slices_each_a_step_worse() -> None:
    _tape("""
        1 A buy 5 @103      | in 1 n1; t3 buy 4@101; fill 1 n1 4@101 left 1 t3 taker
                            | t4 buy 1@102; fill 1 n1 1@102 left 0 t4 taker
        2 A buy 9 @103      | in 2 n2; t5 buy 3@102; fill 2 n2 3@102 left 6 t5 taker
                            | t6 buy 4@103; fill 2 n2 4@103 left 2 t6 taker
        3 B sell 13 market  | in 3 n3
                            | t7 sell 2@103; fill 2 n2 2@103 left 0 t7 maker
                            | fill 3 n3 2@103 left 11 t7 taker
                            | t8 sell 6@99; fill 3 n3 6@99 left 5 t8 taker
                            | t9 sell 5@98; fill 3 n3 5@98 left 0 t9 taker
    """)


def test_market_order_on_a_tape_ends_at_the_days_limit() -> None:
    script = Script(step=20)
    script.check("""
        print buy 4@110    | t1 buy 4@110 r1
        1 A buy 99 market  | in 1 n1; t2 buy 4@110; fill 1 n1 4@110 left 95 t2 taker
                           | t3 buy 4@130; fill 1 n1 4@130 left 91 t3 taker
                           | t4 buy 4@150; fill 1 n1 4@150 left 87 t4 taker
                           | out 1 n1 left 87 no_liquidity
    """)


def test_prints_cover_what_robots_took_before_anybody_gets_them() -> None:
    script = _tape("""
        1 A buy 5 @102          | in 1 n1; t3 buy 4@101; fill 1 n1 4@101 left 1 t3 taker
                                | t4 buy 1@102; fill 1 n1 1@102 left 0 t4 taker
        2 B sell 2 @100         | in 2 n2
        print buy 6@101         | t5 buy 2@100; fill 2 n2 2@100 left 0 t5 maker
        print buy 3@102 4@103   | t6 buy 2@102 r4; t7 buy 4@103 r5
    """)
    assert script.book() == "- / -"


def test_limit_behind_the_quote_waits_for_what_is_shown_there() -> None:
    script = _tape("1 A buy 5 @99 | in 1 n1")
    assert script.book() == "1:5@99+6 / -"
    script.check("""
        print sell 4@99    | t3 sell 4@99 r3
        print sell 3@99    | t4 sell 1@99; fill 1 n1 1@99 left 4 t4 maker; t5 sell 2@99 r4
        print sell 9@99    | t6 sell 4@99; fill 1 n1 4@99 left 0 t6 maker; t7 sell 5@99 r5
    """)


def test_limit_that_improves_the_quote_waits_for_nobody() -> None:
    script = _tape("1 A buy 5 @100 | in 1 n1")
    assert script.book() == "1:5@100 / -"
    script.check(
        "print sell 7@100 | t3 sell 5@100; fill 1 n1 5@100 left 0 t3 maker; t4 sell 2@100 r3"
    )


def test_largest_batch_of_five_minutes_is_before_a_new_order() -> None:
    script = _tape()
    script.check("""
        wait 60            | -
        print sell 2@99    | t3 sell 2@99 r3
        wait 240           | -
        1 A buy 5 @99      | in 1 n1
        wait 1             | -
        2 A buy 5 @98      | in 2 n2
        3 A buy 5 @97      | in 3 n3
    """)
    assert script.book() == "1:5@99+6 2:5@98+2 3:5@97+2 / -"
    script.check("""
        cancel 1           | out 1 n1 left 5 cancelled
        4 A buy 5 @99      | in 4 n4
    """)
    assert script.book() == "4:5@99+2 2:5@98+2 3:5@97+2 / -"


def test_nobody_overtakes_in_the_queue() -> None:
    script = _tape("1 A buy 5 @99 | in 1 n1")
    script.check("""
        print sell 2@99    | t3 sell 2@99 r3
        wait 301           | -
        2 B buy 5 @99      | in 2 n2
    """)
    assert script.book() == "1:5@99+4 2:5@99+4 / -"


def test_new_order_waits_for_the_queue_of_the_youngest_there() -> None:
    script = _tape("""
        1 A buy 5 @99      | in 1 n1
        print sell 9@99    | t3 sell 3@99; fill 1 n1 3@99 left 2 t3 maker; t4 sell 6@99 r3
        2 B buy 5 @99      | in 2 n2
        print sell 1@99    | t5 sell 1@99; fill 1 n1 1@99 left 1 t5 maker
        wait 301           | -
        3 C buy 5 @99      | in 3 n3
    """)
    assert script.book() == "1:1@99 2:5@99+9 3:5@99+9 / -"


def test_lots_of_a_print_are_counted_once() -> None:
    script = _tape("1 A buy 5 @99 | in 1 n1")
    script.check("""
        print sell 9@99    | t3 sell 3@99; fill 1 n1 3@99 left 2 t3 maker; t4 sell 6@99 r3
        2 B buy 5 @99      | in 2 n2
    """)
    assert script.book() == "1:2@99 2:5@99+9 / -"
    # Two lots go to the first robot; only the other two leave the queue ahead of the second.
    script.check("print sell 4@99 | t5 sell 2@99; fill 1 n1 2@99 left 0 t5 maker; t6 sell 2@99 r4")
    assert script.book() == "2:5@99+7 / -"


def test_robots_together_get_no_more_than_a_print() -> None:
    script = _tape("""
        1 A buy 5 @100   | in 1 n1
        2 B buy 5 @100   | in 2 n2
        print sell 7@100 | t3 sell 5@100; fill 1 n1 5@100 left 0 t3 maker
                         | t4 sell 2@100; fill 2 n2 2@100 left 3 t4 maker
    """)
    assert script.book() == "2:3@100 / -"


@pytest.mark.parametrize(
    ("played", "events"),
    [
        ("print sell 3@98", "t3 sell 3@99; fill 1 n1 3@99 left 2 t3 maker"),
        ("print buy 3@98", "t3 sell 3@99; fill 1 n1 3@99 left 2 t3 maker"),
        ("print buy 3@99", "t3 sell 3@99; fill 1 n1 3@99 left 2 t3 maker"),
        ("print buy 7@99", "t3 sell 5@99; fill 1 n1 5@99 left 0 t3 maker; t4 buy 2@99 r3"),
        ("print buy 3@100", "t3 buy 3@100 r3"),
        ("print sell 3@100", "t3 sell 3@100 r3"),
    ],
)
def test_bid_at_99_is_filled_at_its_price_by_what_goes_through_it(played: str, events: str) -> None:
    _tape("1 A buy 5 @99 | in 1 n1").check(f"{played} | {events}")


@pytest.mark.parametrize(
    ("played", "events"),
    [
        ("print buy 3@102", "t3 buy 3@101; fill 1 n1 3@101 left 2 t3 maker"),
        ("print sell 3@102", "t3 buy 3@101; fill 1 n1 3@101 left 2 t3 maker"),
        ("print sell 3@101", "t3 buy 3@101; fill 1 n1 3@101 left 2 t3 maker"),
        ("print sell 3@100", "t3 sell 3@100 r3"),
        ("print buy 3@100", "t3 buy 3@100 r3"),
    ],
)
def test_ask_at_101_is_filled_at_its_price_by_what_goes_through_it(
    played: str, events: str
) -> None:
    _tape("1 A sell 5 @101 | in 1 n1").check(f"{played} | {events}")


def test_batch_goes_through_robots_price_by_price() -> None:
    script = _tape("""
        1 A buy 2 @100          | in 1 n1
        2 B buy 2 @99           | in 2 n2
        3 B buy 2 @98           | in 3 n3
        print sell 3@100 7@99   | t3 sell 2@100; fill 1 n1 2@100 left 0 t3 maker; t4 sell 1@100 r3
                                | t5 sell 1@99; fill 2 n2 1@99 left 1 t5 maker; t6 sell 6@99 r4
        print sell 5@97         | t7 sell 1@99; fill 2 n2 1@99 left 0 t7 maker
                                | t8 sell 2@98; fill 3 n3 2@98 left 0 t8 maker; t9 sell 2@97 r5
    """)
    assert script.book() == "- / -"


def test_taker_meets_robots_first_where_nothing_is_ahead_of_them_and_else_the_slice() -> None:
    script = _tape("""
        1 A sell 2 @101    | in 1 n1
        2 A sell 2 @100    | in 2 n2
        3 B buy 3 @101     | in 3 n3
                           | t3 buy 2@100; fill 2 n2 2@100 left 0 t3 maker
                           | fill 3 n3 2@100 left 1 t3 taker
                           | t4 buy 1@101; fill 3 n3 1@101 left 0 t4 taker
    """)
    assert script.book() == "- / 1:2@101+3"
    script.check("""
        4 B buy 5 @101     | in 4 n4; t5 buy 3@101; fill 4 n4 3@101 left 2 t5 taker
                           | t6 buy 2@101; fill 1 n1 2@101 left 0 t6 maker
                           | fill 4 n4 2@101 left 0 t6 taker
    """)


def test_robot_with_nothing_ahead_comes_before_the_slice_of_its_price() -> None:
    script = _tape("1 A sell 9 @101 | in 1 n1")
    script.check("""
        print buy 5@101    | t3 buy 1@101; fill 1 n1 1@101 left 8 t3 maker; t4 buy 4@101 r3
        2 B buy 3 @101     | in 2 n2
                           | t5 buy 3@101; fill 1 n1 3@101 left 5 t5 maker
                           | fill 2 n2 3@101 left 0 t5 taker
    """)


def test_order_that_took_all_that_was_offered_rests_with_nothing_ahead() -> None:
    script = _tape("1 A buy 6 @101 | in 1 n1; t3 buy 4@101; fill 1 n1 4@101 left 2 t3 taker")
    assert script.book() == "1:2@101 / -"


def test_own_order_behind_a_slice_stops_its_owner_only_when_the_slice_is_gone() -> None:
    script = _tape("""
        1 A sell 2 @101   | in 1 n1
        2 A buy 9 @105    | in 2 n2; t3 buy 4@101; fill 2 n2 4@101 left 5 t3 taker
                          | out 2 n2 left 5 self_trade
    """)
    assert script.book() == "- / 1:2@101"


def test_move_on_a_tape_waits_for_what_is_shown_at_the_new_price() -> None:
    script = _tape("""
        1 A buy 5 @100   | in 1 n1
        move 1 @98       | moved 1 n2 @98 left 5
    """)
    assert script.book() == "1:5@98+6 / -"
