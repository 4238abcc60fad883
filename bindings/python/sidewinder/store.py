"""A folder of states, as an engine with store_folder makes it. To look after it; engines may use it meanwhile."""
from __future__ import annotations

import ctypes
import os
from typing import Any, Union

from . import _declarations
from ._convert import path as encode_path, text as decode
from ._handle import Handle
from ._library import library
from ._run import Run, guarded
from .errors import check
from .values import RunOptions, StoreEntry, StoreReport

try:
    from typing import Unpack
except ImportError:  # Python 3.10
    from typing_extensions import Unpack  # type: ignore[assignment]


def _collector() -> tuple[list[StoreEntry], list[BaseException], Any]:
    found: list[StoreEntry] = []
    failure: list[BaseException] = []
    return found, failure, _declarations.sw_store_entry_fn(guarded(lambda user, entry: found.append(StoreEntry._read(entry.contents)), failure))


class Store(Handle):
    """A folder of states. Any number of threads."""
    _free_name = "sw_store_free"

    def __init__(self, folder: Union[str, "os.PathLike[str]"]) -> None:
        out = ctypes.c_void_p()
        check(library.sw_store_open(encode_path(folder), ctypes.byref(out)))
        super().__init__(out.value)

    @property
    def entries(self) -> list[StoreEntry]:
        """Every state, the most recently used first."""
        found, failure, thunk = _collector()
        with self._use() as store:
            status = library.sw_store_list(store, thunk, None)
        if failure:
            raise failure[0]
        check(status)
        return found

    def verify(self, *, remove_bad: bool = False, **run: Unpack[RunOptions]) -> tuple[StoreReport, list[StoreEntry]]:
        """Reads every file and compares its checksum. The report, and the bad files."""
        found, failure, thunk = _collector()
        c = _declarations.sw_store_report(struct_size=ctypes.sizeof(_declarations.sw_store_report))
        with self._use() as store, Run(**run) as r:
            status = library.sw_store_verify(store, int(remove_bad), ctypes.byref(r.options), thunk, None, ctypes.byref(c))
            if failure:
                raise failure[0]
            r.check(status)
        return StoreReport._read(c), found

    def gc(self, bytes_max: int = 0) -> tuple[int, int]:
        """Removes states until at most bytes_max are left. The number of files and bytes that were removed."""
        files, size = ctypes.c_uint64(), ctypes.c_uint64()
        with self._use() as store:
            check(library.sw_store_gc(store, bytes_max, ctypes.byref(files), ctypes.byref(size)))
        return files.value, size.value


def reasons() -> list[str]:
    """Why a state on disk was not used: the names of StoreEntry.reason and StoreStats.disk_rejected, in order."""
    from .values import STORE_REASONS
    return [decode(library.sw_store_reason_name(reason)) for reason in range(STORE_REASONS)]
