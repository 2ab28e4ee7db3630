"""`chp verify | backup | restore`: that nothing is lost, and how to get it back.

Not what is done: that is `chp.verifying` and `chp.copying`.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from chp.copying import back_up
from chp.copying import restore as restore_backup
from chp.errors import StoreError
from chp.options import SERVE_FOLDER
from chp.verifying import Check, at_rest
from chp.verifying import verify as verify_folder

_other = click.Path(path_type=Path, file_okay=False)


@click.command()
@SERVE_FOLDER
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object for machines.")
def verify(folder: Path, *, is_json: bool) -> None:
    """Check a data folder that no gateway uses; nothing in it changes.

    Files, checksums, numbers; whether the state recovers, and whether the older snapshot and the
    records after it give the newer one. Exit code 0 if all is well, 1 if not.
    """
    with at_rest(folder) as resting:
        checks = verify_folder(resting, _pass_over if is_json else _tell)
    if is_json:
        rows = [check._asdict() for check in checks.done]
        click.echo(json.dumps({"is_ok": checks.are_ok, "checks": rows}, ensure_ascii=False))
    if not checks.are_ok:
        failed = sum(not check.is_ok for check in checks.done)
        raise StoreError(f"{folder}: {failed} of {len(checks.done)} checks failed")


@click.command()
@click.argument("dest", type=_other)
@SERVE_FOLDER
def backup(dest: Path, folder: Path) -> None:
    """Copy a data folder to DEST, a new folder; a gateway may be running on it."""
    back_up(folder, dest, _tell)
    click.echo(f"backed up and verified: {dest}")


@click.command()
@click.argument("source", type=_other)
@SERVE_FOLDER
def restore(source: Path, folder: Path) -> None:
    """Put a copy of the backup SOURCE in the place of a data folder that no gateway uses.

    What was in the folder is moved aside, next to it.
    """
    aside = restore_backup(source, folder, _tell)
    if aside is not None:
        click.echo(f"the old state is in {aside}")
    click.echo(f"restored and verified: {folder}")


def _tell(check: Check) -> None:
    click.echo(f"{'ok    ' if check.is_ok else 'FAILED'}  {check.name}: {check.detail}")


def _pass_over(check: Check) -> None:
    """For machines all is printed at once, at the end."""
