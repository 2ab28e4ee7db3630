"""The old front door: the names that robots import, standing on `requests`.

`Api` answers the bare HTTP response of each call, `ChpClient` the data in it. Nothing of the
gateway is loaded with them but the table of URNs. Source: the user's document (lowlevel_api.md)
and chp_client.md.
"""

from CHP_api.CHP_client import ChpClient
from CHP_api.CHPExceptions import ApiConnectionError, ApiRequestException, ChpError

__all__ = ["ApiConnectionError", "ApiRequestException", "ChpClient", "ChpError"]
