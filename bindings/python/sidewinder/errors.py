"""One exception for each status of the library. All are SidewinderError, and what Python would raise for the like."""
from __future__ import annotations

from typing import Any, Sequence

from ._library import library


class SidewinderError(Exception):
    """A call failed. Its text says what, where and what to do."""

    #: the number of the status, as in sidewinder.Status
    status: int = 0
    #: of a completion that failed on the way: the candidates that it had
    candidates: Sequence[Any] = ()


class ArgumentError(SidewinderError, ValueError):
    """Something impossible was passed, or the object is closed; nothing was changed."""
    status = 1


class NotFoundError(SidewinderError, LookupError):
    """No such file, model, token or mode."""
    status = 2


class IoError(SidewinderError, OSError):
    """The operating system or a device failed."""
    status = 3


class FormatError(SidewinderError, ValueError):
    """A file is not what it claims to be."""
    status = 4


class UnsupportedError(SidewinderError, NotImplementedError):
    """Understood, not implemented."""
    status = 5


class OutOfMemoryError(SidewinderError, MemoryError):
    """An allocation failed or a budget is spent; objects stay usable."""
    status = 6


class Cancelled(SidewinderError):
    """The caller asked to stop."""
    status = 7


class DeadlineError(SidewinderError, TimeoutError):
    """The caller's time was over."""
    status = 8


class StateError(SidewinderError, RuntimeError):
    """The object cannot do that now; also: another thread is using it."""
    status = 9


class MismatchError(SidewinderError, ValueError):
    """Two things that must belong together do not."""
    status = 10


class InternalError(SidewinderError, RuntimeError):
    """A bug in the library; please report it with the text."""
    status = 11


BY_STATUS = {cls.status: cls for cls in SidewinderError.__subclasses__()}


def error_of(status: int, text: str) -> SidewinderError:
    """The exception for a status; one of a newer library is a plain SidewinderError."""
    error = BY_STATUS.get(status, SidewinderError)(text)
    error.status = status
    return error


def check(status: int) -> None:
    """Raises what the last failed call of this thread said."""
    if status != 0:
        raise error_of(status, library.sw_last_error().decode("utf-8", "replace"))
