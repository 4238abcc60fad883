"""How one long call runs: cancelled by a flag, by its progress callback, by Ctrl-C, or by its deadline."""
from __future__ import annotations

import ctypes
import signal
import threading
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


def _catches_ctrl_c() -> bool:
    """Whether Ctrl-C means here what Python makes of it: an exception in the main thread."""
    return threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Run:
    """A sw_run_options during one call.

    Python sees Ctrl-C when it runs, and an exception that it raises as a callback begins is lost. So there is always a callback, and a handler
    that raises nothing: it stops the call, and the exception is raised when C is left.
    """

    def __init__(self, cancel: Optional[Cancel] = None, progress: Optional[Callable[[int, int], object]] = None, deadline_ms: int = 0) -> None:
        self._failure: list[BaseException] = []
        self._cancel = cancel
        self._progress = progress
        self._interrupted = False
        self._catching = False
        self.options = _declarations.sw_run_options(struct_size=ctypes.sizeof(_declarations.sw_run_options), deadline_ms=int(deadline_ms))
        self.options.progress = _declarations.sw_progress_fn(guarded(self._report, self._failure))

    def _report(self, user: int, done: int, total: int) -> object:
        return self._interrupted or (self._progress is not None and self._progress(done, total))

    def _interrupt(self, number: int, frame: object) -> None:
        self._interrupted = True

    def __enter__(self) -> Run:
        if self._cancel is not None:
            self.options.cancel = self._cancel._enter()
        if _catches_ctrl_c():
            signal.signal(signal.SIGINT, self._interrupt)
            self._catching = True
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._catching:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._cancel is not None:
            self._cancel._leave()
        if self._interrupted and kind is None:
            raise KeyboardInterrupt

    def check(self, status: int) -> None:
        """Raises what the callback raised, else what the library says."""
        if self._interrupted:
            raise KeyboardInterrupt
        if self._failure:
            raise self._failure[0]
        check(status)
