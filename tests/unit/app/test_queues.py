from __future__ import annotations

import pytest

from chp.app import queues
from chp.app.queues import EventQueue


def _queue(events: int) -> EventQueue[int]:
    queue: EventQueue[int] = EventQueue()
    for number in range(1, events + 1):
        queue.push(number)
    return queue


def test_queue_is_empty_before_the_first_event() -> None:
    queue = _queue(0)
    assert (queue.first_seq, queue.last_seq, queue.cursor) == (1, 0, 0)
    assert queue.read(None) == ((), None)
    assert queue.read(5) == ((), None)
    assert queue.cursor == 0


def test_read_answers_each_event_once() -> None:
    queue = _queue(3)
    assert queue.read(None) == ((1, 2, 3), None)
    assert queue.cursor == 3
    assert queue.read(None) == ((), None)
    queue.push(4)
    assert queue.read(None) == ((4,), None)


@pytest.mark.parametrize(
    ("after", "events", "cursor"),
    [(0, (1, 2, 3), 3), (2, (3,), 3), (3, (), 3), (9, (), 3), (-4, (1, 2, 3), 3)],
)
def test_read_after_a_number_sets_the_cursor_there(
    after: int, events: tuple[int, ...], cursor: int
) -> None:
    queue = _queue(3)
    queue.read(None)
    assert queue.read(after) == (events, None)
    assert queue.cursor == cursor


def test_read_tells_of_the_gap_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "EVENTS_KEPT", 3)
    queue = _queue(5)
    assert queue.kept() == [3, 4, 5]
    assert queue.read(None) == ((3, 4, 5), 3)
    assert queue.read(None) == ((), None)
    assert queue.read(1) == ((3, 4, 5), 3)
    assert queue.read(2) == ((3, 4, 5), None), "nothing after 2 is missing"


def test_read_goes_on_behind_what_one_answer_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "EVENTS_PER_ANSWER", 2)
    queue = _queue(5)
    pages = [queue.read(None)[0] for _ in range(4)]
    assert pages == [(1, 2), (3, 4), (5,), ()]


def test_a_restored_queue_goes_on_where_it_was() -> None:
    queue = _queue(5)
    queue.read(None)
    queue.push(6)
    again = EventQueue(queue.first_seq, queue.cursor, queue.kept())
    assert again.read(None) == ((6,), None)
    assert again.last_seq == 6
