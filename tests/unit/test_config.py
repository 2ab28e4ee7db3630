"""Settings: typed, documented, unknown keys refused."""

import re
from pathlib import Path

import msgspec
import pytest

from chp.config import DEMO, Settings, default_folder, read_settings
from chp.errors import UsageError

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"


def written(folder: Path, text: str) -> Path:
    file = folder / "chp.toml"
    file.write_text(text, "utf-8")
    return file


def test_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "")) == Settings()


def test_each_value_is_taken(tmp_path: Path) -> None:
    text = """
        [server]
        host = "0.0.0.0"
        port = 6001
        host_names = ["robots.example"]
        tls_certificate = "cert.pem"
        tls_key = "key.pem"
        connections_max = 7
        request_timeout_s = 2.5
        [limits]
        calls_per_s = 1.5
        calls_burst = 2
        orders_per_s = 3
        orders_burst = 4
        [venue]
        latency_ms = 0
        seed = 9
        [log]
        level = "debug"
    """
    settings = read_settings(written(tmp_path, text))
    assert msgspec.to_builtins(settings) == {
        "server": {
            "host": "0.0.0.0",
            "port": 6001,
            "host_names": ("robots.example",),
            "tls_certificate": "cert.pem",
            "tls_key": "key.pem",
            "connections_max": 7,
            "request_timeout_s": 2.5,
        },
        "limits": {
            "calls_per_s": 1.5,
            "calls_burst": 2,
            "orders_per_s": 3.0,
            "orders_burst": 4,
        },
        "venue": {"latency_ms": 0, "seed": 9},
        "log": {"level": "debug"},
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[server", "chp.toml"),
        ("prot = 1", "prot"),
        ("[server]\nprot = 1", "prot"),
        ('[server]\nport = "5001"', "server.port"),
        ("[server]\nport = 0", "server.port"),
        ("[server]\nport = 70000", "server.port"),
        ("[server]\nconnections_max = 0", "server.connections_max"),
        ("[limits]\ncalls_per_s = -1", "limits.calls_per_s"),
        ("[venue]\nlatency_ms = 1.5", "venue.latency_ms"),
        ("[venue]\nlatency_ms = -1", "venue.latency_ms"),
        ('[server]\ntls_key = "k"', "go together"),
        ('[log]\nlevel = "loud"', "loud"),
    ],
)
def test_wrong_settings_are_named(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_settings(written(tmp_path, text))
    assert complaint in raised.value.detail
    assert "\n" not in raised.value.detail


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*absent\.toml: No such file"):
        read_settings(tmp_path / "absent.toml")


def test_demo_has_no_limits_and_no_latency() -> None:
    assert DEMO.limits is None
    assert DEMO.venue.latency_ms == 0
    assert DEMO.server.host == "127.0.0.1"


def test_demo_and_serve_have_folders_of_their_own() -> None:
    assert default_folder("demo") != default_folder("serve")
    assert default_folder("demo").parent == default_folder("serve").parent


def test_the_page_lists_every_setting_with_its_default() -> None:
    section = PAGE.read_text("utf-8").partition("\n## Settings\n")[2].partition("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.+?) \|", section, re.M))
    expected = {
        f"{table}.{key}": "none" if value is None else f"`{msgspec.json.encode(value).decode()}`"
        for table, keys in msgspec.to_builtins(Settings()).items()
        for key, value in keys.items()
    }
    assert documented == expected
