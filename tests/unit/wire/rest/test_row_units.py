"""The unit of volumes, and the numbering of rows."""

import pytest

from chp.wire.rest.row_units import Recipient, numbered, volume_of
from tests.support.rest_answers import GAZP, VTBR


@pytest.mark.parametrize(("in_lots", "gazp", "vtbr"), [(False, -70, 30_000), (True, -7, 3)])
def test_volume_is_in_the_unit_of_the_recipient(in_lots: bool, gazp: int, vtbr: int) -> None:
    recipient = Recipient({}, in_lots, "t")
    assert volume_of(-7, GAZP, recipient) == gazp
    assert volume_of(3, VTBR, recipient) == vtbr


def test_rows_are_numbered_in_front() -> None:
    rows = numbered([{"a": 1}, {"a": 2}])
    assert [list(row.items()) for row in rows] == [
        [("row", 0), ("nrows", 2), ("a", 1)],
        [("row", 1), ("nrows", 2), ("a", 2)],
    ]


def test_no_rows_need_no_numbers() -> None:
    assert numbered([]) == []
