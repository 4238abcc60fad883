"""A completion on its way: wait for it, iterate over its text, await it, cancel it."""
from __future__ import annotations

import asyncio
import ctypes
import queue
import threading
from typing import Any, AsyncIterator, Callable, Generator, Iterator, Optional

from . import _declarations
from ._handle import Handle, InCallback, let_go
from ._library import library
from ._run import guarded
from .errors import ArgumentError, DeadlineError, SidewinderError, check, error_of
from .values import Candidate, PlanOption, PromptPart, RequestStats, Status

OnText = Callable[[int, str], object]
_END = None


class Progress:
    """What the engine's thread tells. It knows nothing of the request, so that neither keeps the other alive."""

    def __init__(self, on_text: Optional[OnText]) -> None:
        self.pieces: queue.SimpleQueue[Optional[str]] = queue.SimpleQueue()
        self.done = threading.Event()
        self.failure: list[BaseException] = []
        self._on_text = on_text
        self._listeners: list[Callable[[], None]] = []
        self._gate = threading.Lock()
        self.text_thunk = _declarations.sw_text_fn(guarded(self._text, self.failure))
        self.done_thunk = _declarations.sw_done_fn(self._done)

    def _text(self, user: int, index: int, address: int, length: int) -> object:
        text = ctypes.string_at(address, length).decode("utf-8", "replace")
        if index == 0:
            self.pieces.put(text)
            self._tell()
        return self._on_text(index, text) if self._on_text else None

    def _done(self, user: int, request: int) -> None:
        with InCallback():
            self.pieces.put(_END)
            self.done.set()
            self._tell()

    def _tell(self) -> None:
        with self._gate:
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener()
            except RuntimeError:  # its event loop is closed: nobody listens any more
                pass

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls the listener at each piece and at the end, on the engine's thread; at once if that was already."""
        with self._gate:
            self._listeners.append(listener)
        if self.done.is_set():
            listener()

    def forget(self, listener: Callable[[], None]) -> None:
        """The listener is not called any more."""
        with self._gate:
            if listener in self._listeners:
                self._listeners.remove(listener)


class Request(Handle):
    """One completion. Iterate for the text of the first candidate as it comes, `async for` likewise; `await` or result() for the candidates.

    The pieces may go further than the final text, which is cut by the stop rules: Candidate.text is what counts.
    """
    _free_name = "sw_request_free"

    def __init__(self, pointer: Optional[int], progress: Progress, keep: object) -> None:
        self._progress = progress
        super().__init__(pointer, (progress, keep))

    @property
    def done(self) -> bool:
        """Whether it has ended, whatever its outcome."""
        return self._progress.done.is_set()

    def cancel(self) -> None:
        """Asks it to stop; it is done soon after, with what it has. Any thread, also from its callback."""
        if self._closed:
            return
        with self._use() as request:
            library.sw_request_cancel(request)

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until it is done, at most `timeout` seconds. Ctrl-C gets through."""
        with self._use():
            return self._progress.done.wait(timeout)

    def result(self, timeout: Optional[float] = None) -> list[Candidate]:
        """The candidates, best first, when it is done. Raises what on_text raised, what the request failed of, or DeadlineError."""
        if not self.wait(timeout):
            raise DeadlineError(f"the request is not done after {timeout} s")
        if self._progress.failure:
            raise self._progress.failure[0]
        error = self.error
        if error is not None:
            raise error
        return self.candidates

    @property
    def status(self) -> Status:
        """The outcome; Status.STATE while it runs."""
        with self._use() as request:
            return Status(library.sw_request_status(request))

    @property
    def error(self) -> Optional[SidewinderError]:
        """The outcome as an exception, with the candidates that there were; None when all went well or it still runs."""
        with self._use() as request:
            if not library.sw_request_poll(request) or library.sw_request_status(request) == 0:
                return None
            error = error_of(library.sw_request_status(request), library.sw_request_error(request).decode("utf-8", "replace"))
        error.candidates = self.candidates
        return error

    @property
    def candidates(self) -> list[Candidate]:
        """The candidates so far, also of a cancelled request; none while it runs."""
        with self._use() as request:
            return [_read(Candidate, _declarations.sw_candidate, library.sw_request_candidate, request, i)
                    for i in range(library.sw_request_n_candidates(request))]

    @property
    def stats(self) -> RequestStats:
        """What was shown to the model, what was run, and how long it took."""
        c = _declarations.sw_request_stats(struct_size=ctypes.sizeof(_declarations.sw_request_stats))
        with self._use() as request:
            check(library.sw_request_get_stats(request, ctypes.byref(c)))
            return RequestStats._read(c)

    @property
    def parts(self) -> list[PromptPart]:
        """The prompt, part by part."""
        return self._all(PromptPart, _declarations.sw_prompt_part, library.sw_request_part)

    @property
    def plans(self) -> list[PlanOption]:
        """The ways to lay out the prompt that were compared."""
        return self._all(PlanOption, _declarations.sw_plan_option, library.sw_request_plan_option)

    def _all(self, record: Any, struct: Any, function: Any) -> list[Any]:
        found: list[Any] = []
        with self._use() as request:
            while True:
                c = struct(struct_size=ctypes.sizeof(struct))
                status = function(request, len(found), ctypes.byref(c))
                if status == Status.NOT_FOUND:
                    return found
                check(status)
                found.append(record._read(c))

    def __iter__(self) -> Iterator[str]:
        """The text as it comes. Ends with the request, whatever its outcome: result() says which."""
        while True:
            piece = self._progress.pieces.get()
            if piece is _END:
                self._progress.pieces.put(_END)  # for whoever asks again
                return
            yield piece

    async def __aiter__(self) -> AsyncIterator[str]:
        wake = _Wake(self._progress)
        try:
            while True:
                try:
                    piece = self._progress.pieces.get_nowait()
                except queue.Empty:
                    await wake.next()
                    continue
                if piece is _END:
                    self._progress.pieces.put(_END)
                    return
                yield piece
        finally:
            wake.close()
            if not self.done:
                self.cancel()

    def __await__(self) -> Generator[Any, None, list[Candidate]]:
        return self._wait_async().__await__()

    async def _wait_async(self) -> list[Candidate]:
        """A cancelled task cancels the request."""
        wake = _Wake(self._progress)
        try:
            while not self.done:
                await wake.next()
        except asyncio.CancelledError:
            self.cancel()
            raise
        finally:
            wake.close()
        return self.result()

    def close_soon(self) -> None:
        """Like close(), without waiting for the engine: cancels now, and lets go when the request is done."""
        if self.done:
            self.close()
            return
        self.cancel()
        with self._gate:
            self._closed = True
            pointer = self._take()
        if pointer is not None:
            _leave_when_done(self._free, pointer, self._keep, self._progress)


# What the engine still calls, though its request is gone.
_leaving: set[Progress] = set()


def _leave_when_done(free: Callable[[int], None], pointer: int, keep: object, progress: Progress) -> None:
    def free_and_forget(address: int) -> None:
        free(address)
        _leaving.discard(progress)

    def listener() -> None:  # on the engine's thread, inside its callback: freed by the next call from Python
        if progress.done.is_set() and progress in _leaving:
            progress.forget(listener)
            let_go(free_and_forget, pointer, keep)
    _leaving.add(progress)
    progress.listen(listener)


class _Wake:
    """Wakes a coroutine from the engine's thread."""

    def __init__(self, progress: Progress) -> None:
        loop, self._event = asyncio.get_running_loop(), asyncio.Event()
        self._progress = progress
        self._listener = lambda: loop.call_soon_threadsafe(self._event.set) and None
        progress.listen(self._listener)

    async def next(self) -> None:
        await self._event.wait()
        self._event.clear()

    def close(self) -> None:
        self._progress.forget(self._listener)


def _read(record: Any, struct: Any, function: Any, request: int, index: int) -> Any:
    c = struct(struct_size=ctypes.sizeof(struct))
    check(function(request, index, ctypes.byref(c)))
    return record._read(c)


def not_negative(**values: int) -> None:
    """ctypes would make a negative number a huge one."""
    for name, value in values.items():
        if value < 0:
            raise ArgumentError(f"{name} is {value}; it must be 0 or more")
