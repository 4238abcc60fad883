"""What all objects of the library have in common: one C handle, closed once, never used after or by two threads where one is allowed."""
from __future__ import annotations

import atexit
import collections
import threading
import weakref
from typing import Any, Callable, Optional

from ._library import library
from .errors import ArgumentError, StateError

_here = threading.local()
# Handles that were let go inside a callback, where the library must not be called back. Freed by the next call outside.
_let_go: collections.deque[tuple[Callable[[int], None], int, object]] = collections.deque()
_open: weakref.WeakSet[Handle] = weakref.WeakSet()


class InCallback:
    """Marks the thread while the library is calling Python."""

    def __enter__(self) -> None:
        _here.depth = getattr(_here, "depth", 0) + 1

    def __exit__(self, *_: object) -> None:
        _here.depth -= 1


def _free_let_go() -> None:
    while _let_go and not getattr(_here, "depth", 0):
        try:
            free, pointer, keep = _let_go.popleft()
        except IndexError:  # another thread was faster
            return
        free(pointer)
        del keep


def let_go(free: Callable[[int], None], pointer: int, keep: object) -> None:
    """Frees a handle, now or after the callback. Until then the library may use what `keep` holds."""
    _let_go.append((free, pointer, keep))
    _free_let_go()


class Use:
    """Holds a handle open during a call, and gives its address."""
    __slots__ = ("_handle",)

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def __enter__(self) -> int:
        return self._handle._enter()

    def __exit__(self, *_: object) -> None:
        self._handle._leave()


class Handle:
    """An object of the library. A context manager; close() may be called twice, and at the end by the garbage collector."""
    #: the C function that frees it
    _free_name = ""
    #: one thread at a time
    _exclusive = False

    def __init__(self, pointer: Optional[int], keep: object = None) -> None:
        self._keep = keep  # callbacks that the library may call as long as this lives, and what else must outlive it
        self._gate = threading.Lock()
        self._users = 0
        self._pointer = pointer
        self._closed = False
        self._free: Callable[[int], None] = getattr(library, self._free_name)
        _open.add(self)
        if _let_go:
            _free_let_go()

    def _enter(self) -> int:
        with self._gate:
            if self._closed or self._pointer is None:
                raise ArgumentError(f"the {type(self).__name__} is closed")
            if self._exclusive and self._users:
                raise StateError(f"the {type(self).__name__} is in use: it belongs to one thread at a time, and no callback may call into it")
            self._users += 1
            return self._pointer

    def _leave(self) -> None:
        with self._gate:
            self._users -= 1
            pointer = self._take() if self._closed and not self._users else None
        if pointer is not None:
            let_go(self._free, pointer, self._keep)

    def _take(self) -> Optional[int]:
        pointer, self._pointer = self._pointer, None
        return pointer

    def _use(self) -> Use:
        return Use(self)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def close(self) -> None:
        """Lets the object go. Calls that are under way in other threads end first; later ones raise ArgumentError."""
        with self._gate:
            self._closed = True
            pointer = None if self._users else self._take()
        if pointer is not None:
            let_go(self._free, pointer, self._keep)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_free"):
            self.close()


@atexit.register
def _close_all() -> None:
    """Nothing of the library runs when the interpreter goes: its threads would call into a dead one."""
    for handle in list(_open):
        handle.close()
    _free_let_go()
