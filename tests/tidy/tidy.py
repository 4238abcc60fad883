#!/usr/bin/env python3
"""The rules of the house that a machine can check: the include graph, lengths, comments on exports, calls the library must not make.

Usage: tidy.py ROOT      prints one finding a line, "path:line: text"; exit status 1 when there is any.

Lengths ratchet: tests/tidy/long.txt lists what was too long when it was written, as "path lines" or "path function lines". An entry
must equal the truth, so it can be lowered and taken out, and nothing can grow.
"""
import pathlib
import re
import sys

FILE_LINES = 600
FUNCTION_LINES = 70

# part -> parts that it may use; what those use it may use too.
PARTS = {
    'base': [],
    'tokenizer': ['base'],
    'loader': ['base'],
    'backend': ['base'],
    'model': ['backend', 'loader'],
    'state': ['model'],
    'context': ['tokenizer'],
    'complete': ['context', 'tokenizer', 'state', 'model'],
    'api': ['complete'],
}
# Headers of kernels/ by who may see them: the seam, the law of drawing, and the list of rows for those who bind them or name their
# bits.
KERNEL_HEADERS = {'backend': {'ops.h', 'cpu/rows.h', 'device.h'}, 'model': {'ops.h', 'device.h', 'draw.h'}, 'state': {'draw.h'},
                  'complete': {'draw.h'}, 'api': {'cpu/rows.h'}}
PUBLIC = 'sidewinder/sidewinder.h'
# Rows may share the templates of cpu/simd, which each row compiles for itself.
ROW_SHARED = 'cpu/simd/'

BANNED = re.compile(r'\b(getenv|secure_getenv|setenv|abort|exit|_exit|quick_exit|printf|fprintf|vprintf|puts|putchar|system|setlocale)'
                    r'\s*\(|\bstd::(cout|cerr|clog|terminate|locale::global)\b')
# "path: call" of those that are right where they are.
BANNED_ALLOWED = set()

FIELDS = ['Ownership', 'Errors', 'Threads', 'Since']
SOURCES = ('.h', '.cc', '.c', '.cu', '.cuh')


def closure(part):
    seen, todo = set(), [part]
    while todo:
        for used in PARTS.get(todo.pop(), []):
            if used not in seen:
                seen.add(used)
                todo.append(used)
    return seen


def sources(root, folder):
    base = root / folder
    if not base.is_dir():
        return []
    return sorted(p for p in base.rglob('*') if p.suffix in SOURCES and p.is_file() and 'node_modules' not in p.parts)


def strip(text, keep_strings=False):
    """Comments, and strings unless asked to keep them, as blanks; lines stay where they are."""
    def blank(match):
        found = match.group(0)
        if found.startswith('/'):
            return re.sub(r'[^\n]', ' ', found)
        if keep_strings:
            return found
        return found[0] + re.sub(r'[^\n]', ' ', found[1:-1]) + found[-1]
    pattern = r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    # A digit separator is no character literal.
    text = re.sub(r'(?<=[0-9a-fA-F])\'(?=[0-9a-fA-F])', ' ', text)
    return re.sub(pattern, blank, text, flags=re.DOTALL)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def includes(text):
    """(line, header, quoted) of each include."""
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', strip(text, keep_strings=True), re.MULTILINE):
        yield line_of(text, match.start()), match.group(2), match.group(1) == '"'


def check_lib_includes(root):
    for path in sources(root, 'lib'):
        relative = path.relative_to(root).as_posix()
        part = path.relative_to(root / 'lib').parts[0]
        if part not in PARTS:
            yield relative, 1, f'lib/{part} is not a part that the house knows'
            continue
        allowed = closure(part) | {part}
        for line, header, quoted in includes(path.read_text(encoding='utf-8')):
            first = header.split('/')[0]
            if header == PUBLIC:
                if part != 'api':
                    yield relative, line, 'only lib/api includes the public header'
            elif first in PARTS and '/' in header:
                if first not in allowed:
                    yield relative, line, f'lib/{part} must not include lib/{first} ({header})'
            elif header in ('ops.h', 'device.h', 'draw.h') or header.startswith('cpu/') or header.startswith('cuda/') or header.startswith('kernels/'):
                if header not in KERNEL_HEADERS.get(part, set()):
                    yield relative, line, f'lib/{part} must not include the kernels\' {header}'
            elif quoted:
                yield relative, line, f'"{header}" is not written from the root of lib/'


# A row that only adds instructions to another one's vectors.
ROW_VECTORS = {'cpu/avx_vnni/': ['cpu/avx2/vec.h'], 'cpu/avx512_vnni/': ['cpu/avx512/vec.h'],
               'cpu/amx_int8/': ['cpu/avx512/vec.h', 'cpu/avx512_vnni/dot.h', 'emulated_tiles.h'],
               'cpu/amx_bf16/': ['cpu/avx512/vec.h', 'cpu/amx_int8/tiles.h'],
               'cpu/neon_dot/': ['cpu/neon/vec.h']}


def check_kernel_includes(root):
    for path in sources(root, 'kernels'):
        relative = path.relative_to(root).as_posix()
        inside = path.relative_to(root / 'kernels')
        row = inside.parts[0] + '/' + inside.parts[1] + '/' if len(inside.parts) > 2 else None
        if inside.parts[0] == 'cuda':
            row = 'cuda/'
        for line, header, quoted in includes(path.read_text(encoding='utf-8')):
            if not quoted:
                continue
            if header in ('ops.h', 'packed.h', 'device.h', 'draw.h'):
                continue
            if header in ROW_VECTORS.get(row, []):
                continue
            if row is None or row == ROW_SHARED:
                # ops.h itself uses nothing; what binds the rows sees their bind.h; shared templates see each other.
                if inside.as_posix() != 'ops.h' and (header.endswith('/bind.h') or header.endswith('rows.h') or
                                                     (row == ROW_SHARED and header.startswith(ROW_SHARED))):
                    continue
            elif header.startswith(row) or header.startswith(ROW_SHARED):
                continue
            elif inside.name == 'bind.cc' and header == 'cpu/rows.h':  # the name of the row
                continue
            yield relative, line, f'a kernel includes ops.h and its own row only, not {header}'


def check_client_includes(root):
    for folder in ('tools', 'bindings', 'editor-plugins'):
        for path in sources(root, folder):
            relative = path.relative_to(root).as_posix()
            for line, header, quoted in includes(path.read_text(encoding='utf-8')):
                if header == PUBLIC or header.startswith('<'):
                    continue
                own = (path.parent / header).is_file() or (root / folder / header).is_file()
                if header.split('/')[0] in PARTS and '/' in header or header == 'ops.h' or header.startswith('cpu/'):
                    yield relative, line, f'a client includes the public header only, not {header}'
                elif quoted and not own and header != '_cgo_export.h':  # cgo writes it while it builds
                    yield relative, line, f'a client includes the public header only, not "{header}"'


def functions(text):
    """(name, first line, last line) of each function body at namespace or class level."""
    code = strip(text)
    code = re.sub(r'^[ \t]*#[^\n]*(\\\n[^\n]*)*', lambda m: re.sub(r'[^\n]', ' ', m.group(0)), code, flags=re.MULTILINE)
    stack, head = [], 0
    for match in re.finditer(r'[{};]', code):
        c, at = match.group(0), match.start()
        inside_code = any(kind != 'scope' for kind, _, _ in stack)
        if c == '{':
            text_before = code[head:at]
            if inside_code:
                stack.append(('block', '', at))
            elif re.search(r'\b(namespace|class|struct|union|enum|extern)\b[^()]*$', text_before) and not text_before.rstrip().endswith('='):
                stack.append(('scope', '', at))
            elif '(' in text_before and not text_before.rstrip().endswith('='):
                name = re.findall(r'([~\w]+)\s*\(', text_before)
                name = [n for n in name if n not in ('template', 'requires', '__attribute__', 'decltype', 'alignas')] or ['?']
                stack.append(('function', name[0], head + len(text_before) - len(text_before.lstrip())))
            else:
                stack.append(('block', '', at))
            head = at + 1
        elif c == '}':
            if stack:
                kind, name, begin = stack.pop()
                if kind == 'function':
                    yield name, line_of(code, begin), line_of(code, at)
            head = at + 1
        else:
            head = at + 1


def read_allowed(root):
    allowed = {}
    path = root / 'tests' / 'tidy' / 'long.txt'
    if path.is_file():
        for line in path.read_text(encoding='utf-8').splitlines():
            words = line.split()
            if words and not words[0].startswith('#'):
                allowed[tuple(words[:-1])] = int(words[-1])
    return allowed


def check_lengths(root):
    allowed = read_allowed(root)
    used = set()

    def judge(key, n, limit, what):
        if key in allowed:
            used.add(key)
            if n <= limit:
                return f'{what} has {n} lines, within the {limit}: take it out of long.txt'
            if n != allowed[key]:
                return f'{what} has {n} lines and long.txt says {allowed[key]}: ' + ('lower it' if n < allowed[key] else 'it must not grow')
            return None
        return f'{what} has {n} lines; at most {limit}' if n > limit else None

    for folder in ('include', 'lib', 'kernels', 'tools', 'tests', 'bindings'):
        for path in sources(root, folder):
            relative = path.relative_to(root).as_posix()
            text = path.read_text(encoding='utf-8')
            if relative != 'include/' + PUBLIC:  # one header by design: the whole public API
                finding = judge((relative,), text.count('\n'), FILE_LINES, 'the file')
                if finding:
                    yield relative, 1, finding
            for name, first, last in functions(text):
                finding = judge((relative, name), last - first + 1, FUNCTION_LINES, f'{name}()')
                if finding:
                    yield relative, first, finding
    for key in sorted(set(allowed) - used):
        yield 'tests/tidy/long.txt', 1, f'{" ".join(key)} is no more: take it out'


def exports(header_text):
    """(line, comment, declaration, name) of each exported function."""
    code = strip(header_text)
    for match in re.finditer(r'^SW_API\b([^;{]*)\)\s*;', code, re.MULTILINE):
        declaration = ' '.join(match.group(0).split())
        name = re.search(r'(\w+)\s*\(', declaration).group(1)
        before = header_text[:match.start()].rstrip()
        comment = ''
        if before.endswith('*/'):
            comment = before[before.rfind('/*'):]
        yield line_of(code, match.start()), comment, declaration, name


def check_export_comments(root):
    path = root / 'include' / PUBLIC
    if not path.is_file():
        return
    for line, comment, declaration, name in exports(path.read_text(encoding='utf-8')):
        where = path.relative_to(root).as_posix()
        if not comment.startswith('/**'):
            yield where, line, f'{name} has no comment'
            continue
        fields = list(FIELDS)
        if re.search(r'(float|int32_t)\s*\*\s*\w+\s*,', declaration) and 'size_t' in declaration or \
                re.search(r'float\s*\*\s*\w+\s*\)', declaration):
            fields.insert(0, 'Shapes')
        for field in fields:
            if not re.search(rf'^ \* {field}:\s+\S', comment, re.MULTILINE):
                yield where, line, f'{name}: the comment says nothing of {field}'
        if not re.search(r'^ \* (?!\w+:\s)\S', comment, re.MULTILINE):
            yield where, line, f'{name}: the comment does not say what it does'


def check_banned(root):
    for path in sources(root, 'lib') + sources(root, 'kernels'):
        relative = path.relative_to(root).as_posix()
        code = strip(path.read_text(encoding='utf-8'))
        for match in BANNED.finditer(code):
            call = match.group(1) or match.group(2)
            if f'{relative}: {call}' not in BANNED_ALLOWED:
                yield relative, line_of(code, match.start()), f'{call}: the library does not print, end the process or read the environment'


CHECKS = [check_lib_includes, check_kernel_includes, check_client_includes, check_lengths, check_export_comments, check_banned]


def findings(root):
    return [finding for check in CHECKS for finding in check(root)]


def main():
    root = pathlib.Path(sys.argv[1])
    if not (root / 'lib').is_dir() or not (root / 'include').is_dir():
        print(f'{root}: not the root of the source tree', file=sys.stderr)
        return 2
    found = findings(root)
    for path, line, text in found:
        print(f'{path}:{line}: {text}')
    print(f'{len(found)} findings')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
