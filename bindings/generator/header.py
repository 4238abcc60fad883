"""Reads include/sidewinder/sidewinder.h: constants, enums, handles, structs, callbacks and functions, each with its comment.

The header keeps to one form (tests/tidy sees to that), so a few patterns read it whole; what they do not match is an error, never skipped.
"""
import dataclasses
import pathlib
import re

# Arrays and texts whose length has a name that no rule gives.
LENGTHS = {('sw_request_stats', 'prompt'): 'prompt_tokens'}


@dataclasses.dataclass
class Type:
    base: str            # "int32_t", "sw_engine"
    pointers: int = 0
    const: bool = False  # of what the last pointer points to
    array: int = 0       # length of an array inside a struct; 0: none

    @property
    def c(self):
        return ('const ' if self.const else '') + self.base + ('* const*' if self.const and self.pointers == 2 else '*' * self.pointers)


@dataclasses.dataclass
class Field:
    name: str
    type: Type
    doc: str = ''
    length: str = ''     # the field that holds how long this one is
    length_of: str = ''  # the other way round
    flag: bool = False   # 0 is no, anything else is yes
    function: object = None  # of a function pointer: its Function


@dataclasses.dataclass
class Enum:
    name: str            # "sw_status"; "" for bits and counts
    doc: str
    members: list        # (name, value, doc)


@dataclasses.dataclass
class Struct:
    name: str
    doc: str
    fields: list


@dataclasses.dataclass
class Function:
    name: str
    doc: str
    result: Type
    parameters: list     # of Field


@dataclasses.dataclass
class Header:
    defines: dict
    enums: list
    handles: dict        # name -> doc
    structs: list
    callbacks: list      # of Function
    functions: list

    def struct(self, name):
        return next((s for s in self.structs if s.name == name), None)

    def enum_names(self):
        return {e.name for e in self.enums if e.name}

    def records(self):
        """Structs that the library fills in: they are written through a pointer, or given to a callback."""
        filled = {p.type.base for f in self.functions for p in f.parameters if p.type.pointers and not p.type.const}
        filled |= {p.type.base for f in self.callbacks for p in f.parameters if p.type.pointers}
        return [s for s in self.structs if s.name in filled]

    def options(self):
        """Structs that the caller fills in."""
        filled = {s.name for s in self.records()}
        return [s for s in self.structs if s.name not in filled]


def tidy_comment(text):
    """The words of a comment, without its marks."""
    text = re.sub(r'^/\*\*<?|\*/$', '', text.strip())
    return '\n'.join(re.sub(r'^\s*\* ?', '', line).rstrip() for line in text.split('\n')).strip()


def one_line(text):
    return ' '.join(text.split())


def parse_type(text, name_too=True):
    """"const char* const* stop" -> (Type, "stop")."""
    array = re.search(r'\[(\w+)\]\s*$', text)
    text = text[:array.start()] if array else text
    match = re.fullmatch(r'(const\s+)?(?:struct\s+)?(\w+)\s*((?:\*|\bconst\b|\s)*)' + (r'\b(\w+)' if name_too else r'()'), text.strip())
    if not match:
        raise ValueError(f'not a declaration that the bindings know how to read: {text.strip()!r}')
    kind = Type(match[2], match[3].count('*'), bool(match[1]))
    return kind, match[4], array[1] if array else ''


def parse_parameters(text):
    if text.strip() in ('', 'void'):
        return []
    out = []
    for piece in text.split(','):
        kind, name, _ = parse_type(piece)
        out.append(Field(name, kind))
    return out


FUNCTION_POINTER = re.compile(r'(\w+\s*\*?)\s*\(\*(\w+)\)\s*\(([^)]*)\)')


def parse_fields(body, struct, constants):
    """Fields with the comment that follows each."""
    functions = {m[2]: Function(m[2], '', parse_type(m[1], False)[0], parse_parameters(m[3])) for m in FUNCTION_POINTER.finditer(body)}
    body = FUNCTION_POINTER.sub(r'function_pointer \2', body)
    fields = []
    for match in re.finditer(r'([^;{}/]+?)\s*;\s*(/\*\*<.*?\*/)?', body, re.DOTALL):
        kind, name, array = parse_type(match[1])
        kind.array = constants.get(array, None) or int(array) if array else 0
        doc = one_line(tidy_comment(match[2] or ''))
        flag = kind.base == 'int32_t' and bool(re.match(r'(1:|not 0\b)', doc)) and not array
        fields.append(Field(name, kind, doc, flag=flag, function=functions.get(name)))
    names = {f.name: f for f in fields}
    for i, f in enumerate(fields):
        after = fields[i + 1].name if i + 1 < len(fields) else ''
        options = [LENGTHS.get((struct, f.name)), f'{f.name}_length', f'n_{f.name}', 'length' if after == 'length' else None]
        f.length = next((o for o in options if f.type.pointers and o in names), '')
        if f.length:
            names[f.length].length_of = f.name
    return fields


COMMENT = r'(?:(/\*\*(?:[^*]|\*(?!/))*\*/)\s*)?'


def parse(path):
    text = pathlib.Path(path).read_text(encoding='utf-8')
    defines = {m[1]: int(m[2]) for m in re.finditer(r'^#define (SW_\w+) (\d+)$', text, re.MULTILINE)}
    code = re.sub(r'^[ \t]*#[^\n]*(\\\n[^\n]*)*', '', text, flags=re.MULTILINE)
    enums, constants = [], {}
    for match in re.finditer(COMMENT + r'(?:typedef int32_t (sw_\w+);\s*)?enum \{(.*?)\};', code, re.DOTALL):
        members = []
        for item in re.finditer(r'(SW_\w+)\s*=\s*(-?\d+)\s*,?\s*(/\*\*<.*?\*/)?', match[3], re.DOTALL):
            members.append((item[1], int(item[2]), one_line(tidy_comment(item[3] or ''))))
            constants[item[1]] = int(item[2])
        enums.append(Enum(match[2] or '', tidy_comment(match[1] or ''), members))
    handles = {m[2]: tidy_comment(m[1] or '') for m in re.finditer(COMMENT + r'typedef struct (sw_\w+) \2;', code)}
    structs = [Struct(m[2], tidy_comment(m[1] or ''), parse_fields(m[3], m[2], constants))
               for m in re.finditer(COMMENT + r'typedef struct (sw_\w+) \{(.*?)\} \2;', code, re.DOTALL)]
    callbacks = [Function(m[3], tidy_comment(m[1] or ''), parse_type(m[2], False)[0], parse_parameters(m[4]))
                 for m in re.finditer(COMMENT + r'typedef (\w+) \(\*(sw_\w+)\)\(([^)]*)\);', code)]
    functions = [Function(m[3], tidy_comment(m[1] or ''), parse_type(m[2], False)[0], parse_parameters(m[4]))
                 for m in re.finditer(COMMENT + r'SW_API ([\w* ]+?)\s*\b(sw_\w+)\(([^)]*)\);', code)]
    expect_all_read(code, enums, structs, callbacks, functions)
    header = Header(defines, enums, handles, structs, callbacks, functions)
    unnamed = re.findall(r'typedef int32_t (sw_\w+);', code)
    for name in sorted(set(unnamed) - header.enum_names()):
        raise ValueError(f'{name} is an int32_t without an enum right after it')
    return header


def expect_all_read(code, enums, structs, callbacks, functions):
    """Nothing of the header was passed over."""
    for what, pattern, found in (('enum', r'\benum \{', enums), ('struct', r'\btypedef struct \w+ \{', structs),
                                 ('callback', r'\btypedef [^;({]*\(\*', callbacks), ('function', r'\bSW_API\b', functions)):
        n = len(re.findall(pattern, code))
        if n != len(found):
            raise ValueError(f'the header has {n} of kind {what} and {len(found)} could be read: see generator/header.py')

