"""The events a session may still read: numbered, bounded, with a cursor.

Not the events themselves: those are the venue's. Source: wire.md section 4, Polls.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Final, Generic, TypeVar

Event = TypeVar("Event")

EVENTS_KEPT: Final = 100_000
"""How many events a queue keeps; who comes later is told of the gap."""

EVENTS_PER_ANSWER: Final = 10_000
"""The most one answer carries; the next call goes on after them."""


class EventQueue(Generic[Event]):
    """Events of one call in one session, numbered from 1."""

    __slots__ = ("_events", "cursor", "first_seq")

    def __init__(self, first_seq: int = 1, cursor: int = 0, events: Iterable[Event] = ()) -> None:
        """A queue whose oldest kept event has number `first_seq`."""
        self._events = deque(events)
        self.first_seq = first_seq
        self.cursor = cursor

    @property
    def last_seq(self) -> int:
        """Number of the newest event; 0 before the first."""
        return self.first_seq + len(self._events) - 1

    def push(self, event: Event) -> None:
        """Adds an event; the oldest gives way when the queue is full."""
        self._events.append(event)
        if len(self._events) > EVENTS_KEPT:
            self._events.popleft()
            self.first_seq += 1

    def read(self, after: int | None) -> tuple[tuple[Event, ...], int | None]:
        """Events after the cursor, which moves behind them.

        Args:
            after: sets the cursor there first; None goes on from where it stood. A number
                beyond the newest event counts as that.

        Returns:
            The events, and the number of the oldest kept one where some were lost, else None.
        """
        position = self.cursor if after is None else min(max(after, 0), self.last_seq)
        lost = position < self.first_seq - 1
        start = 0 if lost else position - self.first_seq + 1
        events = tuple(islice(self._events, start, start + EVENTS_PER_ANSWER))
        self.cursor = self.first_seq + start + len(events) - 1
        return events, self.first_seq if lost else None

    def kept(self) -> list[Event]:
        """All kept events, oldest first."""
        return list(self._events)
