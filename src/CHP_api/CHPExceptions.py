"""The exceptions of `ChpClient`, as robots catch them.

Unrelated to `chp.errors`: a robot of the old client expects a `RuntimeError` with these fields.
`Api` raises none of them, it lets the exceptions of `requests` through. Source: chp_client.md.
"""


class ChpError(RuntimeError):
    """The server's answer is not what the caller asked for.

    Attributes:
        txt: the message; also `str(error)`.
        resp_data: the parsed answer, or its text when it is no JSON.
    """

    def __init__(self, txt: str, resp_data: object = None) -> None:
        """Keep both values in `args`, so that the error survives pickling between processes."""
        super().__init__(txt, resp_data)
        self.txt = txt
        self.resp_data = resp_data

    def __str__(self) -> str:
        """Answer the message alone."""
        return self.txt


class ApiConnectionError(ChpError):
    """The server refused to connect, reconnect or disconnect the trading session."""


class ApiRequestException(ChpError):
    """The server refused a call, or its answer lacks a field."""


class ApiResponseNotJson(ChpError):
    """The answer is not JSON; `resp_data` is its text."""
