from __future__ import annotations

from chp.app.venue.link import Errand, Link, Sent
from chp.model.events import Entered


def test_nothing_is_due_on_an_empty_link() -> None:
    assert Link(0).next_due_ns() is None


def test_the_earlier_head_of_both_directions_is_due() -> None:
    link = Link(5)
    link.to_exchange.append(Sent(20, Errand.ENTER, 1, 0))
    assert link.next_due_ns() == 20
    link.to_broker.append((15, Entered(2, 3)))
    assert link.next_due_ns() == 15
    link.to_broker.popleft()
    link.to_exchange.append(Sent(21, Errand.CANCEL, 1, 0))
    assert link.next_due_ns() == 20
