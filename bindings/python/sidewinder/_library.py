"""Finds libsidewinder.so, loads it, and gives each function its types."""
from __future__ import annotations

import ctypes
import os
import pathlib

from . import _declarations

_NAME = f"libsidewinder.so.{_declarations.API_MAJOR}"


def _places() -> list[str]:
    """The caller's choice alone; else the wheel's own library, then the system's."""
    chosen = os.environ.get("SIDEWINDER_LIBRARY")
    if chosen:
        return [chosen]
    own = pathlib.Path(__file__).parent / "_lib" / _NAME
    return [str(own)] if own.exists() else [_NAME]


def _load() -> ctypes.CDLL:
    failures = []
    for place in _places():
        try:
            return ctypes.CDLL(place)
        except OSError as error:
            failures.append(f"{place}: {error}")
    raise ImportError("libsidewinder cannot be loaded: " + "; ".join(failures) + ". Install the library, or name its file in SIDEWINDER_LIBRARY; it "
                      "needs Debian's libsentencepiece0, libxxhash0, libzstd1 and libsqlite3-0")


def _declare(loaded: ctypes.CDLL) -> ctypes.CDLL:
    loaded.sw_api_version.restype = ctypes.c_uint32
    version = loaded.sw_api_version()
    if version >> 16 != _declarations.API_MAJOR or version & 0xFFFF < _declarations.API_MINOR:
        raise ImportError(f"{loaded._name} has API {version >> 16}.{version & 0xFFFF}; this package needs {_declarations.API_MAJOR}."
                          f"{_declarations.API_MINOR} or a later minor version")
    for name, (result, arguments) in _declarations.FUNCTIONS.items():
        function = getattr(loaded, name, None)
        if function is None:
            raise ImportError(f"{loaded._name} has no {name}: it is older than this package")
        function.restype, function.argtypes = result, arguments
    return loaded


library = _declare(_load())
