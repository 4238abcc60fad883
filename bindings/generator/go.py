"""Writes the values (enums, records, options) of the Go package. Declarations are cgo's: it reads the header itself."""
from .names import NOT_OPTIONS, NOTICE, camel, is_ids, is_text, is_texts, sentence, shown, struct_doc, values_of

SCALARS = {'int32_t': 'int32', 'uint32_t': 'uint32', 'int64_t': 'int64', 'uint64_t': 'uint64', 'size_t': 'int', 'float': 'float32',
           'double': 'float64'}
INITIALS = {'Cpu': 'CPU', 'Cuda': 'CUDA', 'Eos': 'EOS', 'Bf16': 'BF16', 'Utf16': 'UTF16', 'Io': 'IO', 'Spm': 'SPM', 'Psm': 'PSM', 'Id': 'ID',
            'Ids': 'IDs', 'Ms': 'MS', 'Avx2': 'AVX2', 'Avx512': 'AVX512', 'Ok': 'OK'}


def public(name):
    """"bos_id" -> "BosID"."""
    return ''.join(INITIALS.get(word, word) for word in (w.capitalize() for w in name.lower().split('_')))


def doc(text, indent=''):
    return [f'{indent}// {line}'.rstrip() for line in text.split('\n')]


def c_name(name):
    return f'_{name}' if name in ('type', 'range', 'func', 'map') else name


def value_type(header, f):
    if f.flag:
        return 'bool'
    if is_text(f):
        return 'string'
    if is_texts(f):
        return '[]string'
    if is_ids(f):
        return '[]int32'
    if f.type.base in header.enum_names():
        return camel(f.type.base)
    base = SCALARS[f.type.base]
    return f'[{f.type.array}]{base}' if f.type.array else base


def fields(header, s):
    out = []
    for f in shown(s.fields):
        out += doc(f.doc, '\t') if f.doc else []
        out.append(f'\t{public(f.name)} {value_type(header, f)}')
    return out


def enum(e):
    name = camel(e.name)
    out = doc(sentence(f'{name}: {e.doc}', name)) + [f'type {name} int32', '', f'// Values of {name}.', 'const (']
    for short, value, text in values_of(e):
        out += doc(text, '\t') if text else []
        out.append(f'\t{name}{public(short)} {name} = {value}')
    out += [')', '', f'var names{name} = map[{name}]string{{']
    out += [f'\t{value}: "{short.lower()}",' for short, value, _ in values_of(e)]
    return out + ['}', '', f'// String gives the name of the value, or its number.', f'func (v {name}) String() string {{',
                  f'\treturn nameOf(names{name}[v], int32(v))', '}', '']


def record(header, s):
    name = camel(s.name)
    out = doc(f'{name}: {struct_doc(s, "what the library says")}') + [f'type {name} struct {{'] + fields(header, s) + ['}', '']
    out += [f'func read{name}(c *C.{s.name}) {name} {{', '\tvar out ' + name]
    for f in shown(s.fields):
        out += ['\t' + line for line in read(header, f)]
    return out + ['\treturn out', '}', '']


def read(header, f):
    value, to = f'c.{c_name(f.name)}', f'out.{public(f.name)}'
    if is_text(f):
        return [f'{to} = textOf({value}, c.{f.length})' if f.length else f'{to} = text({value})']
    if is_ids(f):
        return [f'{to} = append([]int32(nil), idsOf({value}, c.{f.length})...)']
    if f.type.array:
        return [f'for i, v := range {value} {{', f'\t{to}[i] = {SCALARS[f.type.base]}(v)', '}']
    if f.flag:
        return [f'{to} = {value} != 0']
    return [f'{to} = {value_type(header, f)}({value})']


def options(header, s):
    name = camel(s.name)
    nested = any(f.name == 'sampling' for f in s.fields)
    out = doc(f'{name}: {struct_doc(s, "options; zero and empty mean default")}') + [f'type {name} struct {{'] + fields(header, s)
    out += ['\t// How tokens are drawn.', '\tSampling SamplingOptions'] if nested else []
    extra = EXTRA.get(s.name, [])
    out += extra + ['}', '', f'func (o *{name}) fill(c *C.{s.name}, a *arena) {{', f'\t*c = C.{s.name}{{struct_size: C.sizeof_{s.name}}}']
    if any(f.name == 'run' for f in s.fields):
        out.append('\tc.run.struct_size = C.sizeof_sw_run_options')
    if nested:
        out.append('\to.Sampling.fill(&c.sampling, a)')
    for f in shown(s.fields):
        out += ['\t' + line for line in fill(header, f)]
    return out + ['}', '']


# Fields that are functions or objects of Go's own.
EXTRA = {
    'sw_engine_options': ['\t// Log receives messages, on any goroutine. It must not call back into the engine. nil: silence.',
                          '\tLog func(level LogLevel, text string)'],
    'sw_complete_options': ['\t// OnText gets each piece of candidate index as it comes, on a thread of the engine; false stops the candidate.',
                            '\tOnText func(index int, text string) bool'],
    'sw_context_query': ['\t// Edits are the changes that the user made lately, the newest last.', '\tEdits []RecentEdit',
                         '\t// Previous is kept while the query changes little; may be nil.', '\tPrevious *Context'],
}


def fill(header, f):
    value, to = f'o.{public(f.name)}', f'c.{c_name(f.name)}'
    if is_text(f) and f.length:
        return [f'{to}, c.{f.length} = a.bytes({value})']
    if is_text(f):
        return [f'{to} = a.text("{public(f.name)}", {value})']
    if is_texts(f):
        return [f'{to}, c.{f.length} = a.texts("{public(f.name)}", {value})']
    if f.flag:
        return [f'{to} = flag({value})']
    if f.type.base in header.enum_names():
        return [f'{to} = C.{f.type.base}({value})']
    return [f'{to} = C.{f.type.base}({value})']


def values(header):
    out = [f'// {NOTICE.replace("Generated from", "Code generated from").replace(" Do not edit.", "; DO NOT EDIT.").replace("generate.;", "generate;")}',
           '', 'package sidewinder', '', '// #include <sidewinder/sidewinder.h>', 'import "C"', '']
    for e in header.enums:
        if e.name:
            out += enum(e)
        else:
            out += ['// Bits and counts.', 'const (']
            for name, value, text in e.members:
                out += doc(text, '\t') if text else []
                out.append(f'\t{public(name.removeprefix("SW_"))} = {value}')
            out += [')', '']
    for s in header.records():
        out += record(header, s)
    for s in header.options():
        if s.name not in NOT_OPTIONS:
            out += options(header, s)
    return '\n'.join(out).rstrip('\n') + '\n'


def files(header):
    return {'bindings/go/values.go': values(header)}
