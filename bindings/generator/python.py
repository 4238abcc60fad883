"""Writes the Python package's declarations (ctypes) and values (enums, records, options)."""
import textwrap

from .names import (NOTICE, camel, is_ids, is_text, is_texts, sentence, shown, struct_doc, values_of, NOT_OPTIONS)

CTYPES = {'int32_t': 'c_int32', 'uint32_t': 'c_uint32', 'int64_t': 'c_int64', 'uint64_t': 'c_uint64', 'size_t': 'c_size_t',
          'float': 'c_float', 'double': 'c_double'}


def scalar(header, base):
    if base in CTYPES:
        return CTYPES[base]
    if base in header.enum_names():
        return 'c_int32'
    return None


def field_type(header, struct, field):
    kind = field.type
    if kind.base == 'function_pointer':
        return 'c_void_p'
    if any(c.name == kind.base for c in header.callbacks):
        return kind.base
    if is_text(field):
        return 'c_void_p' if field.length else 'c_char_p'
    if kind.pointers:
        return 'c_void_p'
    inner = scalar(header, kind.base) or kind.base
    return f'{inner} * {kind.array}' if kind.array else inner


def parameter_type(header, kind):
    if any(c.name == kind.base for c in header.callbacks):
        return kind.base
    if kind.base == 'char' and kind.const and kind.pointers == 1:
        return 'c_char_p'
    if kind.pointers:
        return f'POINTER({kind.base})' if header.struct(kind.base) else 'c_void_p'
    return scalar(header, kind.base)


def result_type(header, kind):
    if kind.base == 'void' and not kind.pointers:
        return 'None'
    return parameter_type(header, kind)


def structs(header):
    """Structs, each callback before the struct that holds it and after the one that it is given."""
    callbacks = list(header.callbacks)
    written = set()

    def ready():
        for c in list(callbacks):
            if all(not header.struct(p.type.base) or p.type.base in written for p in c.parameters):
                callbacks.remove(c)
                yield f'{c.name} = CFUNCTYPE({", ".join([result_type(header, c.result)] + [callback_type(header, p.type) for p in c.parameters])})'
    yield from ready()
    for s in header.structs:
        lines = [f'("{f.name}", {field_type(header, s, f)}),' for f in s.fields]
        yield f'\n\nclass {s.name}(Structure):\n    _fields_ = [\n' + textwrap.indent('\n'.join(lines), ' ' * 8) + '\n    ]\n'
        written.add(s.name)
        yield from ready()


def callback_type(header, kind):
    """Texts come with a length, so they are addresses."""
    return 'c_void_p' if kind.base == 'char' else parameter_type(header, kind)


def declarations(header):
    out = [f'"""The C API as ctypes sees it. {NOTICE}"""',
           'from ctypes import (CFUNCTYPE, POINTER, Structure, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint32, c_uint64,\n'
           '                    c_void_p)\n',
           f'API_MAJOR = {header.defines["SW_API_MAJOR"]}', f'API_MINOR = {header.defines["SW_API_MINOR"]}\n',
           'CONSTANTS = {']
    out += [f'    "{name}": {value},' for e in header.enums for name, value, _ in e.members]
    out += ['}\n']
    out += list(structs(header))
    out += ['\n\n# name -> (result, arguments)', 'FUNCTIONS = {']
    for f in header.functions:
        arguments = ', '.join(parameter_type(header, p.type) for p in f.parameters)
        out.append(f'    "{f.name}": ({result_type(header, f.result)}, [{arguments}]),')
    out += ['}']
    return '\n'.join(out) + '\n'


def value_type(header, field):
    """The type that a user sees."""
    if field.flag:
        return 'bool'
    if is_text(field):
        return 'str'
    if is_texts(field):
        return 'Sequence[str]'
    if is_ids(field):
        return 'tuple[int, ...]'
    if field.type.base in header.enum_names():
        return camel(field.type.base)
    plain = 'float' if field.type.base in ('float', 'double') else 'int'
    return f'tuple[{plain}, ...]' if field.type.array else plain


def comment(text):
    return [f'#: {line}' for line in textwrap.wrap(text, 134)]


def enum_class(enum):
    name = camel(enum.name)
    out = [f'class {name}(_Value):', *docstring(sentence(enum.doc, name))]
    for short, value, doc in values_of(enum):
        out += ['    ' + line for line in comment(doc)]
        out.append(f'    {short} = {value}')
    return '\n'.join(out) + '\n\n'


def record_class(header, struct):
    name = camel(struct.name)
    out = ['@dataclasses.dataclass(frozen=True)', f'class {name}:', *docstring(struct_doc(struct, 'What the library says'))]
    for f in shown(struct.fields):
        out += ['    ' + line for line in comment(f.doc)]
        out.append(f'    {f.name}: {value_type(header, f)}')
    out += ['', '    @classmethod', f'    def _read(cls, c: _declarations.{struct.name}) -> "{name}":', '        return cls(']
    for f in shown(struct.fields):
        out.append(f'            {f.name}={read_expression(header, f)},')
    out += ['        )']
    return '\n'.join(out) + '\n\n'


def read_expression(header, f):
    value = f'c.{f.name}'
    if is_text(f):
        return f'_text_of({value}, c.{f.length})' if f.length else f'_text({value})'
    if is_ids(f):
        return f'_ids_of({value}, c.{f.length})'
    if f.type.array:
        return f'tuple({value})'
    if f.flag:
        return f'bool({value})'
    if f.type.base in header.enum_names():
        return f'{camel(f.type.base)}({value})'
    return value


def docstring(text):
    lines = textwrap.wrap(text, 130)
    if len(lines) == 1:
        return [f'    """{lines[0]}"""']
    return [f'    """{lines[0]}'] + ['    ' + line for line in lines[1:]] + ['    """']


def options_class(header, struct):
    fields = shown(struct.fields)
    bases = ['TypedDict']
    if any(f.name == 'sampling' for f in struct.fields):
        bases = ['SamplingOptions']
    if any(f.name == 'run' for f in struct.fields):
        bases = ['RunOptions']
    out = [f'class {camel(struct.name)}({", ".join(bases)}, total=False):', *docstring(struct_doc(struct, 'Keyword arguments: the fields'))]
    for f in fields:
        out += ['    ' + line for line in comment(f.doc)]
        out.append(f'    {f.name}: {value_type(header, f)}')
    return '\n'.join(out) + '\n\n'


def values(header):
    head = f'''"""Enums, records and options of the C API. {NOTICE}"""
from __future__ import annotations

import dataclasses
import enum
from typing import Callable, Sequence, TypedDict

from . import _declarations
from ._convert import ids_of as _ids_of
from ._convert import text as _text
from ._convert import text_of as _text_of
from ._cancel import Cancel


class _Value(enum.IntEnum):
    """A number of the library's. One that this version does not know is kept, under the name UNKNOWN."""

    @classmethod
    def _missing_(cls, value: object) -> "_Value":
        member = int.__new__(cls, value)  # type: ignore[call-overload]
        member._name_ = "UNKNOWN"
        member._value_ = value
        return member


class RunOptions(TypedDict, total=False):
    """How one call runs."""
    #: stops the call from another thread
    cancel: Cancel
    #: called between chunks with (done, total); True stops the call
    progress: Callable[[int, int], object]
    #: from the start of the call; 0: none
    deadline_ms: int

'''
    out = [head]
    out += [enum_class(e) for e in header.enums if e.name]
    out += [record_class(header, s) for s in header.records()]
    options = [s for s in header.options() if s.name not in NOT_OPTIONS]
    options.sort(key=lambda s: s.name != 'sw_sampling_options')
    out += [options_class(header, s) for s in options]
    for e in header.enums:
        if not e.name:
            out += [f'{name.removeprefix("SW_")} = {value}\n' for name, value, _ in e.members]
    return '\n'.join(piece.rstrip('\n') + '\n' + ('\n' if piece.startswith(('class', '@')) else '') for piece in out).rstrip('\n') + '\n'


def files(header):
    return {'bindings/python/sidewinder/_declarations.py': declarations(header),
            'bindings/python/sidewinder/values.py': values(header)}
