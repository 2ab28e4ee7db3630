"""What the old client sends is what the wire of the gateway takes."""

import pytest

from chp.model.requests import Request
from chp.wire.rest.decode import parse_object, request_of, token_of
from chp.wire.rest.faults import Fault
from chp.wire.rest.operations import OPERATIONS, find
from CHP_api.CHP_lowlevel_api import Api
from tests.support.recording_server import RecordingServer
from tests.unit.chp_api_.test_lowlevel_api import CALLS

NOT_IN_THE_DOCUMENT = {"CancelAll", "GetOrder", "GetTime"}
"""Calls of the gateway alone."""


@pytest.mark.parametrize("name", CALLS)
def test_call_is_understood(name: str, server: RecordingServer) -> None:
    getattr(Api("127.0.0.1", server.port), name)(*CALLS[name].arguments)
    (recorded,) = server.recorded
    operation, body = find(recorded.target), parse_object(recorded.body)
    assert operation is not None
    assert operation.method == name
    assert isinstance(body, dict)
    assert token_of(body) == "user_token"
    request = request_of(operation, body)
    assert isinstance(request, Request)
    assert type(request) is operation.request_type


def test_move_of_the_document_is_told_what_it_lacks(server: RecordingServer) -> None:
    Api("127.0.0.1", server.port).MoveOrder("user_token", "ST123456-MO-01")
    operation, body = find("Order/Move"), parse_object(server.recorded[0].body)
    assert operation is not None
    assert isinstance(body, dict)
    fault = request_of(operation, body)
    assert isinstance(fault, Fault)
    assert (fault.code, fault.field) == ("field_missing", "symbol")


def test_there_is_a_method_for_every_call_of_the_document() -> None:
    assert {operation.method for operation in OPERATIONS} == set(CALLS) | NOT_IN_THE_DOCUMENT
