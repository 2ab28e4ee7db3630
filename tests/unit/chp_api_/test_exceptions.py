"""The exceptions of the old client: their family, their fields, their text."""

import pickle

import pytest

import CHP_api
from CHP_api.CHPExceptions import (
    ApiConnectionError,
    ApiRequestException,
    ApiResponseNotJson,
    ChpError,
)

CHILDREN = [ApiConnectionError, ApiRequestException, ApiResponseNotJson]


def test_package_exports_the_client_and_three_exceptions() -> None:
    assert CHP_api.__all__ == ["ApiConnectionError", "ApiRequestException", "ChpClient", "ChpError"]
    assert CHP_api.ChpError is ChpError
    assert CHP_api.ApiConnectionError is ApiConnectionError
    assert CHP_api.ApiRequestException is ApiRequestException


@pytest.mark.parametrize("kind", CHILDREN)
def test_child_is_a_chp_error_and_a_runtime_error(kind: type[ChpError]) -> None:
    assert kind.__bases__ == (ChpError,)
    assert ChpError.__bases__ == (RuntimeError,)


@pytest.mark.parametrize("kind", [ChpError, *CHILDREN])
def test_error_carries_text_and_answer_also_through_pickling(kind: type[ChpError]) -> None:
    answer = {"result": False, "reason": "Error #3"}
    for error in (kind("Error #3", answer), pickle.loads(pickle.dumps(kind("Error #3", answer)))):
        assert type(error) is kind
        assert (error.txt, error.resp_data, str(error)) == ("Error #3", answer, "Error #3")
