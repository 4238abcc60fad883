"""A flag that stops work from another thread."""
from __future__ import annotations

import ctypes

from ._handle import Handle
from ._library import library
from .errors import check


class Cancel(Handle):
    """Calls that were given it raise Cancelled within one chunk of work after set(). Any thread."""
    _free_name = "sw_cancel_free"

    def __init__(self) -> None:
        out = ctypes.c_void_p()
        check(library.sw_cancel_create(ctypes.byref(out)))
        super().__init__(out.value)

    def set(self) -> None:
        """Stops the calls that have it."""
        with self._use() as pointer:
            library.sw_cancel_set(pointer)

    def clear(self) -> None:
        """Makes it ready for another use."""
        with self._use() as pointer:
            library.sw_cancel_clear(pointer)
