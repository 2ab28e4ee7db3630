"""Fingerprints of the flows' first 10,000 outputs, as tests/data/golden/flow_digests.json.

`python -m tests.support.flow_digests` prints them; a change of that file is a new version of
the flows, which an epoch of the journal must name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice

from chp.core.flow.prelude import prelude_bars
from chp.core.flow.random import Random
from chp.core.flow.synthetic import SyntheticFlow
from chp.core.flow.tape import TapeFlow, build_tape
from chp.model.instrument import Instrument
from tests.support.flow_book import FlowBook
from tests.support.flow_cases import MIRROR_UNITS, SBER, START_NS, VTBR, gazp_prints

SEED = 20_240_216
OUTPUTS = 10_000


def digests() -> dict[str, str]:
    """Hexadecimal SHA-256 by what was generated."""
    random = Random.seeded(SEED, "SBER")
    return {
        "random": _digest(random.next_u32() for _ in range(OUTPUTS)),
        "tape": _digest(_laps()),
        "synthetic_sber": _digest(_actions(SBER)),
        "synthetic_vtbr": _digest(_actions(VTBR)),
        "prelude_sber": _digest(prelude_bars(SBER, SEED, START_NS)),
        "prelude_vtbr": _digest(prelude_bars(VTBR, SEED, START_NS)),
    }


def _digest(outputs: Iterable[object]) -> str:
    digest = sha256()
    for output in islice(outputs, OUTPUTS):
        digest.update(f"{output}\n".encode())
    return digest.hexdigest()


def _laps() -> Iterator[object]:
    flow = TapeFlow(build_tape("GAZP", gazp_prints(), MIRROR_UNITS), START_NS)
    while True:
        yield flow.pop()


def _actions(instrument: Instrument) -> Iterator[object]:
    flow, book = SyntheticFlow(instrument, SEED, START_NS), FlowBook()
    while True:
        due_ns = flow.next_due_ns
        for action in flow.step(book.remaining):
            book.act(action)
            yield due_ns, action


if __name__ == "__main__":
    json.dump(digests(), sys.stdout, indent=2)
    sys.stdout.write("\n")
