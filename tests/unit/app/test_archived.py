"""What an archive may hold beside what records tell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from chp.app.archived import Fact, check_archived
from chp.errors import StoreError
from chp.model.order import OrderReport, OrderState
from chp.model.portfolio import ClosedPosition
from chp.model.trade import Fill
from tests.support.archive_samples import fill, report
from tests.support.dict_archive import DictArchive
from tests.support.small_venue import FIRST, START_NS

SINCE_NS = START_NS - 1
LATER_NS = START_NS + 5

OPEN = report(1)
FILLED = report(1, OrderState.FILLED, time_ns=LATER_NS)
BOUGHT = fill(7)
TRIP = ClosedPosition(FIRST.name, "GAZP", 1, 16190, 16200, START_NS, 1, 2, 7, 0)


def archive_of(*facts: Fact) -> DictArchive:
    archive = DictArchive()
    archive.put(
        [fact for fact in facts if isinstance(fact, OrderReport)],
        [fact for fact in facts if isinstance(fact, Fill)],
        [fact for fact in facts if isinstance(fact, ClosedPosition)],
    )
    return archive


def check(archive: DictArchive, told: Sequence[Fact], may_be_told: Sequence[Fact] = ()) -> str:
    return check_archived(archive, [FIRST.name], SINCE_NS, told=told, may_be_told=may_be_told)


def test_archive_with_what_was_told_passes() -> None:
    archive = archive_of(OPEN, BOUGHT, TRIP)
    assert check(archive, [OPEN, BOUGHT, TRIP]) == (
        "3 orders, fills and round trips are as the journal tells"
    )


@pytest.mark.parametrize("archived", [OPEN, FILLED])
def test_archive_may_be_ahead_of_the_snapshot(archived: OrderReport) -> None:
    assert check(archive_of(archived), [OPEN], [FILLED]).startswith("1 ")


def test_archive_may_hold_older_facts_and_orders_that_still_work() -> None:
    old = report(5, time_ns=SINCE_NS)
    assert check(archive_of(old), []).startswith("0 ")
    assert check(archive_of(old), [], [report(5, OrderState.FILLED)]).startswith("0 ")


@pytest.mark.parametrize(
    ("archived", "told", "fault"),
    [
        ([], [OPEN], "order 1 of ST123456-MO-01 is missing"),
        ([OPEN], [OPEN, BOUGHT], "fill of trade 7 of ST123456-MO-01 is missing"),
        ([OPEN], [OPEN, TRIP], "round trip of trade 7 of ST123456-MO-01 is missing"),
        ([OPEN], [OPEN, FILLED], "order 1 of ST123456-MO-01 is not as the journal tells"),
        ([FILLED], [OPEN], "order 1 of ST123456-MO-01 is not as the journal tells"),
        ([replace(BOUGHT, lots=1_000)], [BOUGHT], "fill of trade 7 of .* is not as"),
        ([OPEN, fill(8)], [OPEN], "fill of trade 8 of ST123456-MO-01 is not as"),
    ],
)
def test_archive_that_tells_otherwise_is_refused(
    archived: list[Fact], told: list[Fact], fault: str
) -> None:
    with pytest.raises(StoreError, match=fault):
        check(archive_of(*archived), told)
