"""`chp user | token | portfolio` as an operator types them, on a real data folder."""

from __future__ import annotations

import io
import shutil
import time
from pathlib import Path

import pytest

from chp.accounts import opened_access
from chp.cli import main
from chp.model.access import Caller, PortfolioGrant, Right
from chp.units import NS_PER_DAY


class Operator:
    """Types commands on one data folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def types(self, line: str, *more: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a command."""
        code = main([*line.split()[:2], "--data", str(self.folder), *line.split()[2:], *more])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def does(self, line: str, *more: str) -> str:
        """What a command that must succeed puts out."""
        code, out, err = self.types(line, *more)
        assert (code, err) == (0, "")
        return out

    def is_refused(self, line: str, *more: str) -> str:
        """The line that says why a command cannot be done."""
        code, out, err = self.types(line, *more)
        assert (code, out) == (1, "")
        assert err.startswith("chp: ")
        assert err.count("\n") == 1
        return err

    def secret(self, line: str) -> str:
        """The secret that a command shows."""
        return self.does(line).rpartition(": ")[2].strip()

    def caller(self, token: str) -> Caller | None:
        with opened_access(self.folder) as access:
            return access.store.callers().get(access.digest(token))

    def holds(self, secret: str) -> bool:
        """Whether a file of the folder holds a secret."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        assert files
        return any(secret.encode() in path.read_bytes() for path in files)


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(tmp_path / "data", capsys)


@pytest.fixture(scope="module")
def staffed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to copy: hashing a password takes long."""
    folder = tmp_path_factory.mktemp("staffed")
    for line in ("user add anna", "user add ivan", "portfolio add ST1 --login anna --cash 1000"):
        assert main([*line.split(), "--data", str(folder)]) == 0
    return folder


@pytest.fixture
def staffed(operator: Operator, staffed_folder: Path) -> Operator:
    """Two users, one with a portfolio."""
    shutil.copytree(staffed_folder, operator.folder)
    return operator


def rows(table: str) -> list[list[str]]:
    """The cells of a table, head included; cells are two spaces apart."""
    return [line.split() for line in table.splitlines()]


def test_user_add_shows_a_password_once_and_stores_its_hash(operator: Operator) -> None:
    out = operator.does("user add anna")
    assert out.startswith("password of anna, shown only now: ")
    password = out.rpartition(": ")[2].strip()
    assert len(password) == 43
    with opened_access(operator.folder) as access:
        encoded = access.store.password_hash("anna")
        assert encoded is not None
        assert access.hasher.matches(encoded, password)
    assert not operator.holds(password)
    assert password not in operator.does("user list")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("right horse\n", "right horse"), ("пароль\r\n", "пароль"), ("no end", "no end")],
)
def test_user_add_takes_a_password_and_does_not_show_it(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, typed: str, expected: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert operator.does("user add anna --password-stdin") == ""
    with opened_access(operator.folder) as access:
        encoded = access.store.password_hash("anna")
        assert encoded is not None
        assert access.hasher.matches(encoded, expected)
    assert not operator.holds(expected)


@pytest.mark.parametrize("typed", ["", "\n", "\r\n"])
def test_user_add_refuses_no_password(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert "no password" in operator.is_refused("user add anna --password-stdin")
    assert rows(operator.does("user list")) == [["LOGIN", "STATE"]]


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_user_add_refuses_a_password_that_is_no_text(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, errors: str
) -> None:
    typed = io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), "utf-8", errors)
    monkeypatch.setattr("sys.stdin", typed)
    assert "no text" in operator.is_refused("user add anna --password-stdin")


def test_users_are_listed_and_revoked(staffed: Operator) -> None:
    assert staffed.does("user revoke ivan") == ""
    assert staffed.does("user list").splitlines() == [
        "LOGIN  STATE",
        "anna   active",
        "ivan   revoked",
    ]
    assert "'ivan'" in staffed.is_refused("user revoke ivan")
    assert "'nobody'" in staffed.is_refused("user revoke nobody")


def test_user_that_is_there_is_refused_and_a_revoked_one_comes_back(staffed: Operator) -> None:
    assert "'anna'" in staffed.is_refused("user add anna")
    token = staffed.secret("token add robot --login anna")
    staffed.does("user revoke anna")
    staffed.does("user add anna")
    assert staffed.caller(token) is None
    assert rows(staffed.does("user list"))[1] == ["anna", "active"]


BAD_NAMES = ["", " ", "a b", "a/b", "a" * 65, "a\n", "@anna", "a:b"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_are_letters_digits_and_three_signs(staffed: Operator, name: str) -> None:
    for what, line in (
        ("login", "user add"),
        ("name", "token add --login anna"),
        ("portfolio", "portfolio add --login anna --cash 1"),
    ):
        told = staffed.is_refused(line, name)
        assert told.startswith(f"chp: {what}: expected 1 to 64 letters")
        assert repr(name) in told
    assert len(rows(staffed.does("user list"))) == 3
    assert len(rows(staffed.does("token list"))) == 1
    assert len(rows(staffed.does("portfolio list"))) == 2


@pytest.mark.parametrize("name", ["портфель", "a", "a" * 64, "a.b-c_d", "42", "-a"])
def test_names_may_be_in_any_alphabet(staffed: Operator, name: str) -> None:
    staffed.does("portfolio add --login anna --cash 1", "--", name)
    assert rows(staffed.does("portfolio list"))[-1][:2] == [name, "anna"]


def test_token_add_shows_a_token_once_and_stores_its_digest(staffed: Operator) -> None:
    out = staffed.does("token add robot --login anna")
    assert out.startswith("token robot of anna, shown only now: ")
    token = out.rpartition(": ")[2].strip()
    assert len(token) == 43
    assert staffed.caller(token) == Caller(1, "anna", frozenset({Right.TRADE}), frozenset({"ST1"}))
    assert not staffed.holds(token)
    assert token not in staffed.does("token list")


def test_token_add_takes_every_option(staffed: Operator) -> None:
    staffed.does("portfolio add ST2 --login anna --cash 1")
    staffed.does("portfolio add ST3 --login anna --cash 1")
    before_ns = time.time_ns()
    token = staffed.secret(
        "token add robot --login anna --portfolio ST3 --portfolio ST1 --right read --days 2"
        " --address 127.0.0.1 --address 0:0:0:0:0:0:0:1 --in-lots"
    )
    after_ns = time.time_ns()
    caller = staffed.caller(token)
    assert caller is not None
    assert caller.rights == {Right.READ}
    assert caller.portfolios == {"ST1", "ST3"}
    assert caller.addresses == {"127.0.0.1", "::1"}
    assert caller.amount_in_lots
    assert caller.expires_at_ns is not None
    assert before_ns <= caller.expires_at_ns - 2 * NS_PER_DAY <= after_ns


def test_token_add_without_portfolios_takes_those_of_the_login_that_are_not_revoked(
    staffed: Operator,
) -> None:
    staffed.does("portfolio add ST2 --login anna --cash 1")
    staffed.does("portfolio add ST3 --login ivan --cash 1")
    staffed.does("portfolio revoke ST1")
    caller = staffed.caller(staffed.secret("token add robot --login anna"))
    assert caller is not None
    assert caller.portfolios == {"ST2"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--login nobody", ["'nobody'"]),
        ("--login ivan --portfolio ST1", ["'ivan'", "'ST1'"]),
        ("--login anna --portfolio NONE", ["'NONE'"]),
        ("--login anna --address localhost", ["--address", "'localhost'"]),
        ("--login anna --address 10.0.0.0/8", ["--address", "'10.0.0.0/8'"]),
        ("--login anna --address 010.0.0.1", ["--address", "'010.0.0.1'"]),
    ],
)
def test_token_add_refuses_what_is_not_there(
    staffed: Operator, options: str, words: list[str]
) -> None:
    told = staffed.is_refused(f"token add robot {options}")
    assert [word for word in words if word not in told] == []
    assert len(rows(staffed.does("token list"))) == 1


def test_tokens_are_listed_and_revoked(staffed: Operator) -> None:
    first = staffed.secret("token add robot --login anna --right admin --address ::1")
    staffed.secret("token add other --login ivan --days 1")
    assert "'robot'" in staffed.is_refused("token add robot --login anna")
    assert staffed.does("token revoke robot") == ""
    assert staffed.caller(first) is None
    assert "'robot'" in staffed.is_refused("token revoke robot")
    head, robot, other = staffed.does("token list").splitlines()
    assert head.split() == [
        *("NAME", "LOGIN", "RIGHT", "PORTFOLIOS", "UNTIL", "ADDRESSES", "STATE"),
    ]
    assert robot.split() == ["robot", "anna", "admin", "ST1", "-", "::1", "revoked"]
    name, login, right, portfolios, day, clock, utc, addresses, state = other.split()
    assert (name, login, right, portfolios) == ("other", "ivan", "trade", "-")
    tomorrow = time.strftime("%Y", time.gmtime(time.time() + 86_400))
    assert day.startswith(tomorrow)
    assert (len(clock), utc, addresses, state) == (5, "UTC", "any", "active")
    assert staffed.secret("token add robot --login anna") != first


@pytest.mark.parametrize(
    ("cash", "kopecks"),
    [("1000000", 10**8), ("99.50", 9_950), ("0", 0), ("0.01", 1), ("1e3", 10**5), ("10.00", 1_000)],
)
def test_portfolio_add_takes_rubles_and_kopecks(staffed: Operator, cash: str, kopecks: int) -> None:
    staffed.does(f"portfolio add ST2 --login ivan --cash {cash}")
    with opened_access(staffed.folder) as access:
        assert access.store.portfolios()[-1] == PortfolioGrant("ST2", kopecks, (), 1, False, "ivan")


@pytest.mark.parametrize(
    "cash", ["-1", "0.001", "many", "NaN", "Infinity", "1e30", "", "1,5", "1e999999999"]
)
def test_portfolio_add_refuses_what_is_no_amount_of_rubles(staffed: Operator, cash: str) -> None:
    told = staffed.is_refused("portfolio add ST2 --login ivan", f"--cash={cash}")
    assert "--cash" in told
    assert repr(cash) in told


def test_portfolio_add_takes_positions_leverage_and_shorts(staffed: Operator) -> None:
    staffed.does(
        "portfolio add ST2 --login ivan --cash 5 --position GAZP=100 --position SBER=-10"
        " --leverage 5 --short"
    )
    with opened_access(staffed.folder) as access:
        assert access.store.portfolios()[-1] == PortfolioGrant(
            "ST2", 500, (("GAZP", 100), ("SBER", -10)), 5, True, "ivan"
        )


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--position NOSUCH=10", "NOSUCH"),
        ("--position GAZP=15", "whole number of lots"),
        ("--position GAZP=-10", "--short"),
        ("--position GAZP", "'GAZP'"),
        ("--position GAZP=", "'GAZP='"),
        ("--position GAZP=1.5", "'GAZP=1.5'"),
        ("--position GAZP=10 --position GAZP=20", "GAZP"),
    ],
)
def test_portfolio_add_refuses_positions_that_cannot_be(
    staffed: Operator, options: str, word: str
) -> None:
    assert word in staffed.is_refused(f"portfolio add ST2 --login ivan --cash 5 {options}")
    assert len(rows(staffed.does("portfolio list"))) == 2


def test_portfolios_are_listed_and_revoked(staffed: Operator) -> None:
    staffed.does(
        "portfolio add ST2 --login ivan --cash 99.5 --position GAZP=100 --position SBER=10"
        " --leverage 3 --short"
    )
    assert "'ST1'" in staffed.is_refused("portfolio add ST1 --login anna --cash 1")
    assert "'nobody'" in staffed.is_refused("portfolio add ST4 --login nobody --cash 1")
    assert staffed.does("portfolio revoke ST1") == ""
    assert "'ST1'" in staffed.is_refused("portfolio revoke ST1")
    assert "'ST1'" in staffed.is_refused("portfolio add ST1 --login anna --cash 1")
    assert rows(staffed.does("portfolio list")) == [
        ["NAME", "LOGIN", "CASH", "POSITIONS", "LEVERAGE", "SHORT", "STATE"],
        ["ST1", "anna", "1000.00", "-", "1", "no", "revoked"],
        ["ST2", "ivan", "99.50", "GAZP=100,SBER=10", "3", "yes", "active"],
    ]


def test_commands_use_the_folder_of_serve_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("chp.options.default_folder", lambda command: tmp_path / command)
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out == "LOGIN  STATE\n"
    assert (tmp_path / "serve" / "access.sqlite").exists()
