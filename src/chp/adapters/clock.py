"""The clock of this machine. The only module that asks it for the venue."""

from __future__ import annotations

import time


class SystemClock:
    """A `Clock`."""

    def wall_ns(self) -> int:
        """UTC nanoseconds since 1970; jumps when the machine's clock is set."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Nanoseconds that never go back, from an arbitrary origin."""
        return time.monotonic_ns()
