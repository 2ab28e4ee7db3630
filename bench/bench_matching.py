"""Operations a second of the matching engine with all its events, against two others.

Goal: ahead of lightmatchingengine. The other measure is the plain limit: what plain Python can
do at most, a dict of deques and a heap of prices with lazy deletion, without events, accounts,
self-trade prevention or numbers. All three get the same stream of robots' orders, made once:
60 % limit orders, 30 % cancels, 10 % market orders, about 900 orders live. Rounds alternate and
the middle one of each counts, because absolute figures wander.

`--depth` measures instead how long calls take beside 1 to 1,000,000 resting orders within one
day's price limits; it needs about half a gigabyte of memory.

Run: `pip install lightmatchingengine`, then `python bench/bench_matching.py [--json]`.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from types import ModuleType
from typing import Final, NamedTuple

from chp.core.matching.exchange import Exchange
from chp.core.matching.numbering import Numbering
from chp.model.events import ExchangeEvent
from chp.model.order import Side

GOAL_RATIO: Final = 1.0
PEER: Final = "lightmatchingengine"
LIVE_ORDERS: Final = 900
MID_UNITS: Final = 10_000
BAND_UNITS: Final = 2_000
SEED: Final = 20_240_216

LIMIT, CANCEL, MARKET = range(3)


class Operation(NamedTuple):
    """One step of the stream."""

    kind: int
    order_id: int
    """Rises by one with each order; a cancel names an order that is live."""
    side: Side
    is_buy: bool
    price_units: int
    lots: int


class PlainBook:
    """The plain limit: price-time priority and nothing else."""

    def __init__(self) -> None:
        """An empty book; heaps keep prices of levels that may have gone."""
        self.levels: tuple[dict[int, deque[list[int]]], dict[int, deque[list[int]]]] = ({}, {})
        self.heaps: tuple[list[int], list[int]] = ([], [])
        self.live: dict[int, list[int]] = {}

    def limit(self, order_id: int, is_buy: bool, price: int, lots: int) -> None:
        """Takes what the limit allows and rests with what is left."""
        lots = self.take(is_buy, price, lots)
        if lots:
            order = self.live[order_id] = [order_id, lots]
            levels = self.levels[is_buy]
            queue = levels.get(price)
            if queue is None:
                queue = levels[price] = deque()
                heappush(self.heaps[is_buy], -price if is_buy else price)
            queue.append(order)

    def take(self, is_buy: bool, price: int, lots: int) -> int:
        """Takes from the other side; answers the lots that are left."""
        levels, heap, live = self.levels[not is_buy], self.heaps[not is_buy], self.live
        while lots and heap:
            best = heap[0] if is_buy else -heap[0]
            if best > price if is_buy else best < price:
                break
            queue = levels[best]
            while queue and lots:
                order = queue[0]
                if order[1] > lots:
                    order[1] -= lots
                    return 0
                lots -= order[1]
                queue.popleft()
                live.pop(order[0], None)
            if not queue:
                heappop(heap)
                del levels[best]
        return lots

    def cancel(self, order_id: int) -> None:
        """Takes the lots out; the order itself goes when the queue reaches it."""
        order = self.live.pop(order_id, None)
        if order is not None:
            order[1] = 0


def make_stream(length: int) -> list[Operation]:
    """The stream; a book runs along so that cancels meet live orders and their number holds."""
    dice, book = random.Random(SEED), PlainBook()
    known: list[int] = []
    stream: list[Operation] = []
    order_id = 0
    while len(stream) < length:
        kind = dice.choices((LIMIT, CANCEL, MARKET), (60, 30, 10))[0]
        is_buy = dice.random() < 0.5
        if kind == CANCEL:
            chosen = _pop_live(dice, known, book)
            if chosen:
                book.cancel(chosen)
                stream.append(Operation(CANCEL, chosen, Side.SELL, False, 0, 0))
            continue
        order_id += 1
        if kind == LIMIT:
            away = dice.randint(-5, 50)
            price = MID_UNITS - away if is_buy else MID_UNITS + away
            lots = dice.randint(1, 10)
            book.limit(order_id, is_buy, price, lots)
            known.append(order_id)
        else:
            price = MID_UNITS + BAND_UNITS if is_buy else MID_UNITS - BAND_UNITS
            lots = dice.randint(1, 40 if len(book.live) > LIVE_ORDERS else 10)
            book.take(is_buy, price, lots)
        side = Side.BUY if is_buy else Side.SELL
        stream.append(Operation(kind, order_id, side, is_buy, price, lots))
    return stream


def _pop_live(dice: random.Random, known: list[int], book: PlainBook) -> int:
    """A live order at random, 0 for none; those that are done are forgotten on the way."""
    while known:
        at = dice.randrange(len(known))
        known[at], known[-1] = known[-1], known[at]
        order_id = known.pop()
        if order_id in book.live:
            return order_id
    return 0


def run_ours(stream: list[Operation]) -> float:
    """Seconds for the stream through our exchange; each order has an owner of its own."""
    exchange = Exchange("GAZP", Numbering(len(stream)))
    events: list[ExchangeEvent] = []
    started = time.perf_counter()
    for kind, order_id, side, _, price_units, lots in stream:
        if kind == CANCEL:
            exchange.cancel(order_id, events)
        else:
            exchange.enter(
                order_id,
                order_id,
                side,
                lots,
                price_units,
                rests=kind == LIMIT,
                now_ns=0,
                events=events,
            )
        events.clear()
    return time.perf_counter() - started


def run_plain(stream: list[Operation]) -> float:
    """Seconds for the stream through the plain limit."""
    book = PlainBook()
    started = time.perf_counter()
    for kind, order_id, _, is_buy, price_units, lots in stream:
        if kind == CANCEL:
            book.cancel(order_id)
        elif kind == LIMIT:
            book.limit(order_id, is_buy, price_units, lots)
        else:
            book.take(is_buy, price_units, lots)
    return time.perf_counter() - started


def run_light(stream: list[Operation], peer: ModuleType) -> float:
    """Seconds for the stream through lightmatchingengine.

    It gives ids itself, in the order of entry, as the stream does. Its own market order, price
    0, would rest at 0 where the book is empty: it gets the day's price limit, as ours does.
    """
    engine = peer.LightMatchingEngine()
    started = time.perf_counter()
    for kind, order_id, _, is_buy, price_units, lots in stream:
        if kind == CANCEL:
            engine.cancel_order(order_id, "GAZP")
        else:
            order, _ = engine.add_order("GAZP", price_units, lots, 1 if is_buy else 2)
            if kind == MARKET and order.leaves_qty:
                engine.cancel_order(order_id, "GAZP")
    return time.perf_counter() - started


def peer_module() -> ModuleType | None:
    """The peer; None where it is not installed."""
    try:
        return importlib.import_module(f"{PEER}.{PEER}")
    except ImportError:
        return None


def measure(stream: list[Operation], peer: ModuleType, rounds: int) -> dict[str, float]:
    """Rates, operations a second, and their ratios."""
    runs: dict[str, Callable[[], float]] = {
        "ours": lambda: run_ours(stream),
        "plain": lambda: run_plain(stream),
        "light": lambda: run_light(stream, peer),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()
            seconds[name].append(run())
    rates = {name: len(stream) / statistics.median(taken) for name, taken in seconds.items()}
    return {
        "ours_per_s": rates["ours"],
        "light_per_s": rates["light"],
        "plain_per_s": rates["plain"],
        "ratio_to_light": rates["ours"] / rates["light"],
        "ratio_to_plain": rates["ours"] / rates["plain"],
        "goal_ratio": GOAL_RATIO,
        "light_is_compiled": not str(peer.__file__).endswith(".py"),
    }


def full_book(resting: int) -> Exchange:
    """An exchange with so many orders on each of its sides, over all prices of a day."""
    dice, exchange = random.Random(SEED), Exchange("GAZP", Numbering(2 * resting))
    events: list[ExchangeEvent] = []
    for order_id in range(1, resting + 1):
        is_buy = order_id % 2 == 0
        away = dice.randint(1, BAND_UNITS)
        exchange.enter(
            order_id,
            order_id,
            Side.BUY if is_buy else Side.SELL,
            1_000_000,
            MID_UNITS - away if is_buy else MID_UNITS + away,
            rests=True,
            now_ns=0,
            events=events,
        )
        events.clear()
    return exchange


def microseconds_beside(resting: int, calls: int = 20_000) -> tuple[float, float]:
    """Time of a limit order with its cancel, and of a market order of one lot."""
    dice, exchange = random.Random(SEED), full_book(resting)
    prices = [MID_UNITS - dice.randint(1, BAND_UNITS) for _ in range(calls)]
    events: list[ExchangeEvent] = []
    newcomer, gc_was_on = resting + 1, gc.isenabled()
    gc.disable()
    times: list[float] = []
    for side, rests in ((Side.BUY, True), (Side.BUY, False)):
        started = time.perf_counter()
        for price in prices:
            limit = price if rests else MID_UNITS + BAND_UNITS
            exchange.enter(newcomer, newcomer, side, 1, limit, rests=rests, now_ns=0, events=events)
            exchange.cancel(newcomer, events)
            events.clear()
        times.append((time.perf_counter() - started) / calls * 1e6)
    if gc_was_on:
        gc.enable()
    return times[0], times[1]


def report_depth(as_json: bool) -> int:
    """Prints the times beside ever more resting orders; the exit code is 0."""
    sizes = [1, 1_000, 10_000, 100_000, 1_000_000]
    rows = {size: microseconds_beside(size) for size in sizes}
    if as_json:
        print(json.dumps({f"us_beside_{size}": row for size, row in rows.items()}))
        return 0
    print("resting orders   limit and cancel, us   market order, us")
    for size, (limit_us, market_us) in rows.items():
        print(f"{size:14,}   {limit_us:20.2f}   {market_us:16.2f}")
    return 0


def main() -> int:
    """Measures and reports; exit code 1 where the goal is missed, 2 without the peer."""
    parser = argparse.ArgumentParser(description="operations a second of the matching engine")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--depth", action="store_true", help="times beside many resting orders")
    parser.add_argument("--operations", type=int, default=300_000, help="length of the stream")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.depth:
        return report_depth(options.json)
    peer = peer_module()
    if peer is None:
        print(f"{PEER} is not installed: pip install {PEER}", file=sys.stderr)
        return 2
    figures = measure(make_stream(options.operations), peer, options.rounds)
    if options.json:
        print(json.dumps(figures))
    else:
        kind = "compiled" if figures["light_is_compiled"] else "plain Python"
        print(
            f"our engine with events:            {figures['ours_per_s']:10,.0f} operations/s\n"
            f"lightmatchingengine ({kind}): {figures['light_per_s']:10,.0f} operations/s\n"
            f"plain limit, no events:            {figures['plain_per_s']:10,.0f} operations/s\n"
            f"to lightmatchingengine: {figures['ratio_to_light']:.2f} (goal: above {GOAL_RATIO}); "
            f"to the plain limit: {figures['ratio_to_plain']:.2f}"
        )
    return 0 if figures["ratio_to_light"] > GOAL_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
