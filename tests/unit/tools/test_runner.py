"""What `./chp test` runs for which arguments."""

import pytest

from tools import test as runner


def names(*arguments: str) -> list[str]:
    """The steps in order."""
    return [step.name for step in runner.steps(runner._parser().parse_args(arguments), ())]


def test_all_static_steps_come_before_the_tests() -> None:
    assert names() == ["format", "lint", "spelling", "types", "contracts", "tests"]


def test_slow_runs_the_slow_tests_alone() -> None:
    assert names("--slow") == ["slow tests"]
    (step,) = runner.steps(runner._parser().parse_args(["--slow"]), ())
    assert step.arguments[-3:] == ("-m", "slow", "tests")


def test_only_takes_steps_and_suites_in_their_own_order() -> None:
    assert names("--only", "types", "lint") == ["lint", "types"]
    options = runner._parser().parse_args(["--only", "unit", "lint", "e2e"])
    lint, tests = runner.steps(options, ["-k", "book"])
    assert lint.name == "lint"
    assert tests.arguments[-6:] == ("-m", "not slow", "tests/unit", "tests/e2e", "-k", "book")


def test_every_suite_is_a_folder_and_every_folder_of_tests_a_suite() -> None:
    folders = {path.parent for path in (runner.ROOT / "tests").rglob("test_*.py")}
    tops = {path.relative_to(runner.ROOT / "tests").parts[0] for path in folders}
    assert tops == set(runner.SUITES)


def test_what_follows_two_dashes_goes_to_pytest() -> None:
    assert runner._split(["--slow", "--", "-x", "--", "a"]) == (["--slow"], ["-x", "--", "a"])
    assert runner._split(["--slow"]) == (["--slow"], ())


def test_unknown_step_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        names("--only", "luck")
    assert "luck" in capsys.readouterr().err


@pytest.mark.parametrize(("code", "expected"), [("0", 0), ("3", 1)])
def test_first_failure_ends_the_run_and_is_named(
    code: str, expected: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    passing = ("-c", "print('ran')")
    monkeypatch.setattr(runner, "STATIC", {"a": ("-c", f"raise SystemExit({code})"), "b": passing})
    monkeypatch.setattr(runner, "PYTEST", ("-c", "print('pytest, last')"))
    assert runner.main([]) == expected
    out, err = capfd.readouterr()
    if expected:
        assert out.splitlines() == ["== a"]
        assert err == "chp test: the step a failed\n"
    else:
        assert out.splitlines() == ["== a", "== b", "ran", "== tests", "pytest, last"]
