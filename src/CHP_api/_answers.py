"""What `ChpClient` makes of a response: the parsed envelope, its data, or the error it means.

No call is made here. Data is looked for before the result is read, as robots know it. Source:
chp_client.md, "Errors"; wire.md, section 2.
"""

from typing import Any, Final

from requests import Response

from CHP_api.CHPExceptions import ApiConnectionError, ApiRequestException, ApiResponseNotJson

TEXT_NOT_JSON: Final = "Пришел не json"
TEXT_NO_FIELD: Final = "У ответа сервера нет поля {name}"

Envelope = dict[str, Any]
"""The whole answer of the server, parsed."""


def parsed(response: Response) -> Any:
    """Answer the JSON of a response, of whatever shape.

    Raises:
        ApiResponseNotJson: it is not JSON; the error carries its text.
    """
    try:
        return response.json()
    except ValueError as error:
        raise ApiResponseNotJson(TEXT_NOT_JSON, response.text) from error


def succeeded(envelope: Any) -> bool:
    """Answer whether the server agreed; an answer without `result` did not."""
    return _has(envelope, "result") and bool(envelope["result"])


def session_envelope(response: Response, *, refusal: str | None = None) -> Envelope:
    """Answer the whole envelope of an Auth call.

    Args:
        response: the answer to Connected, Reconnection or Disconnected.
        refusal: the message when the server refuses; None means the server's reason.

    Raises:
        ApiConnectionError: the server refused, or the answer lacks `result`.
    """
    envelope: Envelope = parsed(response)
    if not _has(envelope, "result"):
        raise ApiConnectionError(TEXT_NO_FIELD.format(name="result"), envelope)
    if not envelope["result"]:
        raise ApiConnectionError(refusal or _reason(envelope), envelope)
    return envelope


def data(response: Response) -> Any:
    """Answer the field `data` of an envelope.

    Raises:
        ApiRequestException: `data` or `result` is missing, or the server refused.
    """
    envelope = parsed(response)
    for name in ("data", "result"):
        if not _has(envelope, name):
            raise ApiRequestException(TEXT_NO_FIELD.format(name=name), envelope)
    if not envelope["result"]:
        raise ApiRequestException(_reason(envelope), envelope)
    return envelope["data"]


def _has(answer: Any, name: str) -> bool:
    return isinstance(answer, dict) and name in answer


def _reason(envelope: Envelope) -> str:
    """Answer why the server refused; an answer that does not say so is told as such."""
    return str(envelope.get("reason", TEXT_NO_FIELD.format(name="reason")))
