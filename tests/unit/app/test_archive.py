"""The archive answers what was taken, flushed or not, each fact once."""

from __future__ import annotations

import threading

import pytest

from chp.app.archive import LABELLED_ORDERS_MAX, Archive
from chp.errors import StoreError
from chp.model.answers import PortfolioHistory
from chp.model.events import AccountTouched, DayRolled, VenueEvent
from chp.model.order import OrderState, Side
from tests.support.archive_samples import fill, report, round_trip
from tests.support.dict_archive import DictArchive
from tests.support.small_venue import FIRST, SECOND, START_NS

LATER_NS = START_NS + 10

FIRST_EVENTS: list[VenueEvent] = [
    report(1, OrderState.PENDING, label=5),
    report(1, OrderState.OPEN, label=5),
    fill(7),
    round_trip(7, 0),
    round_trip(7, 1),
    report(1, OrderState.PARTIAL, label=5),
    AccountTouched(FIRST.name),
    DayRolled(START_NS),
]
LATER_EVENTS: list[VenueEvent] = [
    report(2, OrderState.OPEN, time_ns=LATER_NS, label=5),
    fill(8, Side.SELL, time_ns=LATER_NS),
    round_trip(8, time_ns=LATER_NS),
    report(1, OrderState.FILLED, time_ns=LATER_NS, label=5),
    report(3, OrderState.OPEN, portfolio=SECOND.name, label=5),
]
WHOLE = PortfolioHistory(
    (
        report(1, OrderState.FILLED, time_ns=LATER_NS, label=5),
        report(2, OrderState.OPEN, time_ns=LATER_NS, label=5),
    ),
    (fill(7), fill(8, Side.SELL, time_ns=LATER_NS)),
    (round_trip(7, 0), round_trip(7, 1), round_trip(8, time_ns=LATER_NS)),
)


@pytest.fixture
def store() -> DictArchive:
    return DictArchive()


@pytest.fixture
def archive(store: DictArchive) -> Archive:
    return Archive(store)


def whole(archive: Archive) -> PortfolioHistory:
    return archive.history(FIRST.name, 0, is_all=True)


def test_history_is_the_same_before_between_and_after_flushes(
    archive: Archive, store: DictArchive
) -> None:
    archive.take(FIRST_EVENTS)
    archive.flush()
    archive.take(LATER_EVENTS)
    assert whole(archive) == WHOLE
    archive.flush()
    assert whole(archive) == WHOLE
    assert whole(Archive(store)) == WHOLE


def test_mode_one_has_working_orders_and_what_happened_today(archive: Archive) -> None:
    archive.take([*FIRST_EVENTS, *LATER_EVENTS, report(4, OrderState.OPEN)])
    expected = PortfolioHistory(
        (report(2, OrderState.OPEN, time_ns=LATER_NS, label=5), report(4, OrderState.OPEN)),
        (fill(8, Side.SELL, time_ns=LATER_NS),),
        (round_trip(8, time_ns=LATER_NS),),
    )
    assert archive.history(FIRST.name, LATER_NS, is_all=False) == expected
    archive.flush()
    assert archive.history(FIRST.name, LATER_NS, is_all=False) == expected


def test_mode_two_has_what_changed_since_and_what_still_works(archive: Archive) -> None:
    final, working = report(1, OrderState.CANCELLED), report(2, OrderState.PARTIAL)
    changed = report(3, OrderState.EXPIRED, time_ns=LATER_NS)
    archive.take([final, working, changed])
    for _ in range(2):
        assert archive.history(FIRST.name, LATER_NS, is_all=True).orders == (working, changed)
        archive.flush()


def test_other_portfolios_are_left_out(archive: Archive) -> None:
    archive.take(LATER_EVENTS)
    assert archive.history(SECOND.name, 0, is_all=True) == PortfolioHistory(
        (report(3, OrderState.OPEN, portfolio=SECOND.name, label=5),), (), ()
    )


def test_facts_told_again_after_a_crash_appear_once(store: DictArchive) -> None:
    before = Archive(store)
    before.take([*FIRST_EVENTS, *LATER_EVENTS])
    before.flush()
    again = Archive(store)
    again.take([*FIRST_EVENTS, *LATER_EVENTS])
    assert whole(again) == WHOLE
    again.flush()
    assert whole(again) == WHOLE


def test_failed_flush_loses_nothing_and_is_made_up_for(
    archive: Archive, store: DictArchive
) -> None:
    archive.take(FIRST_EVENTS)
    store.is_full = True
    with pytest.raises(StoreError):
        archive.flush()
    archive.take(LATER_EVENTS)
    assert whole(archive) == WHOLE
    assert archive.order(1) == WHOLE.orders[0]
    store.is_full = False
    archive.flush()
    assert store.puts == 1
    assert whole(Archive(store)) == WHOLE


def test_nothing_is_put_when_nothing_was_taken(archive: Archive, store: DictArchive) -> None:
    archive.flush()
    archive.take([AccountTouched(FIRST.name)])
    archive.flush()
    assert store.puts == 0


def test_events_taken_during_a_flush_are_put_by_the_next(
    archive: Archive, store: DictArchive
) -> None:
    archive.take(FIRST_EVENTS)
    store.before_put = lambda: archive.take(LATER_EVENTS)
    archive.flush()
    store.before_put = lambda: None
    assert whole(archive) == WHOLE
    archive.flush()
    assert whole(Archive(store)) == WHOLE


def test_reading_during_a_flush_shows_everything(archive: Archive, store: DictArchive) -> None:
    seen: list[PortfolioHistory] = []
    archive.take([*FIRST_EVENTS, *LATER_EVENTS])
    store.before_put = lambda: seen.append(whole(archive))
    archive.flush()
    assert seen == [WHOLE]


def test_flush_that_ends_while_the_store_is_read_hides_nothing(
    archive: Archive, store: DictArchive
) -> None:
    archive.take([*FIRST_EVENTS, *LATER_EVENTS])
    flushes = iter([lambda: None, lambda: None, archive.flush])
    store.before_read = lambda: next(flushes, lambda: None)()
    assert whole(archive) == WHOLE
    assert store.puts == 1


def test_order_is_answered_with_its_last_report(archive: Archive) -> None:
    assert archive.order(1) is None
    archive.take(FIRST_EVENTS)
    assert archive.order(1) == report(1, OrderState.PARTIAL, label=5)
    archive.flush()
    assert archive.order(1) == report(1, OrderState.PARTIAL, label=5)
    archive.take(LATER_EVENTS)
    assert archive.order(1) == report(1, OrderState.FILLED, time_ns=LATER_NS, label=5)


def test_orders_by_label_are_of_all_asked_portfolios_by_id(archive: Archive) -> None:
    archive.take([*FIRST_EVENTS, *LATER_EVENTS, report(4, label=6)])
    both = [FIRST.name, SECOND.name]
    for _ in range(2):
        assert [found.order_id for found in archive.orders_by_label(both, 5)] == [1, 2, 3]
        assert [found.order_id for found in archive.orders_by_label([SECOND.name], 5)] == [3]
        assert archive.orders_by_label([], 5) == []
        archive.flush()


def test_orders_by_label_are_the_newest_thousand(archive: Archive) -> None:
    archive.take([report(number, label=1) for number in range(1, LABELLED_ORDERS_MAX)])
    archive.flush()
    archive.take([report(number, label=1) for number in range(LABELLED_ORDERS_MAX, 1500)])
    found = archive.orders_by_label([FIRST.name], 1)
    assert [one.order_id for one in found] == list(range(500, 1500))


def test_readers_in_threads_never_miss_what_was_taken_before(archive: Archive) -> None:
    stop = threading.Event()
    shortest: list[str] = []
    taken = 0

    def read() -> None:
        while not stop.is_set():
            least = taken
            if len(whole(archive).fills) < least:
                shortest.append(f"fewer than {least}")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 300):
        archive.take([fill(number)])
        taken = number
        if number % 7 == 0:
            archive.flush()
    stop.set()
    for reader in readers:
        reader.join()
    assert shortest == []
