"""Models and tokenizers."""
from __future__ import annotations

import ctypes
from typing import Any, Iterable, Iterator, Optional, Sequence as Sequence_, Union

from . import _declarations
from ._convert import Text, path as encode_path, utf8
from ._handle import Handle, Use
from ._library import library
from ._run import Run
from .errors import check
from .values import ENCODE_CONTINUATION, ENCODE_TEXT, BufferOptions, ModelInfo, RunOptions

try:
    from typing import Unpack
except ImportError:  # Python 3.10
    from typing_extensions import Unpack  # type: ignore[assignment]


class _Both:
    """Holds a borrowed handle and its owner open during a call."""

    def __init__(self, owner: Handle, pointer: int) -> None:
        self._owner, self._pointer = owner, pointer

    def __enter__(self) -> int:
        self._owner._enter()
        return self._pointer

    def __exit__(self, *_: object) -> None:
        self._owner._leave()


class Tokenizer(Handle):
    """Text to token ids and back. Immutable; any number of threads. A model's own tokenizer is closed with the model."""
    _free_name = "sw_tokenizer_free"

    def __init__(self, path: Any = None, *, _owner: Optional[Handle] = None, _pointer: int = 0) -> None:
        self._owner = _owner
        if _owner is not None:
            self._borrowed = _pointer
            super().__init__(None)
            return
        out = ctypes.c_void_p()
        check(library.sw_tokenizer_open(encode_path(path), ctypes.byref(out)))
        super().__init__(out.value)

    def _use(self) -> Union[Use, _Both]:  # type: ignore[override]
        return Use(self) if self._owner is None else _Both(self._owner, self._borrowed)

    @property
    def vocab_size(self) -> int:
        """Number of pieces."""
        with self._use() as tokenizer:
            return int(library.sw_tokenizer_vocab_size(tokenizer))

    def encode(self, text: Text, *, continuation: bool = False) -> list[int]:
        """Token ids of a text; with continuation, of one that goes on from another."""
        data = utf8(text)
        flags = ENCODE_CONTINUATION if continuation else ENCODE_TEXT
        n = ctypes.c_size_t()
        ids = (ctypes.c_int32 * (len(data) + 1))()
        with self._use() as tokenizer:
            check(library.sw_tokenizer_encode(tokenizer, data, len(data), flags, ids, len(ids), ctypes.byref(n)))
            if n.value > len(ids):  # a character that became several tokens
                ids = (ctypes.c_int32 * n.value)()
                check(library.sw_tokenizer_encode(tokenizer, data, len(data), flags, ids, len(ids), ctypes.byref(n)))
        return ids[:n.value]

    def decode(self, ids: Sequence_[int]) -> str:
        """The text of ids, as SentencePiece gives it."""
        c_ids = (ctypes.c_int32 * len(ids))(*ids)
        n = ctypes.c_size_t()
        with self._use() as tokenizer:
            check(library.sw_tokenizer_decode(tokenizer, c_ids, len(ids), None, 0, ctypes.byref(n)))
            text = ctypes.create_string_buffer(n.value + 1)
            check(library.sw_tokenizer_decode(tokenizer, c_ids, len(ids), text, n.value, ctypes.byref(n)))
        return text.raw[:n.value].decode("utf-8", "surrogateescape")

    def control_id(self, name: str) -> int:
        """The id of a control token: "[PREFIX]"."""
        out = ctypes.c_int32()
        with self._use() as tokenizer:
            check(library.sw_tokenizer_control_id(tokenizer, encode_path(name), ctypes.byref(out)))
        return out.value

    def stream(self, ids: Iterable[int], *, at_text_start: bool = True) -> Iterator[str]:
        """The text that each id completes, never half a character, and at the end what was held back."""
        with Detokenizer(self, at_text_start=at_text_start) as detokenizer:
            for id in ids:
                yield detokenizer.push(id)
            yield detokenizer.end()


class Detokenizer(Handle):
    """Turns a stream of ids into text of whole characters. One thread at a time."""
    _free_name = "sw_detokenizer_free"
    _exclusive = True

    def __init__(self, tokenizer: Tokenizer, *, at_text_start: bool = True) -> None:
        out = ctypes.c_void_p()
        with tokenizer._use() as c:
            check(library.sw_detokenizer_create(c, int(at_text_start), ctypes.byref(out)))
        super().__init__(out.value, tokenizer)

    def push(self, id: int) -> str:
        """Adds one id and gives the text that it completes; may be empty."""
        text, length = ctypes.c_void_p(), ctypes.c_size_t()
        with self._use() as detokenizer:
            check(library.sw_detokenizer_push(detokenizer, id, ctypes.byref(text), ctypes.byref(length)))
            return ctypes.string_at(text.value, length.value).decode("utf-8") if length.value else ""

    def end(self) -> str:
        """Ends the stream: what was held back comes out as U+FFFD."""
        return self.push(-1)


class Model(Handle):
    """Weights, tokenizer and fill-in settings. Immutable; any number of threads. Made by Engine.open_model()."""
    _free_name = "sw_model_free"

    def __init__(self, pointer: Optional[int], keep: object) -> None:
        super().__init__(pointer, keep)
        self._shapes = Shapes.of(self.info)

    @property
    def info(self) -> ModelInfo:
        """What the checkpoint is, and how it fills in."""
        c = _declarations.sw_model_info(struct_size=ctypes.sizeof(_declarations.sw_model_info))
        with self._use() as model:
            check(library.sw_model_get_info(model, ctypes.byref(c)))
            return ModelInfo._read(c)

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer. ArgumentError when it was opened without one."""
        with self._use() as model:
            pointer = library.sw_model_tokenizer(model)
        if pointer is None:
            from .errors import ArgumentError
            raise ArgumentError("the model was opened without a tokenizer")
        return Tokenizer(_owner=self, _pointer=pointer)

    def hash(self, **run: Unpack[RunOptions]) -> str:
        """The identity of the weights. Reads every byte the first time."""
        out = ctypes.c_char_p()
        with self._use() as model, Run(**run) as r:
            r.check(library.sw_model_hash(model, ctypes.byref(r.options), ctypes.byref(out)))
            return (out.value or b"").decode()

    def sequence(self) -> "Sequence":
        """An empty sequence: the low level."""
        out = ctypes.c_void_p()
        with self._use() as model:
            check(library.sw_sequence_create(model, ctypes.byref(out)))
        return Sequence(out.value, self._shapes, self._keep)

    def buffer(self, text: Text = "", **options: Unpack[BufferOptions]) -> "Buffer":
        """A text that is being edited: the high level."""
        return Buffer(self, text, **options)

    def load_snapshot(self, path: Any, **run: Unpack[RunOptions]) -> "Snapshot":
        """Reads a snapshot that was saved with the same weights."""
        out = ctypes.c_void_p()
        with self._use() as model, Run(**run) as r:
            r.check(library.sw_snapshot_load(model, encode_path(path), ctypes.byref(r.options), ctypes.byref(out)))
        return Snapshot(out.value, self._keep)


from .buffer import Buffer  # noqa: E402: they need the names above
from .sequence import Sequence, Shapes, Snapshot  # noqa: E402
