"""Between Python's values and the C structs."""
from __future__ import annotations

import ctypes
from typing import Any, Mapping, Sequence, Union

Text = Union[str, bytes]


def text(value: bytes | None) -> str:
    """A NUL-terminated string; NULL is empty."""
    return value.decode("utf-8", "surrogateescape") if value else ""


def text_of(address: int | None, length: int) -> str:
    """A string with a length, which may hold NUL."""
    return ctypes.string_at(address, length).decode("utf-8", "surrogateescape") if address else ""


def ids_of(address: int | None, n: int) -> tuple[int, ...]:
    """Token ids, copied."""
    return tuple((ctypes.c_int32 * n).from_address(address)) if address and n else ()


def utf8(value: Text) -> bytes:
    """Text as the library takes it. Bytes are taken as they are, and checked by the library."""
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")


def path(value: Any) -> bytes:
    """A path or a string without NUL, which would end it."""
    import os
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        from .errors import ArgumentError
        raise ArgumentError(f"{value!r} holds a NUL character")
    return encoded


def _texts(values: Sequence[str]) -> Any:
    encoded = [path(value) for value in ([values] if isinstance(values, str) else values)]
    return (ctypes.c_char_p * len(encoded))(*encoded)


_FIELDS: dict[type, dict[str, Any]] = {}


def fill(struct: Any, options: Mapping[str, Any]) -> list[Any]:
    """Sets the struct's fields by name. The result keeps alive what they point to."""
    struct.struct_size = ctypes.sizeof(struct)
    fields = _FIELDS.setdefault(type(struct), dict(type(struct)._fields_))
    keep: list[Any] = []
    nested: dict[str, Any] = {}
    for name, value in options.items():
        kind = fields.get(name)
        if kind is None or name in ("struct_size", "user"):
            nested[name] = value
        elif value is None:
            continue
        elif kind is ctypes.c_char_p:
            setattr(struct, name, path(value))
        elif kind is ctypes.c_void_p and "n_" + name in fields:
            keep.append(_texts(value))
            setattr(struct, name, ctypes.cast(keep[-1], ctypes.c_void_p))
            setattr(struct, "n_" + name, len(keep[-1]))
        elif kind is ctypes.c_void_p:
            keep.append(utf8(value))
            setattr(struct, name, ctypes.cast(ctypes.c_char_p(keep[-1]), ctypes.c_void_p))
            setattr(struct, name + "_length", len(keep[-1]))
        else:
            setattr(struct, name, kind(value).value if kind in (ctypes.c_float, ctypes.c_double) else _whole(name, kind, value))
    if "sampling" in fields:
        keep += fill(struct.sampling, nested)
    elif nested:
        raise TypeError(f"unexpected option {next(iter(nested))!r}; the options are {', '.join(n for n in fields if n != 'struct_size')}")
    return keep


def _whole(name: str, kind: Any, value: Any) -> int:
    """An integer that fits; ctypes would cut off what does not."""
    number = int(value)
    if kind(number).value != number:
        from .errors import ArgumentError
        raise ArgumentError(f"{name} is {number}, which does not fit the library's {kind.__name__[2:]}")
    return number
