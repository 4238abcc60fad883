"""What a file's text says: its language, chunks and outline."""
from __future__ import annotations

import ctypes
import dataclasses
from typing import Optional

from . import _declarations
from ._convert import Text, fill, path as encode_path, text as decode, utf8
from ._handle import Handle
from ._library import library
from ._run import Run
from .errors import check
from .values import Chunk, Declaration, OutlineInfo, TextOptions


def language(path: str, first_line: Text = "") -> Optional[str]:
    """The language of a file, "python", by its name and then by its first line; None when nobody knows."""
    line = utf8(first_line)
    found = library.sw_text_language(encode_path(path), line, len(line))
    return decode(found) if found else None


def chunks(text: Text, *, run: Optional[Run] = None, **options: object) -> list[Chunk]:
    """Cuts a text into chunks of whole lines that break where its syntax breaks. Options are those of TextOptions."""
    data, n = utf8(text), ctypes.c_size_t()
    c = _declarations.sw_text_options()
    keep = fill(c, options)
    with run or Run() as r:
        capacity = 64
        while True:
            array = (_declarations.sw_chunk * capacity)()
            r.check(library.sw_text_chunks(data, len(data), ctypes.byref(c), ctypes.byref(r.options), array, capacity, ctypes.byref(n)))
            if n.value <= capacity:
                break
            capacity = n.value
    del keep
    return [Chunk._read(item) for item in array[:n.value]]


@dataclasses.dataclass(frozen=True)
class Import:
    """What an import names, and its byte range."""
    name: str
    begin: int
    end: int


class _OutlineHandle(Handle):
    _free_name = "sw_outline_free"


@dataclasses.dataclass(frozen=True)
class Outline:
    """What a text declares, imports and refers to."""
    info: OutlineInfo
    declarations: list[Declaration]
    imports: list[Import]
    references: list[str]


def outline(text: Text, *, run: Optional[Run] = None, **options: object) -> Outline:
    """Reads the outline of a text. Half-typed code loses at most what is broken. Options are those of TextOptions."""
    data, out = utf8(text), ctypes.c_void_p()
    c = _declarations.sw_text_options()
    keep = fill(c, options)
    with run or Run() as r:
        r.check(library.sw_text_outline(data, len(data), ctypes.byref(c), ctypes.byref(r.options), ctypes.byref(out)))
    del keep
    with _OutlineHandle(out.value) as handle, handle._use() as pointer:
        info = _declarations.sw_outline_info(struct_size=ctypes.sizeof(_declarations.sw_outline_info))
        check(library.sw_outline_get_info(pointer, ctypes.byref(info)))
        return Outline(OutlineInfo._read(info),
                       [_declaration(pointer, i) for i in range(info.n_declarations)],
                       [_import(pointer, i) for i in range(info.n_imports)],
                       [decode(library.sw_outline_reference(pointer, i)) for i in range(info.n_references)])


def _declaration(pointer: int, index: int) -> Declaration:
    c = _declarations.sw_declaration(struct_size=ctypes.sizeof(_declarations.sw_declaration))
    check(library.sw_outline_declaration(pointer, index, ctypes.byref(c)))
    return Declaration._read(c)


def _import(pointer: int, index: int) -> Import:
    begin, end = ctypes.c_size_t(), ctypes.c_size_t()
    name = library.sw_outline_import(pointer, index, ctypes.byref(begin), ctypes.byref(end))
    return Import(decode(name), begin.value, end.value)


__all__ = ["language", "chunks", "outline", "Outline", "Import", "TextOptions"]
