"""Code completion from a state space model, in process.

High level: Buffer.complete() fills in code at a cursor. Low level: Sequence runs tokens and gives logits and recurrent states, with fork,
snapshot, restore and rewind. Calls release the GIL. Objects are closed by `with`, close() or the garbage collector, in any order.
"""
from . import errors, texts
from ._cancel import Cancel
from ._library import library as _library
from .engine import Engine
from .errors import (ArgumentError, Cancelled, DeadlineError, FormatError, InternalError, IoError, MismatchError, NotFoundError, OutOfMemoryError,
                     SidewinderError, StateError, UnsupportedError)
from .model import Detokenizer, Model, Tokenizer
from .buffer import Buffer
from .request import Request
from .sequence import Sequence, Snapshot, State
from .store import Store
from .values import (Candidate, ColumnUnit, Device, DeviceWeights, FillMode, Finish, Layout, LogLevel, PartKind, Source, Status, Weights)
from .workspace import Context, ContextOptions, ContextQuery, Workspace

__version__: str = _library.sw_version().decode()

__all__ = ["ArgumentError", "Buffer", "Cancel", "Cancelled", "Candidate", "ColumnUnit", "Context", "ContextOptions", "ContextQuery",
           "DeadlineError", "Detokenizer", "Device", "DeviceWeights", "Engine", "FillMode", "Finish", "FormatError", "InternalError", "IoError",
           "Layout", "LogLevel", "MismatchError", "Model", "NotFoundError", "OutOfMemoryError", "PartKind", "Request", "Sequence",
           "SidewinderError", "Snapshot", "Source", "State", "StateError", "Status", "Store", "Tokenizer", "UnsupportedError", "Weights", "Workspace",
           "errors", "texts"]
