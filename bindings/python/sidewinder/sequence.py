"""The low level: tokens, logits, states, fork, rewind, snapshots."""
from __future__ import annotations

import ctypes
from typing import Any, Iterator, NamedTuple, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _declarations
from ._convert import fill, path as encode_path
from ._handle import Handle
from ._library import library
from ._run import Run
from .errors import ArgumentError, check
from .values import ModelInfo, RunOptions, SamplingOptions, SequenceStats

try:
    from typing import Unpack
except ImportError:  # Python 3.10
    from typing_extensions import Unpack  # type: ignore[assignment]

_INT32 = np.iinfo(np.int32)
Floats = NDArray[np.float32]


class State(NamedTuple):
    """The recurrent state: ssm (n_layers, n_heads, head_dim, d_state) and conv (n_layers, d_conv - 1, d_conv_in), float32."""
    ssm: Floats
    conv: Floats


class Shapes(NamedTuple):
    """Of the arrays that a model's sequences fill."""
    vocab_size: int
    ssm: tuple[int, ...]
    conv: tuple[int, ...]

    @classmethod
    def of(cls, info: ModelInfo) -> Shapes:
        return cls(info.vocab_size, (info.n_layers, info.n_heads, info.head_dim, info.d_state),
                   (info.n_layers, info.d_conv - 1, info.d_inner + 2 * info.n_groups * info.d_state))


def _ids(values: ArrayLike) -> NDArray[np.int32]:
    """As int32, without a copy where it is that already. What does not fit is refused, not cut."""
    array = np.asarray(values)
    if array.size == 0:
        return np.empty(0, np.int32)
    if array.dtype.kind not in "iu":
        raise ArgumentError(f"token ids are whole numbers, not {array.dtype}")
    if array.dtype != np.int32 and (array.max() > _INT32.max or array.min() < _INT32.min):
        raise ArgumentError("a token id does not fit 32 bits")
    return np.ascontiguousarray(array, np.int32).reshape(-1)


def _target(out: Optional[Floats], shape: tuple[int, ...]) -> Floats:
    """The array that the library writes into: the caller's, or a new one."""
    if out is None:
        return np.empty(shape, np.float32)
    if out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous or not out.flags.writeable:
        raise ArgumentError(f"out must be a writable, contiguous float32 array of shape {shape}, not {out.dtype} {out.shape}")
    return out


class Sequence(Handle):
    """A run of tokens through a model: the recurrent state after the last one, and kept states to rewind to. One thread at a time."""
    _free_name = "sw_sequence_free"
    _exclusive = True

    def __init__(self, pointer: Optional[int], shapes: Shapes, keep: object) -> None:
        """Made by Model.sequence(), fork() and Buffer.fork()."""
        self._shapes = shapes
        super().__init__(pointer, keep)

    def append(self, ids: ArrayLike, *, logits: Any = False, **run: Unpack[RunOptions]) -> Optional[Floats]:
        """Runs tokens. With logits=True gives those after each of them, (n_ids, vocab_size); logits may also be the array to write into."""
        array = _ids(ids)
        out = None
        if logits is not False and logits is not None:
            out = _target(None if logits is True else logits, (len(array), self._shapes.vocab_size))
        address = None if out is None else out.ctypes.data
        with self._use() as sequence:
            if len(array) == 1 and not run:  # one decode step is short: nobody waits for it
                check(library.sw_sequence_append(sequence, array.ctypes.data, 1, None, address))
                return out
            with Run(**run) as r:
                r.check(library.sw_sequence_append(sequence, array.ctypes.data, len(array), ctypes.byref(r.options), address))
        return out

    def __len__(self) -> int:
        with self._use() as sequence:
            return int(library.sw_sequence_length(sequence))

    @property
    def tokens(self) -> NDArray[np.int32]:
        """The tokens that the state has seen. A copy."""
        with self._use() as sequence:
            n = library.sw_sequence_length(sequence)
            if n == 0:
                return np.empty(0, np.int32)
            return np.ctypeslib.as_array((ctypes.c_int32 * n).from_address(library.sw_sequence_tokens(sequence))).copy()

    def logits(self, out: Optional[Floats] = None) -> Floats:
        """The logits after the last token, (vocab_size,), written by the library into `out` or a new array."""
        target = _target(out, (self._shapes.vocab_size,))
        with self._use() as sequence:
            check(library.sw_sequence_logits(sequence, target.ctypes.data_as(ctypes.c_void_p), target.size))
        return target

    def state(self, out: Optional[State] = None) -> State:
        """The recurrent state after the last token, written by the library into `out` or new arrays."""
        state = State(_target(out.ssm if out else None, self._shapes.ssm), _target(out.conv if out else None, self._shapes.conv))
        with self._use() as sequence:
            check(library.sw_sequence_state(sequence, state.ssm.ctypes.data, state.ssm.size, state.conv.ctypes.data, state.conv.size))
        return state

    def sample(self, **sampling: Unpack[SamplingOptions]) -> int:
        """Draws the next token. The same for the same logits, options and length. It is not appended."""
        c = _declarations.sw_sampling_options()
        fill(c, sampling)
        out = ctypes.c_int32()
        with self._use() as sequence:
            check(library.sw_sequence_sample(sequence, ctypes.byref(c), ctypes.byref(out)))
        return out.value

    def generate(self, max_tokens: int, **sampling: Unpack[SamplingOptions]) -> Iterator[int]:
        """Draws and appends tokens, one each time it is asked for the next."""
        c = _declarations.sw_sampling_options()
        fill(c, sampling)
        options, out = ctypes.byref(c), ctypes.c_int32()
        target = ctypes.byref(out)
        for _ in range(max_tokens):
            with self._use() as sequence:
                check(library.sw_sequence_sample(sequence, options, target))
                check(library.sw_sequence_append(sequence, ctypes.addressof(out), 1, None, None))
            yield out.value

    def fork(self) -> Sequence:
        """A second sequence at the same place; neither sees the other's tokens afterwards."""
        out = ctypes.c_void_p()
        with self._use() as sequence:
            check(library.sw_sequence_fork(sequence, ctypes.byref(out)))
        return Sequence(out.value, self._shapes, self._keep)

    def rewind(self, length: int, **run: Unpack[RunOptions]) -> None:
        """Goes back to the state after the first `length` tokens, byte for byte."""
        if length < 0:
            raise ArgumentError(f"length is {length}; it must be 0 or more")
        with self._use() as sequence, Run(**run) as r:
            r.check(library.sw_sequence_rewind(sequence, length, ctypes.byref(r.options)))

    def snapshot(self) -> Snapshot:
        """Keeps the state after the last token."""
        out = ctypes.c_void_p()
        with self._use() as sequence:
            check(library.sw_sequence_snapshot(sequence, ctypes.byref(out)))
        return Snapshot(out.value, self._keep)

    def restore(self, snapshot: Snapshot) -> None:
        """Goes to where the snapshot was taken, tokens included."""
        with self._use() as sequence, snapshot._use() as c:
            check(library.sw_sequence_restore(sequence, c))

    @property
    def stats(self) -> SequenceStats:
        """What was run and kept."""
        c = _declarations.sw_sequence_stats(struct_size=ctypes.sizeof(_declarations.sw_sequence_stats))
        with self._use() as sequence:
            check(library.sw_sequence_get_stats(sequence, ctypes.byref(c)))
            return SequenceStats._read(c)


class Snapshot(Handle):
    """The recurrent state after some tokens. Immutable; any number of threads."""
    _free_name = "sw_snapshot_free"

    def __len__(self) -> int:
        with self._use() as snapshot:
            return int(library.sw_snapshot_length(snapshot))

    @property
    def n_bytes(self) -> int:
        """Bytes of memory that it holds."""
        with self._use() as snapshot:
            return int(library.sw_snapshot_bytes(snapshot))

    def save(self, path: Any, **run: Unpack[RunOptions]) -> None:
        """Writes it to a file; on error the file is what it was before."""
        with self._use() as snapshot, Run(**run) as r:
            r.check(library.sw_snapshot_save(snapshot, encode_path(path), ctypes.byref(r.options)))
