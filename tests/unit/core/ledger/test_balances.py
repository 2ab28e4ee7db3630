from __future__ import annotations

from chp.core.ledger.balances import MONEY, OPENING, Balances


def test_balance_is_zero_where_nothing_was_posted() -> None:
    assert Balances().of("A", MONEY) == 0
    assert Balances().totals() == {}
    assert Balances().entries() == []


def test_transfer_moves_an_amount_and_sums_stay_zero() -> None:
    balances = Balances()
    balances.transfer(OPENING, "A", MONEY, 1_000)
    balances.transfer("A", "B", MONEY, 300)
    balances.transfer(OPENING, "B", "GAZP", -7)
    assert balances.entries() == [
        (OPENING, MONEY, -1_000),
        ("A", MONEY, 700),
        ("B", MONEY, 300),
        (OPENING, "GAZP", 7),
        ("B", "GAZP", -7),
    ]
    assert balances.of("A", MONEY) == 700
    assert balances.totals() == {MONEY: 0, "GAZP": 0}


def test_transfer_to_oneself_changes_nothing() -> None:
    balances = Balances()
    balances.transfer("A", "A", MONEY, 5)
    assert balances.of("A", MONEY) == 0


def test_balances_come_back_from_their_entries() -> None:
    balances = Balances()
    balances.transfer(OPENING, "A", MONEY, 1_000)
    again = Balances.from_entries(balances.entries())
    again.transfer("A", "B", MONEY, 1)
    assert again.entries() == [(OPENING, MONEY, -1_000), ("A", MONEY, 999), ("B", MONEY, 1)]
    assert balances.of("A", MONEY) == 1_000
