"""Options that several groups of commands share.

Not the commands: `chp.admin` and `chp.upkeep`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from chp.config import default_folder

SERVE_FOLDER: Final = click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: default_folder("serve"),
    help="Folder of the gateway's state; by default that of `chp serve`.",
)
