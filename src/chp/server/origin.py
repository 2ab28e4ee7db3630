"""Which web pages and host names may reach the gateway: its own.

Any web page can post to a port on loopback, and a name of its own can be made to point there;
`Origin` and `Host` tell. Robots send no Origin. Source: wire.md section 1.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_LOCAL_NAMES: Final = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})
_KNOWN_LIMIT: Final = 1_000


class OriginGuard:
    """Judges the headers Origin and Host."""

    def __init__(self, listen_host: str, names: Iterable[str] = ()) -> None:
        """A guard for a gateway that listens on an address.

        Args:
            listen_host: the address that the gateway listens on; where it stands for all
                addresses of the machine, every literal address is taken for one of them.
            names: further host names, as the operator configured them.
        """
        self._names = {*_LOCAL_NAMES, listen_host.lower(), *(name.lower() for name in names)}
        address = _address(listen_host)
        self._takes_any_address = address is not None and address.is_unspecified
        self._is_allowed: dict[str, bool] = {}

    def allows_host(self, host: str) -> bool:
        """Whether a Host header names this gateway."""
        known = self._is_allowed.get(host)
        if known is None:
            known = self._judge(_name_of(f"//{host}"))
            if len(self._is_allowed) < _KNOWN_LIMIT:
                self._is_allowed[host] = known
        return known

    def allows_origin(self, origin: str, host: str) -> bool:
        """Whether a page of `origin` was served by the gateway that `host` names."""
        return origin.partition("://")[2].lower() == host.lower() and self.allows_host(host)

    def _judge(self, name: str) -> bool:
        if name in self._names:
            return True
        address = _address(name)
        return address is not None and (address.is_loopback or self._takes_any_address)


def _name_of(url: str) -> str:
    """The host name of a URL, lower case; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
