"""What README and guide show happens: their examples, in order, against a fresh demo gateway.

Examples are the `pycon` blocks. An answer must be the one shown; `…` in it stands for anything.
Under a line marked `# market` the answer depends on the moment: its numbers may differ, and a
test is quicker than a market, so the call is repeated until the answer looks like the one shown.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import traceback
from collections.abc import Iterator
from doctest import DocTestParser, Example
from pathlib import Path
from typing import Any, Final

import pytest

from CHP_api.CHPExceptions import ChpError
from tests.support.gateway_process import GatewayProcess

ROOT: Final = Path(__file__).resolve().parents[2]
BLOCK: Final = re.compile(r"^```(?P<language>\S*)[^\n]*\n(?P<code>.*?)^```$", re.M | re.S)
LANGUAGES: Final = {"pycon": "examples", "sh": "commands", "text": "pictures"}
"""Every block is one of these, so that no example goes untested."""
DOCUMENTED_PORT: Final = "5001"
MOMENTARY: Final = "# market"
ATTEMPTS: Final = 3_000
NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")

PAIRS: Final = (("README.md", "README.ru.md"), ("docs/guide.md", "docs/guide.ru.md"))
"""A document and its Russian text, which shows the same examples."""
DOCUMENTS: Final = tuple(english for english, _ in PAIRS)


def examples(document: str) -> list[Example]:
    """All examples of a document, in order."""
    text = (ROOT / document).read_text("utf-8")
    blocks = [block["code"] for block in BLOCK.finditer(text) if block["language"] == "pycon"]
    return DocTestParser().get_examples("\n\n".join(blocks), document)


def looks_like(shown: str, got: str, *, is_momentary: bool) -> bool:
    """Whether an answer is the one shown, but for what is left out and for line breaks."""
    shown, got = " ".join(shown.split()), " ".join(got.split())
    if is_momentary:
        shown, got = NUMBER.sub("0", shown), NUMBER.sub("0", got)
    parts = [re.escape(part) for part in re.split(r"\s*…\s*", shown)]
    return re.fullmatch(".*".join(parts), got) is not None


def shown_by(source: str, names: dict[str, Any]) -> str:
    """What the interactive interpreter shows for one statement."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            exec(compile(source, "<example>", "single"), names)
        except ChpError as error:
            sys.stdout.write("Traceback (most recent call last):\n")
            sys.stdout.writelines(traceback.format_exception_only(error))
    return output.getvalue()


def run(example: Example, port: int, names: dict[str, Any]) -> str:
    """Runs an example; answers what it showed in the end."""
    source = example.source.replace(DOCUMENTED_PORT, str(port))
    is_momentary = MOMENTARY in source
    got = ""
    for _ in range(ATTEMPTS if is_momentary else 1):
        got = shown_by(source, names)
        if looks_like(example.want, got, is_momentary=is_momentary):
            break
    return got


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path / "demo") as running:
        yield running


@pytest.mark.parametrize("document", DOCUMENTS)
def test_examples_answer_what_is_shown(document: str, gateway: GatewayProcess) -> None:
    names: dict[str, Any] = {}
    shown = examples(document)
    assert shown
    for example in shown:
        got = run(example, gateway.port, names)
        is_momentary = MOMENTARY in example.source
        assert looks_like(example.want, got, is_momentary=is_momentary), (example.source, got)


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_russian_text_shows_the_same_examples(english: str, russian: str) -> None:
    assert [(each.source, each.want) for each in examples(russian)] == [
        (each.source, each.want) for each in examples(english)
    ]


@pytest.mark.parametrize("document", [name for pair in PAIRS for name in pair])
def test_every_block_is_an_example_a_command_or_a_picture(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    assert {block["language"] for block in BLOCK.finditer(text)} <= set(LANGUAGES)


@pytest.mark.parametrize(
    ("shown", "got", "is_momentary", "is_alike"),
    [
        ("[1, … 5]", "[1, 2, 5]", False, True),
        ("[1, … 5]", "[1, 5]", False, True),
        ("[1, … 5]", "[1, 2, 4]", False, False),
        ("{'a': 1,\n 'b': 2}", "{'a': 1, 'b': 2}", False, True),
        ("{'price': 161.83}", "{'price': 162.0}", False, False),
        ("{'price': 161.83}", "{'price': 162.0}", True, True),
        ("{'price': 161.83}", "{'value': 161.83}", True, False),
        ("", "[]", False, False),
    ],
)
def test_answers_are_told_apart_when_they_differ(
    shown: str, got: str, is_momentary: bool, is_alike: bool
) -> None:
    assert looks_like(shown, got, is_momentary=is_momentary) is is_alike
