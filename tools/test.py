"""Runs the checks of the project, fastest first: what `./chp test` starts.

It stops at the first step that fails and names it. The tests come last, so the last line of a
good run is pytest's own summary.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
PYTHON: Final = (sys.executable, "-X", "utf8")

STATIC: Final = {
    "format": ("-m", "ruff", "format", "--check", "--quiet"),
    "lint": ("-m", "ruff", "check", "--quiet"),
    "spelling": ("-m", "codespell_lib"),
    "types": ("-m", "mypy", "--no-error-summary"),
    "contracts": ("-c", "from importlinter.cli import lint_imports_command as f; f()"),
}
"""Steps that read the source without running it."""

SUITES: Final = ("architecture", "unit", "property", "contract", "e2e")
"""Folders of tests."""

PYTEST: Final = ("-m", "pytest", "-n", "2")


class Step(NamedTuple):
    """One command, and the word that `--only` knows it by."""

    name: str
    arguments: tuple[str, ...]
    """Of the Python interpreter."""


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments ask for; 0 when all of it passed."""
    own, for_pytest = _split(arguments)
    for step in steps(_parser().parse_args(own), for_pytest):
        print(f"== {step.name}", flush=True)
        code = subprocess.run([*PYTHON, *step.arguments], check=False, cwd=ROOT).returncode
        if code:
            if step.name in STATIC:
                print(f"chp test: the step {step.name} failed", file=sys.stderr)
            return 1
    return 0


def steps(options: argparse.Namespace, for_pytest: Sequence[str]) -> list[Step]:
    """What to run, in order: `--slow` and `--only` leave out the rest."""
    chosen = options.only or ([] if options.slow else list(STATIC))
    run = [Step(name, STATIC[name]) for name in STATIC if name in chosen]
    suites = [name for name in SUITES if name in chosen]
    if suites or not options.only:
        folders = [f"tests/{name}" for name in suites] or ["tests"]
        mark = ("-m", "slow" if options.slow else "not slow")
        name = "slow tests" if options.slow else "tests"
        run.append(Step(name, (*PYTEST, *mark, *folders, *for_pytest)))
    return run


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Ours, and what stands after `--`."""
    if "--" not in arguments:
        return arguments, ()
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chp test", description="Check the project.", epilog="What follows -- goes to pytest."
    )
    parser.add_argument("--slow", action="store_true", help="only the tests marked slow")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*STATIC, *SUITES],
        metavar="STEP",
        help=", ".join([*STATIC, *SUITES]),
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
