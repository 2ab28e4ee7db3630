"""The lock files: complete for every system and Python, hashed, and naming no registry."""

import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from typing import Final, NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lock import OTHER_SYSTEMS, PYTHONS, REQUIREMENTS, ROOT

SYSTEMS: Final = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
PIN: Final = re.compile(
    r"(?P<pin>[\w.-]+==\S+(?: ; [^\\]+?)?)(?P<hashes>(?: \\\n    --hash\S+)+)\n"
)


class Pin(NamedTuple):
    """One package of a lock file."""

    requirement: Requirement
    hashes: list[str]

    @property
    def version(self) -> str:
        """The only version that the pin admits."""
        (specifier,) = self.requirement.specifier
        return specifier.version


def pins_of(name: str) -> dict[str, Pin]:
    """The pins of a lock file by package; every line of it is a comment or part of a pin."""
    text = (REQUIREMENTS / f"{name}.txt").read_text("utf-8")
    body = "".join(line for line in text.splitlines(True) if not line.startswith("#"))
    pins: dict[str, Pin] = {}
    for match in PIN.finditer(body):
        requirement = Requirement(match["pin"])
        hashes = re.findall(r"--hash=(\S+)", match["hashes"])
        pins[canonicalize_name(requirement.name)] = Pin(requirement, hashes)
    assert PIN.sub("", body) == ""
    return pins


def environments() -> Iterator[dict[str, str]]:
    """What markers are judged by, on each system and Python that CHP supports."""
    for system in SYSTEMS.values():
        for version in PYTHONS:
            yield {
                **system,
                "python_version": version,
                "python_full_version": f"{version}.0",
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
                "extra": "",
            }


def applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    """Whether a requirement counts there."""
    return requirement.marker is None or requirement.marker.evaluate(environment)


def missing(wanted: Requirement, pins: dict[str, Pin]) -> list[str]:
    """Where the requirement counts and no pin meets it."""
    pin = pins.get(canonicalize_name(wanted.name))
    return [
        f"{wanted} on {environment['sys_platform']} {environment['python_version']}"
        for environment in environments()
        if applies(wanted, environment)
        and not (pin and applies(pin.requirement, environment) and pin.version in wanted.specifier)
    ]


@pytest.mark.parametrize("name", ["run", "dev"])
def test_every_pin_has_hashes(name: str) -> None:
    pins = pins_of(name)
    assert len(pins) > 10
    for pin in pins.values():
        assert pin.hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in pin.hashes)


def test_tests_run_on_what_the_gateway_runs_on() -> None:
    run, dev = pins_of("run"), pins_of("dev")
    assert {name: dev[name] for name in run} == run


@pytest.mark.parametrize(("name", "group"), [("run", ()), ("dev", ("dev",))])
def test_project_finds_all_that_it_asks_for(name: str, group: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"]]
    for part in group:
        wanted += project["dependency-groups"][part]
    assert [fault for text in wanted for fault in missing(Requirement(text), pins_of(name))] == []


@pytest.mark.parametrize("name", ["run", "dev"])
def test_packages_find_all_that_they_ask_for_on_every_system(name: str) -> None:
    pins = pins_of(name)
    elsewhere = {canonicalize_name(package) for package in OTHER_SYSTEMS}
    faults = []
    for package in sorted(pins.keys() - elsewhere - {"uvloop"}):
        for text in metadata.requires(package) or []:
            faults += missing(Requirement(text), pins)
    assert faults == []


@pytest.mark.parametrize("package", OTHER_SYSTEMS)
def test_what_only_other_systems_need_is_missed_when_taken_out(package: str) -> None:
    """So the test above sees Windows from Linux."""
    pins = pins_of("dev")
    del pins[package]
    wanted = [Requirement(text) for text in metadata.requires("pytest") or []]
    assert any(missing(requirement, pins) for requirement in wanted)
