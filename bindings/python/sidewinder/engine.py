"""The engine: threads, memory, kept states."""
from __future__ import annotations

import ctypes
import os
from typing import Callable, Optional, Union

from . import _declarations
from ._convert import fill, path as encode_path
from ._handle import Handle, InCallback
from ._library import library
from ._run import Run
from .errors import check
from .model import Model
from .values import EngineInfo, EngineOptions, LogLevel, ModelOptions, QuantizeOptions, RunOptions, StoreStats, Weights

try:
    from typing import Unpack
except ImportError:  # Python 3.10
    from typing_extensions import Unpack  # type: ignore[assignment]

Log = Callable[[LogLevel, str], object]


def _log_thunk(log: Log) -> object:
    def call(user: int, level: int, text: int, length: int) -> None:
        with InCallback():
            try:
                log(LogLevel(level), ctypes.string_at(text, length).decode("utf-8", "replace"))
            except BaseException:  # noqa: B902: a message is lost, the work is not
                pass
    return _declarations.sw_log_fn(call)


class Engine(Handle):
    """Owns the threads, the memory and the choice of kernels. One per process is usual. May be used from several threads at once.

    ``log(level, text)`` receives messages on any thread; what it raises is dropped.
    """
    _free_name = "sw_engine_free"

    def __init__(self, *, log: Optional[Log] = None, **options: Unpack[EngineOptions]) -> None:
        c = _declarations.sw_engine_options()
        keep = fill(c, options)
        thunk = _log_thunk(log) if log else None
        if thunk:
            c.log = thunk
        out = ctypes.c_void_p()
        check(library.sw_engine_create(ctypes.byref(c), ctypes.byref(out)))
        del keep
        super().__init__(out.value, thunk)

    def open_model(self, path: Union[str, "os.PathLike[str]", None] = None, **options: Unpack[ModelOptions]) -> Model:
        """Opens the checkpoint in a folder; None opens the embedded model, which lies beside the library."""
        run = {key: options.pop(key) for key in ("cancel", "progress", "deadline_ms") if key in options}  # type: ignore[misc]
        c = _declarations.sw_model_options()
        keep = fill(c, options)
        out = ctypes.c_void_p()
        with self._use() as engine, Run(**run) as r:  # type: ignore[arg-type]
            c.run = r.options
            r.check(library.sw_model_open(engine, None if path is None else encode_path(path), ctypes.byref(c), ctypes.byref(out)))
        del keep
        return Model(out.value, self._keep)

    def quantize(self, path: Union[str, "os.PathLike[str]"], to: Weights, folder: Union[str, "os.PathLike[str]"], **options: Unpack[QuantizeOptions]) -> None:
        """Writes the checkpoint at `path` with its matrices as Weights.Q8 or Weights.Q4 into a new folder, which open_model() then maps.
        A call that was stopped goes on the next time. Progress in bytes of weights, each counted twice: written, compared; a calibration goes
        before with as many bytes again for every 4096 tokens."""
        run = {key: options.pop(key) for key in ("cancel", "progress", "deadline_ms") if key in options}  # type: ignore[misc]
        c = _declarations.sw_quantize_options()
        keep = fill(c, options)
        with self._use() as engine, Run(**run) as r:  # type: ignore[arg-type]
            c.run = r.options
            r.check(library.sw_checkpoint_quantize(engine, encode_path(path), int(to), encode_path(folder), ctypes.byref(c)))
        del keep

    @property
    def info(self) -> EngineInfo:
        """What it runs on and has done."""
        c = _declarations.sw_engine_info(struct_size=ctypes.sizeof(_declarations.sw_engine_info))
        with self._use() as engine:
            check(library.sw_engine_get_info(engine, ctypes.byref(c)))
            return EngineInfo._read(c)

    @property
    def store_stats(self) -> StoreStats:
        """What the state store holds and has done."""
        c = _declarations.sw_store_stats(struct_size=ctypes.sizeof(_declarations.sw_store_stats))
        with self._use() as engine:
            check(library.sw_engine_get_store_stats(engine, ctypes.byref(c)))
            return StoreStats._read(c)

    def save(self, **run: Unpack[RunOptions]) -> None:
        """Writes to the store's folder what a restart would miss."""
        with self._use() as engine, Run(**run) as r:
            r.check(library.sw_engine_save(engine, ctypes.byref(r.options)))

    def trim(self, n_bytes: int = 0) -> None:
        """Drops kept states until at most n_bytes are held."""
        with self._use() as engine:
            check(library.sw_engine_trim(engine, n_bytes))
