"""The bytes of journal records and snapshots: MessagePack in a frame with a checksum.

Not where they are kept: that is `chp.adapters.store`. A frame is one byte of format, four bytes
of CRC-32 over all the rest (big-endian), then the body: a snapshot, or a list of records. The
names of commands and the order of fields in `chp.model.commands` and `chp.model.snapshot` are
part of the format, and a snapshot's layout goes with the version of the rules.
Source: design decision 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar
from zlib import crc32

import msgspec

from chp.model.commands import JournalRecord
from chp.model.snapshot import Snapshot

FORMAT: Final = 1

_HEAD_BYTES: Final = 5
_FORMAT_BYTE: Final = FORMAT.to_bytes(1, "big")

Kept = TypeVar("Kept", list[JournalRecord], Snapshot)

_encoder = msgspec.msgpack.Encoder()
_records = msgspec.msgpack.Decoder(list[JournalRecord])
_snapshots = msgspec.msgpack.Decoder(Snapshot)


class DamagedBody(ValueError):
    """Bytes that are no frame of ours, or no longer the ones that were written."""


def encode(kept: Sequence[JournalRecord] | Snapshot) -> bytes:
    """The frame of records or of a snapshot."""
    body = _encoder.encode(kept)
    return b"".join((_FORMAT_BYTE, _checksum(body), body))


def decode_records(frame: bytes) -> list[JournalRecord]:
    """The records of a frame, equal to those encoded.

    Raises:
        DamagedBody: the frame is cut, changed, of another format, or holds something else.
    """
    return _decode(frame, _records)


def decode_snapshot(frame: bytes) -> Snapshot:
    """The snapshot of a frame, equal to the one encoded.

    Tuples where the model has `Any` come back as lists.

    Raises:
        DamagedBody: the frame is cut, changed, of another format, or holds something else.
    """
    return _decode(frame, _snapshots)


def _decode(frame: bytes, decoder: msgspec.msgpack.Decoder[Kept]) -> Kept:
    if len(frame) <= _HEAD_BYTES:
        raise DamagedBody(f"expected more than {_HEAD_BYTES} bytes, came {len(frame)}")
    if frame[:1] != _FORMAT_BYTE:
        raise DamagedBody(f"expected format {FORMAT}, came {frame[0]}")
    body = memoryview(frame)[_HEAD_BYTES:]
    if _checksum(body) != frame[1:_HEAD_BYTES]:
        raise DamagedBody("the checksum is wrong")
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise DamagedBody(f"expected another layout: {error}") from error


def _checksum(body: bytes | memoryview) -> bytes:
    return crc32(body, crc32(_FORMAT_BYTE)).to_bytes(4, "big")
