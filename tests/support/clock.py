"""Time that a test owns: an event loop whose clock jumps, and the `Clock` port over it.

Sleeping costs nothing and is exact; work in threads is done on the loop, `disk_s` later, one job
after the other per executor. It cannot show what threads do to one another, nor how long
anything really takes. Where nothing can ever happen any more it raises instead of hanging.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, Final, TypeVar

from chp.units import NS_PER_MS, NS_PER_SECOND

Answer = TypeVar("Answer")

DISK_S: Final = 0.004
"""How long a job on a thread seems to take."""


class _JumpingSelector(selectors.DefaultSelector):
    """Waits by moving the loop's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("the test waits for something that can never happen")
        self.now_s += max(timeout, 0)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop in its own time, which begins at 0."""

    def __init__(self, disk_s: float = DISK_S) -> None:
        """A loop whose threads take `disk_s` for each job."""
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self.disk_s = disk_s
        self._free_at_s: dict[Executor | None, float] = {}

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.now_s

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Answer], *args: Any
    ) -> asyncio.Future[Answer]:
        """Does a job on the loop once the executor would have done it."""
        done = self.create_future()
        begins_s = max(self._free_at_s.get(executor, 0.0), self.time())
        self._free_at_s[executor] = begins_s + self.disk_s
        self.call_at(begins_s + self.disk_s, _do, done, func, args)
        return done


def _do(done: asyncio.Future[Any], func: Callable[..., Any], args: tuple[Any, ...]) -> None:
    if done.cancelled():
        return
    try:
        done.set_result(func(*args))
    except Exception as error:  # noqa: BLE001 - it is the awaiting test's to see
        done.set_exception(error)


class LoopClock:
    """The `Clock` port in a jumping loop's time; the wall may be set."""

    def __init__(self, wall_ns: int) -> None:
        """A wall clock that shows `wall_ns` when the loop begins."""
        self.wall_began_ns = wall_ns
        self.slept_ns = 0
        """How long the machine slept: time that passed while the loop stood still."""

    def wall_ns(self) -> int:
        """The wall's time."""
        return self.wall_began_ns + self.monotonic_ns()

    def monotonic_ns(self) -> int:
        """The loop's time, in whole milliseconds, and what the machine slept."""
        return round(asyncio.get_running_loop().time() * 1000) * NS_PER_MS + self.slept_ns


def run(story: Coroutine[Any, Any, Answer], disk_s: float = DISK_S) -> Answer:
    """Runs a coroutine to its end on a jumping loop."""
    with asyncio.Runner(loop_factory=lambda: JumpingLoop(disk_s)) as runner:
        return runner.run(story)


def seconds(number: float) -> int:
    """Nanoseconds."""
    return int(number * NS_PER_SECOND)
