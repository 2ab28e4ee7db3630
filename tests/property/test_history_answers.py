from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chp.adapters.history.store import FileHistory
from chp.app.history import HistoryService
from chp.model.instrument import FlowKind
from chp.model.quote import Interval
from chp.model.trade import Trade
from tests.support.flow_cases import SBER, VTBR
from tests.support.naive_bars import naive_answer, naive_bars
from tests.support.trade_moments import ANY_MOMENTS, tapes

LISTED = {each.symbol: replace(each, flow=FlowKind.NONE) for each in (SBER, VTBR)}
LATER_NS = 2**62


@settings(max_examples=40)
@given(
    tapes(("SBER", "VTBR"), least=1),
    st.lists(st.sampled_from(["flush", "file", "restart", "nothing"]), min_size=4, max_size=4),
    st.sampled_from(list(Interval)),
    ANY_MOMENTS,
    st.integers(1, 12),
)
def test_answers_are_those_of_the_naive_way_wherever_the_trades_are(
    trades: list[Trade], steps: list[str], interval: Interval, since_ns: int, count: int
) -> None:
    with TemporaryDirectory() as folder:
        store = FileHistory(Path(folder))
        service = HistoryService(store, LISTED, lambda: 1, lambda: 0, lambda: LATER_NS)
        part = -(-len(trades) // len(steps))
        for number, step in enumerate(steps):
            service.take(trades[number * part : (number + 1) * part])
            if step in ("flush", "file"):
                service.flush()
            if step == "file":
                service.file_days()
            if step == "restart":
                store.close()
                store = FileHistory(Path(folder))
                service = HistoryService(store, LISTED, lambda: 1, lambda: 0, lambda: LATER_NS)
                service.take(trades[: (number + 1) * part])
        for symbol, listed in LISTED.items():
            own = [trade for trade in trades if trade.symbol == symbol]
            bars = naive_bars(own, interval, listed.lot_size)
            for signed in (count, -count):
                wanted = naive_answer(bars, interval, since_ns, signed)
                assert service.bars(listed, interval, since_ns, signed) == wanted
            forward = [trade for trade in own if trade.time_ns >= since_ns]
            assert service.trades(listed, since_ns, -count) == forward[:count]
            assert service.trades(listed, LATER_NS, count) == own[: -count - 1 : -1]
        store.close()
