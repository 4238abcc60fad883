"""The index of a folder of source files, and what a prompt takes from it."""
from __future__ import annotations

import ctypes
import os
from typing import Any, Iterable, Optional, Sequence, Union

from . import _declarations
from ._convert import Text, fill, path as encode_path, text as decode, utf8
from ._handle import Handle
from ._library import library
from ._run import Run, guarded
from .errors import check
from .model import Tokenizer
from .values import ContextInfo, ContextPart, RunOptions, WorkspaceFile, WorkspaceOptions, WorkspaceStats
from .values import ContextQuery as ContextOptions

try:
    from typing import Unpack
except ImportError:  # Python 3.10
    from typing_extensions import Unpack  # type: ignore[assignment]


class ContextQuery:
    """What a context is asked for: the options of sidewinder.ContextOptions, recent edits as (path, diff), and the context before."""

    def __init__(self, *, edits: Sequence[tuple[str, str]] = (), previous: Optional[Context] = None, **options: Unpack[ContextOptions]) -> None:
        self._edits, self._previous, self._options = edits, previous, options
        self._keep: list[Any] = []

    def _fill(self) -> Any:
        c = _declarations.sw_context_query()
        self._keep = fill(c, self._options)
        edits = (_declarations.sw_recent_edit * len(self._edits))()
        for item, (path, diff) in zip(edits, self._edits):
            item.path, item.diff = encode_path(path), encode_path(diff)
        c.edits, c.n_edits = ctypes.cast(edits, ctypes.c_void_p), len(edits)
        self._keep.append(edits)
        return c


class Context(Handle):
    """What a prompt takes from a workspace at one cursor. Immutable; any number of threads."""
    _free_name = "sw_context_free"

    @property
    def info(self) -> ContextInfo:
        """How many parts and tokens."""
        c = _declarations.sw_context_info(struct_size=ctypes.sizeof(_declarations.sw_context_info))
        with self._use() as context:
            check(library.sw_context_get_info(context, ctypes.byref(c)))
            return ContextInfo._read(c)

    @property
    def parts(self) -> list[ContextPart]:
        """The parts in the order of the prompt: far to near, the best last."""
        found = []
        with self._use() as context:
            for index in range(self.info.n_parts):
                c = _declarations.sw_context_part(struct_size=ctypes.sizeof(_declarations.sw_context_part))
                check(library.sw_context_get_part(context, index, ctypes.byref(c)))
                found.append(ContextPart._read(c))
        return found


class Workspace(Handle):
    """The index of a folder; empty until update(). Any number of threads. `tokenizer` counts what contexts cost; None: no contexts."""
    _free_name = "sw_workspace_free"

    def __init__(self, folder: Union[str, "os.PathLike[str]"], tokenizer: Optional[Tokenizer] = None, **options: Unpack[WorkspaceOptions]) -> None:
        c = _declarations.sw_workspace_options()
        keep = fill(c, options)
        out = ctypes.c_void_p()
        if tokenizer is None:
            check(library.sw_workspace_open(None, encode_path(folder), ctypes.byref(c), ctypes.byref(out)))
        else:
            with tokenizer._use() as t:
                check(library.sw_workspace_open(t, encode_path(folder), ctypes.byref(c), ctypes.byref(out)))
        del keep
        super().__init__(out.value)

    def update(self, paths: Iterable[str] = (), **run: Unpack[RunOptions]) -> None:
        """Brings the index up to date: the whole folder, or only those paths, relative to it."""
        names = [encode_path(path) for path in paths]
        array = (ctypes.c_char_p * max(len(names), 1))(*names)
        with self._use() as workspace, Run(**run) as r:
            r.check(library.sw_workspace_update(workspace, array, len(names), ctypes.byref(r.options)))

    @property
    def stats(self) -> WorkspaceStats:
        """What the index holds, and what the last update did."""
        c = _declarations.sw_workspace_stats(struct_size=ctypes.sizeof(_declarations.sw_workspace_stats))
        with self._use() as workspace:
            check(library.sw_workspace_get_stats(workspace, ctypes.byref(c)))
            return WorkspaceStats._read(c)

    @property
    def files(self) -> list[WorkspaceFile]:
        """The files of the index, by path."""
        with self._use() as workspace:
            return _collect(lambda thunk: library.sw_workspace_list(workspace, thunk, None))

    def find(self, name: Text) -> list[WorkspaceFile]:
        """The places that define a name, by path and line."""
        data = utf8(name)
        with self._use() as workspace:
            return _collect(lambda thunk: library.sw_workspace_find(workspace, data, len(data), thunk, None))

    def context(self, query: ContextQuery, **run: Unpack[RunOptions]) -> Context:
        """Chooses what is worth showing to a model that completes at a cursor, within the budget."""
        out = ctypes.c_void_p()
        with self._use() as workspace, Run(**run) as r:
            c = query._fill()
            if query._previous is None:
                r.check(library.sw_workspace_context(workspace, ctypes.byref(c), ctypes.byref(r.options), ctypes.byref(out)))
            else:
                with query._previous._use() as previous:
                    c.previous = previous
                    r.check(library.sw_workspace_context(workspace, ctypes.byref(c), ctypes.byref(r.options), ctypes.byref(out)))
        return Context(out.value)


def _collect(call: Any) -> list[WorkspaceFile]:
    found: list[WorkspaceFile] = []
    failure: list[BaseException] = []
    thunk = _declarations.sw_workspace_file_fn(guarded(lambda user, file: found.append(WorkspaceFile._read(file.contents)), failure))
    status = call(thunk)
    if failure:
        raise failure[0]
    check(status)
    return found


def skip_reasons() -> list[str]:
    """Why files are not in an index: the names of WorkspaceStats.skipped, in order."""
    from .values import SKIP_REASONS
    return [decode(library.sw_skip_reason_name(reason)) for reason in range(SKIP_REASONS)]
