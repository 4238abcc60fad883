"""The high level: a text that is being edited, and completions at a place in it."""
from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Iterable, Optional

from . import _declarations
from ._convert import Text, fill, path as encode_path, utf8
from ._handle import Handle
from ._library import library
from ._run import Run
from .errors import check
from .request import OnText, Progress, Request, not_negative
from .sequence import Sequence
from .values import BufferOptions, Candidate, ColumnUnit, CompleteOptions, RunOptions

try:
    from typing import Unpack
except ImportError:  # Python 3.10
    from typing_extensions import Unpack  # type: ignore[assignment]

if TYPE_CHECKING:
    from .model import Model
    from .workspace import ContextQuery, Workspace


class Buffer(Handle):
    """A text that is being edited, with the states of its last prompts. Offsets are in bytes of UTF-8. One thread at a time."""
    _free_name = "sw_buffer_free"
    _exclusive = True

    def __init__(self, model: Model, text: Text = "", **options: Unpack[BufferOptions]) -> None:
        c = _declarations.sw_buffer_options()
        keep = fill(c, options)
        data = utf8(text)
        out = ctypes.c_void_p()
        self._shapes = model._shapes
        with model._use() as m:
            check(library.sw_buffer_create(m, ctypes.byref(c), data, len(data), ctypes.byref(out)))
        del keep
        super().__init__(out.value, model._keep)

    def edit(self, begin: int, end: int, text: Text) -> None:
        """Replaces the bytes [begin, end)."""
        not_negative(begin=begin, end=end)
        data = utf8(text)
        with self._use() as buffer:
            check(library.sw_buffer_edit(buffer, begin, end, data, len(data)))

    @property
    def text(self) -> str:
        """The text now."""
        address, length = ctypes.c_void_p(), ctypes.c_size_t()
        with self._use() as buffer:
            check(library.sw_buffer_text(buffer, ctypes.byref(address), ctypes.byref(length)))
            return ctypes.string_at(address.value, length.value).decode("utf-8") if length.value else ""

    def offset(self, line: int, column: int, unit: ColumnUnit = ColumnUnit.CHARACTERS) -> int:
        """The byte offset of a line and column, both from 0."""
        not_negative(line=line, column=column)
        out = ctypes.c_size_t()
        with self._use() as buffer:
            check(library.sw_buffer_offset(buffer, line, column, int(unit), ctypes.byref(out)))
        return out.value

    def position(self, offset: int, unit: ColumnUnit = ColumnUnit.CHARACTERS) -> tuple[int, int]:
        """The line and column of a byte offset, both from 0."""
        not_negative(offset=offset)
        line, column = ctypes.c_size_t(), ctypes.c_size_t()
        with self._use() as buffer:
            check(library.sw_buffer_position(buffer, offset, int(unit), ctypes.byref(line), ctypes.byref(column)))
        return line.value, column.value

    def set_context(self, documents: Iterable[tuple[str, Text]]) -> None:
        """Pieces of other files, (path, text), that the model reads first; what changes least first. Empty: nothing."""
        pairs = [(encode_path(name), utf8(text)) for name, text in documents]
        array = (_declarations.sw_document * max(len(pairs), 1))()
        for c, (name, text) in zip(array, pairs):
            c.struct_size = ctypes.sizeof(c)
            c.path = name
            c.text = ctypes.cast(ctypes.c_char_p(text), ctypes.c_void_p)
            c.length = len(text)
        with self._use() as buffer:
            check(library.sw_buffer_set_context(buffer, array, len(pairs)))

    def update_context(self, workspace: Workspace, offset: int, query: Optional[ContextQuery] = None, **run: Unpack[RunOptions]) -> bool:
        """Chooses what of the workspace the model reads first; False when that is as before. For pauses, not for each keystroke."""
        not_negative(offset=offset)
        changed = ctypes.c_int32()
        with self._use() as buffer, workspace._use() as w, Run(**run) as r:
            c = query._fill() if query else None
            r.check(library.sw_buffer_update_context(buffer, w, offset, ctypes.byref(c) if c else None, ctypes.byref(r.options), ctypes.byref(changed)))
        return changed.value != 0

    def start(self, offset: int, *, on_text: Optional[OnText] = None, **options: Unpack[CompleteOptions]) -> Request:
        """Starts a completion at a byte offset and returns at once. A newer one of the same buffer cancels an older one.

        ``on_text(index, text)`` is called on the engine's thread; a true result stops that candidate, and what it raises comes out of result().
        """
        not_negative(offset=offset)
        c = _declarations.sw_complete_options()
        keep = fill(c, options)
        progress = Progress(on_text)
        c.on_text, c.on_done = progress.text_thunk, progress.done_thunk
        out = ctypes.c_void_p()
        with self._use() as buffer:
            check(library.sw_complete(buffer, offset, ctypes.byref(c), ctypes.byref(out)))
        del keep
        return Request(out.value, progress, self._keep)

    def complete(self, offset: int, *, timeout: Optional[float] = None, **options: Unpack[CompleteOptions]) -> list[Candidate]:
        """Completes and waits, at most `timeout` seconds."""
        with self.start(offset, **options) as request:
            return request.result(timeout)

    async def complete_async(self, offset: int, **options: Unpack[CompleteOptions]) -> list[Candidate]:
        """Completes without blocking the event loop. Cancelling the task cancels the request."""
        request = self.start(offset, **options)
        try:
            return await request
        finally:
            request.close_soon()

    def refill(self, max_tokens: int, **run: Unpack[RunOptions]) -> int:
        """Idle work: makes states where the next edit is likely to need them. The number of tokens that were run."""
        not_negative(max_tokens=max_tokens)
        n = ctypes.c_size_t()
        with self._use() as buffer, Run(**run) as r:
            r.check(library.sw_buffer_refill(buffer, max_tokens, ctypes.byref(r.options), ctypes.byref(n)))
        return n.value

    def fork(self) -> Sequence:
        """A sequence that stands where the last completion left off."""
        out = ctypes.c_void_p()
        with self._use() as buffer:
            check(library.sw_buffer_fork(buffer, ctypes.byref(out)))
        return Sequence(out.value, self._shapes, self._keep)
