"""Writes docs/protocols/rest.md, the reference of the REST protocol, from the table of operations.

`python tools/reference.py` writes it, `--check` only says whether it is up to date. The prose
that no table holds stands here; a test compares the file with what this module makes.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from chp.model.refusal import Refusal, RejectReason
from chp.wire.rest.envelope import NO_OPERATION_NUMBER, NO_OPERATION_TEXT, failure, success
from chp.wire.rest.faults import of_refusal
from chp.wire.rest.fields import Column, Field
from chp.wire.rest.openapi import document
from chp.wire.rest.operations import OPERATIONS, Operation, find
from chp.wire.rest.troubles import TROUBLES
from chp.wire.rest.values import expected_of

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "protocols" / "rest.md"

HEAD: Final = """\
# The REST protocol

<!-- Written by tools/reference.py from src/chp/wire/rest; do not edit. -->

Every call is an HTTP POST of a JSON object in UTF-8 to `http://host:port/<URN>`, port 5001 unless
told otherwise. The same table of operations makes this page, `/openapi.json` and the gateway
itself.

## Reading and writing

What you send is read leniently:

- URNs and keys in any case; unknown keys are ignored; of equal keys the last one counts.
- Numbers as integers, floats or numeric strings, exactly as written: 163.92 stays 163.92. Integers
  also as `12.0` or `"12"`; not as `12.5`, not as `true`.
- Date-times as `YYYY-MM-DDThh:mm:ss` with or without a fraction, with a blank instead of `T`,
  without seconds, or as a bare date. Without an offset or `Z` they are Moscow time, UTC+3.
- `from` or `since` (GetTrades), `orderid` or `irderid`, `type` or `type_`. Both spellings may be
  given if they agree.
- An optional key may be null; that is the same as leaving it out.

What you get is written strictly: keys exactly as below, date-times in Moscow time without zone,
`.fff` only where they are not on a whole second, prices at the instrument's precision, identifiers
as strings of digits. Volumes (`amount`, `volume`, `filled`, `planned`) are in securities, unless
the operator set the token to lots; the sizes of quotes and order books (`size`, `bidSize`,
`askSize`) are always in lots.

## Envelope

`data` is always a list; `time` is the venue's time. A call that was carried out, and one that was
refused:

{examples}

`code` is the stable name to program against, `detail` says it in English, `field` names the key at
fault where there is one. `dataParam` repeats the request, its keys in lower case, without `token`,
`password` and whatever looks like them; long texts are cut, lists and objects left out.

## Statuses

Checked in this order: 404, 405, 413, 400 (no JSON object, no `token`), 401, 503, 429, 403, 400 (a
field), 409. Everything that the venue refuses (not connected, unknown symbol, not enough money …)
is status 200 with `"result": false`. 429 and 503 carry `Retry-After`, and nothing was done. From a
web page of another origin, or with a `Host` that is not this gateway's, the answer is 403.
`outcome_unknown`, which only a failing disk brings, says that an order may have been taken: repeat
it under its idempotency key, or ask GetOrder first.
"""

SESSIONS: Final = """\
## Sessions

`token` goes with every call; `login` and `password` only with the three Auth calls. `Connected`
opens the token's session; while it is open, `Connected` again is Error #3 with inner Error #2, and
the session stays usable. `Reconnection` opens it in any case and keeps subscriptions and cursors.
`Disconnected` ends session, subscriptions and cursors; working orders stay. Any other call without
a session is refused as `not_connected`. Sessions, subscriptions and cursors survive a restart of
the gateway. Use a token per process: two processes on one token share its cursors.

## Polls

UpdateQuote, UpdateBidAsk, UpdatePosition and SetPortfolio answer the latest state of all that is
listened to, every time.

AddTick, UpdateOrder and AddTrade answer every event since the previous such call, in order, none
missed. `seq` is the number of the last event answered, from 1 per session and call. `"after": N`
answers the events after N and goes on from there: so a lost answer is read again. After a crash of
the gateway the last second may be repeated, nothing is skipped. An answer holds 10,000 events at
most; 100,000 are kept per call. Who comes later gets `"gap": true` and `firstSeq`, the number of
the oldest event that was kept. Listening to a portfolio starts with its working orders and today's
trades; later events follow them.

## Exactly once

PlaceOrder, MoveOrder, CancelOrder and CancelAll take the header `Idempotency-Key` or the body key
`requestId`, a text of 1 to 128 characters, per token. The same key with the same call answers the
first answer again, refusals too, also after a restart, for at least 24 hours; only `time` is that
of the answer at hand. With another call it is status 409. Answers with status 4xx and 5xx are not
remembered. `Order/Get` with `requestId` tells what became of an order whose answer was lost.

The header is read as UTF-8. Both may be given if they are the same. Requests are compared as they
were understood: `10`, `10.0` and `"1e1"` are one amount, and a price that the order's type does not
use makes no difference.

## Bars

`since` and `count` of GetBars: above 0 walks back from `since`, newest first; below 0 forward,
oldest first; at most 10,000 rows. A bar is stamped with its close; a day or longer with 23:59:59
of its last day, a week with its Friday. The bar around `since` is included, the unfinished one
too. No rows are `"data": []`.

**Seeded bars.** The one-minute bars of the 30 days that end at `syntheticBarsTo` (GetSymbols), and
the longer bars built of them, never were a market: they are made from a seed at the first start of
the gateway, so that indicators work at once. They end at the opening price and feed GetBars only,
never UpdateQuote. Where `synthetic` is true, the live market is made by seeded agents too; where it
is false and `syntheticBarsTo` is set, recorded trades follow the seeded bars.
"""


EXAMPLE_TIME_NS: Final = 1_768_467_600_250_000_000
"""2026-01-15T12:00:00.250 in Moscow."""


def page() -> str:
    """The whole text of the reference."""
    parts = [
        HEAD.replace("{examples}", _examples()),
        _statuses(),
        SESSIONS,
        _pages(),
        _outer_numbers(),
        _inner_numbers(),
        "## Calls\n",
    ]
    parts += [_call(operation) for operation in OPERATIONS]
    return "\n".join(parts)


def _examples() -> str:
    operation = find("Instruments/ListenQuotes")
    assert operation is not None, "the table has it"
    rows = [{"description": "Подписка на GAZP успешно оформлена"}]
    refusal = Refusal(RejectReason.ALREADY_SUBSCRIBED, name="SBER")
    answers = (
        success(operation, rows, time_ns=EXAMPLE_TIME_NS),
        failure(operation, of_refusal(operation, refusal), {"symbol": "SBER"}),
    )
    return "\n\n".join(
        f"```json\n{json.dumps(json.loads(answer), indent=1, ensure_ascii=False)}\n```"
        for answer in answers
    )


def _statuses() -> str:
    codes: dict[int, list[str]] = {}
    for trouble in TROUBLES:
        if trouble.status != 200:
            codes.setdefault(trouble.status, []).append(f"`{trouble.code}`")
    rows = ((str(status), ", ".join(codes[status])) for status in sorted(codes))
    return _table(("Status", "Codes"), rows)


def _pages() -> str:
    rows = (
        (f"`{path}`", item["get"]["summary"])
        for path, item in document()["paths"].items()
        if "get" in item
    )
    about = "What answers GET, without a token and without an envelope."
    return f"## Pages\n\n{about}\n\n{_table(('Path', 'Answers'), rows)}"


def _outer_numbers() -> str:
    rows = [
        (str(operation.error_number), operation.method, operation.error_text)
        for operation in sorted(OPERATIONS, key=lambda operation: operation.error_number)
    ]
    unknown = (str(NO_OPERATION_NUMBER), "no known call", NO_OPERATION_TEXT)
    table = _table(("Error #", "Call", "`additional`"), [unknown, *rows])
    return f"## Outer error numbers\n\n`reason` of the envelope: one number per call.\n\n{table}"


def _inner_numbers() -> str:
    rows = (
        (str(trouble.number), str(trouble.status), f"`{trouble.code}`", trouble.russian)
        for trouble in sorted(TROUBLES, key=lambda trouble: trouble.number)
    )
    table = _table(("Error #", "Status", "`code`", "`additional`"), rows)
    about = "`reason` in `errorData`: one number per cause. Numbers never change their meaning."
    return f"## Inner error numbers\n\n{about}\n\n{table}"


def _call(operation: Operation) -> str:
    parts = [f"### {operation.method}", f"`POST /{operation.urn}`. {operation.summary}"]
    if operation.right != "read":
        parts.append(f"Needs the right `{operation.right}`.")
    fields = [_field_row(field) for field in operation.fields]
    fields.insert(0, ("`token`", "yes", "a text", "access token"))
    if operation.is_idempotent:
        fields.append(("`requestId`", "no", "a text of 1 to 128 characters", "idempotency key"))
    parts.append(_table(("Key", "Needed", "Takes", "Meaning"), fields).rstrip())
    parts.append(f"Rows of `data`:\n\n{_columns(operation.columns)}".rstrip())
    parts += [
        f"Rows of `{column.name}`:\n\n{_columns(column.columns)}".rstrip()
        for column in operation.columns
        if column.columns
    ]
    return "\n\n".join(parts) + "\n"


def _field_row(field: Field) -> tuple[str, str, str, str]:
    keys = " or ".join(f"`{key}`" for key in (field.name, *field.aliases))
    meaning = field.description
    if field.choices:
        listed = ", ".join(f"{choice.value} = {choice.description}" for choice in field.choices)
        meaning = f"{meaning}: {listed}"
    return keys, "yes" if field.is_required else "no", expected_of(field)[0], meaning


def _columns(columns: Iterable[Column]) -> str:
    rows = (
        (f"`{column.name}`", column.kind + (" or null" * column.is_nullable), column.description)
        for column in columns
    )
    return _table(("Key", "Kind", "Meaning"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Writes the page, or checks it; answers the exit code."""
    parser = argparse.ArgumentParser(description="Write the reference of the REST protocol.")
    parser.add_argument("--check", action="store_true", help="write nothing, compare only")
    text = page()
    if parser.parse_args(arguments).check:
        is_current = PAGE.is_file() and PAGE.read_text("utf-8") == text
        if not is_current:
            print(f"{PAGE} is out of date: run python tools/reference.py", file=sys.stderr)
        return 0 if is_current else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
