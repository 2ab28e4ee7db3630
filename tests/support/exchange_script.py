"""Scenarios of an exchange as text tables: a command on the left, all its events on the right.

Commands (ids of robots are numbers, owners letters, agents' ids negative, batches name a side):

    1 A buy 5 @100        a limit order        print sell 5@100 3@99    a batch of the tape
    1 A buy 5 market      a market order       uncross buy 5@100        an auction's print
    cancel 1              a cancel             agent -1 buy 5 @100      an agent's limit order
    move 1 @101           a move               agent cancel -1          an agent's cancel
    wait 300              seconds go by        agent takes buy 5        an agent's market order

Events, parted by semicolons or lines: `in 1 n11`, `t1 buy 5@100` (with `r7` where recorded),
`fill 1 n11 5@100 left 0 t1 maker`, `out 1 n11 left 2 no_liquidity`, `moved 1 n12 @101 left 5`;
`-` is none. Orders are numbered from n1, recorded prints from r1.
"""

from __future__ import annotations

from typing import Final

from chp.core.matching.exchange import Exchange
from chp.core.matching.numbering import Numbering
from chp.core.matching.tape import TapeMarket
from chp.model.events import Entered, ExchangeEvent, Executed, Moved, Removed
from chp.model.flow import AddLimit, Aggress, Batch, CancelLimit, TapePrint
from chp.model.order import Side
from chp.model.trade import Trade
from chp.units import NS_PER_SECOND

HIGH_LIMIT: Final = 150
LOW_LIMIT: Final = 50
"""Limits of the day: what a market order may trade at."""


class Script:
    """Plays the commands of tables on one exchange."""

    def __init__(self, step: int | None = None) -> None:
        """A new exchange; `step` None is a market of agents."""
        tape = TapeMarket(step) if step is not None else None
        self.exchange = Exchange("GAZP", Numbering(), tape)
        self.now_ns = 0
        self._recorded = 0

    def check(self, table: str) -> None:
        """Plays a table and demands its events; a row without a command goes on."""
        rows: list[list[str]] = []
        for line in table.strip().splitlines():
            command, _, events = (part.strip() for part in line.partition("|"))
            if command:
                rows.append([command, events])
            elif events:
                rows[-1][1] += f"; {events}"
        for command, wanted in rows:
            got = self.play(command)
            assert got == wanted, f"{command!r} gave\n{got}\nexpected\n{wanted}"

    def play(self, text: str) -> str:
        """Plays one command; answers its events as text."""
        events: list[ExchangeEvent] = []
        match text.split():
            case ["wait", seconds]:
                self.now_ns += int(seconds) * NS_PER_SECOND
            case ["cancel", order_id]:
                self.exchange.cancel(int(order_id), events)
            case ["move", order_id, price]:
                self.exchange.move(int(order_id), int(price[1:]), self.now_ns, events)
            case ["print", side, *prints]:
                batch = Batch(0, Side[side.upper()], self._prints(side, prints))
                self.exchange.play(batch, self.now_ns, events)
            case ["uncross", side, *prints]:
                self.exchange.uncross(self._prints(side, prints), self.now_ns, events)
            case ["agent", *words]:
                self._act(words, events)
            case [order_id, owner, side, lots, price]:
                self._enter([order_id, owner, side, lots, price], events)
            case words:
                raise AssertionError(f"no command: {words}")
        return "; ".join(self._text(event) for event in events) or "-"

    def book(self) -> str:
        """The resting orders, best price first, as `id:lots@price` with `+lots` ahead."""
        sides = (
            " ".join(
                f"{order.order_id}:{order.lots}@{order.price_units}"
                + (f"+{order.ahead_lots}" if order.ahead_lots else "")
                for level in self.exchange.book.side(side).top(100)
                for order in level.orders.values()
            )
            for side in Side
        )
        return " / ".join(side or "-" for side in sides)

    def _prints(self, side: str, prints: list[str]) -> tuple[TapePrint, ...]:
        made = []
        for text in prints:
            self._recorded += 1
            lots, price = map(int, text.split("@"))
            made.append(TapePrint(0, price, lots, Side[side.upper()], self._recorded))
        return tuple(made)

    def _act(self, words: list[str], events: list[ExchangeEvent]) -> None:
        match words:
            case ["cancel", ref]:
                self.exchange.act(CancelLimit(int(ref)), self.now_ns, events)
            case ["takes", side, lots]:
                action = Aggress(Side[side.upper()], int(lots))
                self.exchange.act(action, self.now_ns, events)
            case [ref, side, lots, price]:
                order = AddLimit(int(ref), Side[side.upper()], int(price[1:]), int(lots))
                self.exchange.act(order, self.now_ns, events)

    def _enter(self, words: list[str], events: list[ExchangeEvent]) -> None:
        order_id, owner, side_name, lots, price = words
        side, is_market = Side[side_name.upper()], price == "market"
        worst = HIGH_LIMIT if side is Side.BUY else LOW_LIMIT
        self.exchange.enter(
            int(order_id),
            ord(owner) - ord("A") + 1,
            side,
            int(lots),
            worst if is_market else int(price[1:]),
            rests=not is_market,
            now_ns=self.now_ns,
            events=events,
        )

    def _text(self, event: ExchangeEvent) -> str:
        match event:
            case Trade():
                assert (event.symbol, event.time_ns) == ("GAZP", self.now_ns)
                side = event.aggressor.name.lower()
                recorded = f" r{event.recorded_no}" if event.recorded_no else ""
                return f"t{event.trade_no} {side} {event.lots}@{event.price_units}{recorded}"
            case Entered():
                return f"in {event.order_id} n{event.order_no}"
            case Executed():
                return (
                    f"fill {event.order_id} n{event.order_no} {event.lots}@{event.price_units} "
                    f"left {event.remaining_lots} t{event.trade_no} "
                    f"{'maker' if event.is_maker else 'taker'}"
                )
            case Removed():
                cause = event.cause.name.lower()
                number, left = event.order_no, event.remaining_lots
                return f"out {event.order_id} n{number} left {left} {cause}"
            case Moved():
                number, left = event.order_no, event.remaining_lots
                return f"moved {event.order_id} n{number} @{event.price_units} left {left}"
