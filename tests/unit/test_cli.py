"""The command line itself: help, exit codes, and what is refused before a gateway starts."""

from __future__ import annotations

import gc
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from chp import cli
from chp.accounts import add_demo_account, opened_access
from chp.adapters.folder import DataFolder
from chp.cli import chp, main


@pytest.fixture(autouse=True)
def process() -> Iterator[None]:
    """What a start changes in its process is put back: this one goes on."""
    thresholds, level = gc.get_threshold(), logging.getLogger("uvicorn").level
    yield
    gc.set_threshold(*thresholds)
    logging.getLogger("uvicorn").setLevel(level)


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command and group, by the words that name it."""
    found = [path]
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            found += commands(command, (*path, name))
    return found


COMMANDS = commands(chp)


def test_commands_are_those_that_the_module_names() -> None:
    named = (cli.__doc__ or "").partition("`chp ")[2].partition("`")[0].split(" | ")
    assert set(chp.commands) == {*named, "test"}


@pytest.mark.parametrize("option", ["--help", "-h"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_says_how_each_command_is_called(
    words: tuple[str, ...], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, option]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"Usage: {' '.join(('chp', *words))} ")
    assert "--help" in said.out
    assert said.err == ""


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_is_explained(words: tuple[str, ...]) -> None:
    command: click.Command = chp
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    assert command.help
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "user nonsense",
        "--nonsense",
        "user add",
        "user add anna more",
        "user add --data",
        "user revoke",
        "token add robot",
        "token add robot --login anna --right god",
        "token add robot --login anna --days -1",
        "token add robot --login anna --days soon",
        "portfolio add ST1 --login anna",
        "portfolio add ST1 --cash 1",
        "portfolio add ST1 --login anna --cash 1 --leverage 0",
        "portfolio add ST1 --login anna --cash 1 --leverage 101",
        "demo --port 0",
        "demo --port 65536",
        "demo --port http",
        "serve --nonsense",
        "test",
        "test more",
    ],
)
def test_a_wrong_command_line_is_told_with_exit_code_2(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Error: " in said.err


def test_the_command_test_says_where_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test"]) == 2
    assert "./chp test" in capsys.readouterr().err


def test_a_file_in_the_data_folder_s_place_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert main(["user", "list", "--data", str(file)]) == 2
    assert str(file) in capsys.readouterr().err
    assert main(["user", "list", "--data", str(file / "within")]) == 1
    assert capsys.readouterr().err.startswith("chp: the data folder ")


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that says why a gateway does not start."""
    assert main(words) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("chp: ")
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "example.org", ""])
def test_demo_is_for_this_machine_only(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    told = refused(["demo", "--host", host, "--data", str(data)], capsys)
    assert "this machine only" in told
    assert "serve" in told
    assert not data.exists()


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in ("demo", "serve"):
            told = refused([command, "--port", port, "--data", str(tmp_path)], capsys)
            assert port in told
            assert "--port" in told


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_folder_that_another_gateway_uses_is_told(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with DataFolder(tmp_path) as folder:
        told = refused([command, "--data", str(tmp_path), "--fresh"], capsys)
        assert str(folder.path) in told
    assert [entry.name for entry in tmp_path.iterdir()] == ["lock"]


def test_serve_refuses_the_demo_s_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    with opened_access(tmp_path) as access:
        add_demo_account(access)
    told = refused(["serve", "--data", str(tmp_path), "--port", port], capsys)
    assert "demo" in told


@pytest.fixture
def port() -> str:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ["cannot read", "chp.toml"]),
        ("[server", ["chp.toml"]),
        ("[server]\nprot = 1", ["prot"]),
        ("[limits]\ncalls_per_s = 0", ["calls_per_s"]),
        ('[server]\ntls_key = "key.pem"', ["tls_certificate"]),
    ],
)
def test_settings_that_cannot_be_are_told(
    text: str | None, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "chp.toml"
    if text is not None:
        file.write_text(text, "utf-8")
    data = tmp_path / "data"
    told = refused(["serve", "--config", str(file), "--data", str(data)], capsys)
    assert [word for word in words if word not in told] == []
    assert not data.exists()


@pytest.mark.parametrize("certificate", ["absent", "no certificate"])
def test_a_certificate_that_cannot_be_used_is_told(
    certificate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    files = {name: tmp_path / name for name in ("certificate.pem", "key.pem", "chp.toml")}
    if certificate != "absent":
        files["certificate.pem"].write_text("no certificate", "utf-8")
        files["key.pem"].write_text("no key", "utf-8")
    files["chp.toml"].write_text(
        f"[server]\ntls_certificate = '{files['certificate.pem']}'\n"
        f"tls_key = '{files['key.pem']}'\n",
        "utf-8",
    )
    words = ["serve", "--config", str(files["chp.toml"]), "--port", port]
    data = tmp_path / "data"
    assert main([*words, "--data", str(data)]) == 1
    assert [file.name for file in data.rglob("*-wal")] == []  # every store was closed
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert [name for name in ("certificate.pem", "key.pem") if name not in told] == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, click.Abort])
def test_ctrl_c_ends_a_command_with_130(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pressed:
        """Standard input at which somebody presses Ctrl-C."""

        def readline(self) -> str:
            raise error

    monkeypatch.setattr("sys.stdin", Pressed())
    words = ["user", "add", "anna", "--password-stdin", "--data", str(tmp_path)]
    assert main(words) == 130
