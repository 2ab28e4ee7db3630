"""Trades at awkward moments, as hypothesis strategies: edges of minutes, days, weeks and years."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from chp.model.trade import Trade
from chp.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tests.support.naive_bars import moscow_ns, trade

_MIDNIGHTS: Final = [
    moscow_ns(f"{day} 00:00:00")
    for day in (
        "2015-12-31",
        "2016-01-01",
        "2016-02-29",
        "2016-03-01",
        "2018-06-30",
        "2018-07-01",
        "2018-07-06",  # a Friday
        "2018-07-07",
        "2018-07-08",
        "2018-07-09",
    )
]
_MINUTES: Final = [0, 1, 4, 5, 10, 29, 59, 60, 119, 240, 605, 1439]
_WITHIN_NS: Final = [0, 1, NS_PER_SECOND, 59 * NS_PER_SECOND, NS_PER_MINUTE - 1]

MOMENTS: Final = st.builds(
    lambda midnight_ns, minute, within_ns: midnight_ns + minute * NS_PER_MINUTE + within_ns,
    st.sampled_from(_MIDNIGHTS),
    st.sampled_from(_MINUTES),
    st.sampled_from(_WITHIN_NS),
)
ANY_MOMENTS: Final = MOMENTS | st.integers(_MIDNIGHTS[0], _MIDNIGHTS[-1] + NS_PER_DAY)


@st.composite
def tapes(draw: st.DrawFn, symbols: tuple[str, ...] = ("SBER",), least: int = 0) -> list[Trade]:
    """Trades in the order of trading; several may share a moment, numbers have gaps."""
    times = sorted(draw(st.lists(ANY_MOMENTS, min_size=least, max_size=30)))
    trades, number = [], 100_000
    for time_ns in times:
        number += draw(st.sampled_from([1, 1, 2]))
        price_units, lots = draw(st.integers(90, 110)), draw(st.integers(1, 9))
        trades.append(trade(number, time_ns, price_units, lots, draw(st.sampled_from(symbols))))
    return trades
