from __future__ import annotations

import msgspec

from chp.app.venue.machine import Venue
from chp.app.venue.persist import restore, snapshot_of
from chp.model.commands import Advance, OpenVenue, Subscribe
from chp.model.events import Channel
from chp.model.snapshot import VenueSnapshot
from chp.units import NS_PER_SECOND
from tests.support.row_desk import BUY, GTC, SELL, SHORT, RowDesk
from tests.support.small_venue import SECOND, START_NS, small_venue

P2 = SECOND.name


def _stored(venue: Venue) -> VenueSnapshot:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(snapshot_of(venue)), type=VenueSnapshot)


def _busy_desk() -> RowDesk:
    """Something of everything: orders of all kinds, errands and reports under way, keys."""
    desk = RowDesk(
        (1000, BUY, ((16203, 3),)),
        (1040, SELL, ((16190, 9), (16185, 20))),
        (3000, BUY, ((16200, 40),)),
        latency_ms=55,
    )
    desk.do(Subscribe(1, Channel.TICKS, "GAZP", True))
    desk.place(BUY, 10, "161.97", tif=GTC, key="one")
    desk.place(SELL, 5, "162.50", effect=SHORT, portfolio=P2)
    desk.place(BUY, 4, stop="162.02")
    desk.place(SELL, 4, "160.00", "161.00", tif=GTC)
    desk.place(BUY, 40_000, key="two")
    desk.go(500)
    desk.place(BUY, 30, "161.99", label=2**53)
    desk.go(100)
    desk.place(BUY, 1, "161.50")
    desk.go(1)
    desk.cancel(1)
    desk.go(399)
    desk.wait(30)
    desk.move(2, "162.40", portfolio=P2)
    desk.go(15)
    return desk


def test_a_restored_venue_is_in_the_stored_state() -> None:
    desk = _busy_desk()
    state = desk.venue.state
    assert state.link.to_exchange
    assert state.link.to_broker
    assert state.orders
    assert state.done
    assert len(state.remembered) == 2
    stored = _stored(desk.venue)
    again = desk.venue_before()
    restore(again, stored)
    assert snapshot_of(again) == stored == snapshot_of(desk.venue)


def test_a_restored_venue_goes_on_as_the_old_one() -> None:
    desk = _busy_desk()
    again = desk.venue_before()
    restore(again, _stored(desk.venue))
    for step_ms in (5, 20, 60, 2000, 3600_000, 24 * 3600_000):
        desk.wait(step_ms)
        expected = desk.venue.handle(Advance(), desk.now_ns)
        outcome = again.handle(Advance(), desk.now_ns)
        assert outcome.events == expected.events
        assert again.next_due_ns() == desk.venue.next_due_ns()
    assert snapshot_of(again) == snapshot_of(desk.venue)


def test_a_restored_venue_answers_known_keys_and_done_orders() -> None:
    desk = _busy_desk()
    desk.go(1000)
    again = desk.venue_before()
    restore(again, _stored(desk.venue))
    desk.venue = again
    assert desk.place(BUY, 10, "161.97", tif=GTC, key="one") == ["Placed A=1 K=5"]
    assert desk.place(BUY, 40_000, key="two") == ["Refused not_enough_money"]
    assert desk.cancel(1) == ["Refused order_is_done"]


def test_a_market_alone_does_not_grow() -> None:
    venue = small_venue()
    venue.handle(OpenVenue(), START_NS)
    sizes = []
    for quarter in range(1, 13):
        venue.handle(Advance(), START_NS + quarter * 900 * NS_PER_SECOND)
        sizes.append(len(msgspec.msgpack.encode(snapshot_of(venue))))
    assert max(sizes) < 2000, sizes
