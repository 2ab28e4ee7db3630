"""Writes requirements/run.txt and dev.txt: every package pinned, with the hashes of all its files.

Reads the ranges in pyproject.toml. Not part of set-up: run it by hand to take newer releases, and
commit what it wrote. `python tools/lock.py` needs the network; `--check` only asks whether each
system and Python that CHP supports finds a wheel for every pinned package.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
REQUIREMENTS: Final = ROOT / "requirements"
PIP_TOOLS: Final = "pip-tools==7.6.2"

OTHER_SYSTEMS: Final = {"colorama": 'sys_platform == "win32"'}
"""What the pinned packages need elsewhere only, and where: resolving on Linux leaves it out.

tests/unit/tools/test_lock.py computes the same from the packages' own metadata.
"""

HEADER: Final = """\
# Written by tools/lock.py from pyproject.toml; do not edit. {content}
# The hashes are those of every file of a release: Linux, macOS and Windows, each Python.
"""
CONTENT: Final = {
    "run": "What the gateway needs.",
    "dev": "What the gateway and its tests need.",
}

PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS: Final = {
    "linux": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "darwin": ("macosx_14_0_arm64", "macosx_12_0_arm64", "macosx_11_0_arm64"),
    "win32": ("win_amd64",),
}


def main() -> int:
    """Lock, or check the locks; 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, look for wheels")
    if parser.parse_args().check:
        return check()
    lock()
    return 0


def lock() -> None:
    """Resolve both sets afresh and write their files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    run = [*project["project"]["dependencies"], *OTHER_SYSTEMS]
    dev = project["dependency-groups"]["dev"]
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(Path(folder) / "venv")
        _install_pip_tools(python)
        run_lock = _compile(python, Path(folder), "run", run)
        # The second set may not move what the first one pinned.
        dev_lock = _compile(python, Path(folder), "dev", [*run, *dev, "-c run.txt"])
    for name, text in (("run", run_lock), ("dev", dev_lock)):
        (REQUIREMENTS / f"{name}.txt").write_text(text, "utf-8", newline="\n")


def check() -> int:
    """Ask the registry for a wheel of each pinned package, per system and Python."""
    missing = 0
    for system, tags in PLATFORMS.items():
        for version in PYTHONS:
            fault = _fault_of_wheels(system, tags, version)
            print(f"{system} {version}: {fault or 'ok'}")
            missing += fault is not None
    return 1 if missing else 0


def _environment(folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _public_registry() -> dict[str, str]:
    """The environment without this machine's own package folders, whose files may differ."""
    private = {"PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"}
    kept = {name: value for name, value in os.environ.items() if name not in private}
    return {**kept, "PIP_CONFIG_FILE": os.devnull}


def _install_pip_tools(python: Path) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", PIP_TOOLS]
    subprocess.run(command, check=True, env=_public_registry())


def _compile(python: Path, folder: Path, name: str, requirements: list[str]) -> str:
    (folder / f"{name}.in").write_text("\n".join(requirements) + "\n", "utf-8")
    command = [
        *(str(python), "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--upgrade"),
        *("--no-header", "--no-annotate", "--strip-extras"),
        *("--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links"),
        *("--no-emit-options", "--output-file", f"{name}.txt", f"{name}.in"),
    ]
    subprocess.run(command, check=True, cwd=folder, env=_public_registry())
    pins = (folder / f"{name}.txt").read_text("utf-8")
    for package, marker in OTHER_SYSTEMS.items():
        pins = re.sub(rf"^({package}==\S+) ", rf"\1 ; {marker} ", pins, flags=re.MULTILINE)
    return HEADER.format(content=CONTENT[name]) + pins


def _fault_of_wheels(system: str, tags: tuple[str, ...], version: str) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(_pins_for(system), "utf-8")
        command = [
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"),
            *("--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"),
            *("--target", folder, "--python-version", version, "--implementation", "cp"),
            *(f"--platform={tag}" for tag in tags),
            *("-r", str(wanted)),
        ]
        run = subprocess.run(
            command, check=False, capture_output=True, text=True, env=_public_registry()
        )
    return None if run.returncode == 0 else run.stderr.strip().splitlines()[-1]


def _pins_for(system: str) -> str:
    """dev.txt as that system sees it: pip judges markers by the Python it runs on, not by ours."""
    text = (REQUIREMENTS / "dev.txt").read_text("utf-8").replace("\\\n", " ")
    kept = []
    for line in text.splitlines():
        pin = re.match(r"(?P<name>[^\s;#]+)(?P<marker> ; .*?)?(?P<hashes>( +--hash\S+)+)", line)
        if pin and _applies(pin["marker"] or "", system):
            kept.append(pin["name"] + pin["hashes"])
    return "\n".join(kept) + "\n"


def _applies(marker: str, system: str) -> bool:
    compared = re.search(r'sys_platform (==|!=) "(\w+)"', marker)
    return compared is None or (compared[2] == system) is (compared[1] == "==")


if __name__ == "__main__":
    sys.exit(main())
