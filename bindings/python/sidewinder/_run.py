"""How one long call runs: cancelled by a flag, by its progress callback, by Ctrl-C, or by its deadline."""
from __future__ import annotations

import ctypes
from typing import Any, Callable, Optional

from . import _declarations
from ._cancel import Cancel
from ._handle import InCallback
from .errors import check


def guarded(callback: Callable[..., Any], failure: list[BaseException], otherwise: int = 1) -> Callable[..., int]:
    """The callback as the library may call it: what it raises is kept, and stops the work. So does a true result."""
    def call(*arguments: Any) -> int:
        with InCallback():
            try:
                return 1 if callback(*arguments) else 0
            except BaseException as error:  # noqa: B902: Ctrl-C too goes on in the thread that called
                failure.append(error)
                return otherwise
    return call


class Run:
    """A sw_run_options during one call. Without a callback of the caller's, one that does nothing lets Python see Ctrl-C between chunks."""

    def __init__(self, cancel: Optional[Cancel] = None, progress: Optional[Callable[[int, int], object]] = None, deadline_ms: int = 0) -> None:
        self._failure: list[BaseException] = []
        self._cancel = cancel
        report = progress or (lambda done, total: None)
        self.options = _declarations.sw_run_options(struct_size=ctypes.sizeof(_declarations.sw_run_options), deadline_ms=int(deadline_ms))
        self.options.progress = _declarations.sw_progress_fn(guarded(lambda user, done, total: report(done, total), self._failure))

    def __enter__(self) -> Run:
        if self._cancel is not None:
            self.options.cancel = self._cancel._enter()
        return self

    def __exit__(self, *_: object) -> None:
        if self._cancel is not None:
            self._cancel._leave()

    def check(self, status: int) -> None:
        """Raises what the callback raised, else what the library says."""
        if self._failure:
            raise self._failure[0]
        check(status)
