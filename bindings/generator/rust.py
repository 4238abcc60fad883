"""Writes the declarations of sidewinder-sys and the values (enums, records, options) of the safe crate."""
from .names import NOT_OPTIONS, NOTICE, camel, is_ids, is_text, is_texts, sentence, shown, struct_doc, values_of

SCALARS = {'int32_t': 'i32', 'uint32_t': 'u32', 'int64_t': 'i64', 'uint64_t': 'u64', 'size_t': 'usize', 'float': 'f32', 'double': 'f64',
           'char': 'c_char', 'void': 'c_void'}
KEYWORDS = {'type', 'match', 'move', 'ref', 'use', 'fn', 'mod', 'in', 'loop', 'where'}


def safe_name(name):
    return f'r#{name}' if name in KEYWORDS else name


def doc(text, indent=''):
    return [f'{indent}/// {line}'.rstrip() for line in text.replace('[', '\\[').replace(']', '\\]').split('\n')]


def ffi_type(kind):
    base = SCALARS.get(kind.base, kind.base)
    if kind.pointers == 0:
        return f'[{base}; {kind.array}]' if kind.array else base
    first = '*const ' if kind.const else '*mut '
    return (('*const ' if kind.const else '*mut ') + first if kind.pointers == 2 else first) + base


def signature(function):
    parameters = ', '.join(f'{safe_name(p.name)}: {ffi_type(p.type)}' for p in function.parameters)
    plain = function.result.base == 'void' and not function.result.pointers
    return f'({parameters})' + ('' if plain else f' -> {ffi_type(function.result)}')


def struct_field_type(field):
    if field.function:
        return f'Option<unsafe extern "C" fn{signature(field.function)}>'
    return ffi_type(field.type)


def zero(header, field):
    kind = field.type
    if field.name == 'struct_size':
        return 'core::mem::size_of::<Self>()'
    if field.function or any(c.name == kind.base for c in header.callbacks):
        return 'None'
    if kind.pointers:
        return 'core::ptr::null()' if kind.const else 'core::ptr::null_mut()'
    if header.struct(kind.base):
        return f'{kind.base}::INIT'
    one = '0.0' if kind.base in ('float', 'double') else '0'
    return f'[{one}; {kind.array}]' if kind.array else one


def sys_struct(header, s):
    out = doc(struct_doc(s, 'The fields')) + ['#[repr(C)]', '#[derive(Clone, Copy)]', f'pub struct {s.name} {{']
    for f in s.fields:
        out += doc(sentence(f.doc, f'`{f.name}` of the C struct'), '    ')
        out.append(f'    pub {safe_name(f.name)}: {struct_field_type(f)},')
    out += ['}', '', f'impl {s.name} {{', '    /// All defaults.', '    pub const INIT: Self = Self {']
    out += [f'        {safe_name(f.name)}: {zero(header, f)},' for f in s.fields] + ['    };', '}', '']
    return out


def declarations(header):
    out = [f'// {NOTICE}', '', 'use core::ffi::c_void;', 'use std::os::raw::c_char;', '']
    out += ['/// Major version of the header.', f'pub const SW_API_MAJOR: u32 = {header.defines["SW_API_MAJOR"]};',
            '/// Minor version of the header.', f'pub const SW_API_MINOR: u32 = {header.defines["SW_API_MINOR"]};', '']
    for e in header.enums:
        if e.name:
            out += doc(sentence(e.doc, e.name)) + [f'pub type {e.name} = i32;']
        for name, value, text in e.members:
            out += doc(sentence(text, f'`{name}`')) + [f'pub const {name}: {e.name or "u32"} = {value};']
        out.append('')
    for name, text in header.handles.items():
        out += doc(text or f'Opaque: `{name}`.') + ['#[repr(C)]', f'pub struct {name} {{', '    _opaque: [u8; 0],',
                                                     '    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,', '}', '']
    for c in header.callbacks:
        out += doc(c.doc) + [f'pub type {c.name} = Option<unsafe extern "C" fn{signature(c)}>;', '']
    for s in header.structs:
        out += sys_struct(header, s)
    out += ['extern "C" {']
    for f in header.functions:
        out += doc(f.doc, '    ') + [f'    pub fn {f.name}{signature(f)};', '']
    return '\n'.join(out[:-1] + ['}']) + '\n'


def layout(header):
    out = [f'//! Says what this compiler makes of the declarations, in the words of bindings/conformance/layout.c. {NOTICE}', '',
           'use sidewinder_sys::*;', '', 'fn size_of_target<T>(_: *const T) -> usize {', '    std::mem::size_of::<T>()', '}', '',
           'macro_rules! layout {', '    ($name:ident: $($field:ident)*) => {', '        let value = std::mem::MaybeUninit::<$name>::uninit();',
           '        println!("{} {}", stringify!($name), std::mem::size_of::<$name>());', '        $(',
           '            // SAFETY: the address alone is taken.',
           '            let field = unsafe { std::ptr::addr_of!((*value.as_ptr()).$field) };',
           '            let offset = field as usize - value.as_ptr() as usize;',
           '            println!("{}.{} {} {}", stringify!($name), stringify!($field).trim_start_matches("r#"), offset, size_of_target(field));',
           '        )*', '    };', '}', '', 'fn main() {']
    for s in header.structs:
        out.append(f'    layout!({s.name}: {" ".join(safe_name(f.name) for f in s.fields)});')
    out += [f'    println!("{n} {{}}", {n});' for e in header.enums for n, _, _ in e.members] + ['}']
    return '\n'.join(out) + '\n'


def value_type(header, f):
    if f.flag:
        return 'bool'
    if is_text(f):
        return 'String'
    if is_texts(f):
        return 'Vec<String>'
    if is_ids(f):
        return 'Vec<i32>'
    if f.type.base in header.enum_names():
        return camel(f.type.base)
    base = SCALARS[f.type.base]
    return f'[{base}; {f.type.array}]' if f.type.array else base


def feature(name):
    return ['#[cfg(feature = "workspace")]'] if 'workspace' in name or 'context' in name else []


def record(header, s):
    name = camel(s.name)
    out = doc(struct_doc(s, 'What the library says: the fields')) + feature(s.name)
    out += ['#[derive(Clone, Debug, PartialEq)]', '#[non_exhaustive]', f'pub struct {name} {{']
    for f in shown(s.fields):
        out += doc(sentence(f.doc, f'`{f.name}`'), '    ') + [f'    pub {f.name}: {value_type(header, f)},']
    out += ['}', ''] + feature(s.name) + [f'impl {name} {{', '    // SAFETY: the pointers of `c` are as the library filled them in.',
                                          f'    pub(crate) unsafe fn read(c: &sys::{s.name}) -> {name} {{', f'        {name} {{']
    out += [f'            {f.name}: {read(header, f)},' for f in shown(s.fields)]
    return out + ['        }', '    }', '}', '']


def read(header, f):
    value = f'c.{f.name}'
    if is_text(f):
        return f'convert::text_of({value}, c.{f.length})' if f.length else f'convert::text({value})'
    if is_ids(f):
        return f'convert::slice_of({value}, c.{f.length}).to_vec()'
    if f.flag:
        return f'{value} != 0'
    if f.type.base in header.enum_names():
        return f'{camel(f.type.base)}({value})'
    return value


def options(header, s):
    name = camel(s.name)
    fields = shown(s.fields)
    nested = any(f.name == 'sampling' for f in s.fields)
    out = doc(struct_doc(s, 'Options; zero and empty mean default')) + feature(s.name)
    out += ['#[derive(Clone, Debug, Default, PartialEq)]', f'pub struct {name} {{']
    for f in fields:
        out += doc(sentence(f.doc, f'`{f.name}`'), '    ') + [f'    pub {f.name}: {value_type(header, f)},']
    if nested:
        out += ['    /// How tokens are drawn.', '    pub sampling: SamplingOptions,']
    keep = 'keep' if any(is_text(f) and not f.length or is_texts(f) for f in fields) else '_keep'
    if nested:
        keep = 'keep'
    out += ['}', ''] + feature(s.name) + [f'impl {name} {{',
            f'    pub(crate) fn fill(&self, c: &mut sys::{s.name}, {keep}: &mut Keep) -> Result<(), Error> {{']
    for f in fields:
        out += ['        ' + line for line in fill(header, s, f)]
    if nested:
        out.append('        self.sampling.fill(&mut c.sampling, keep)?;')
    return out + ['        Ok(())', '    }', '}', '']


def fill(header, s, f):
    value = f'self.{f.name}'
    if is_text(f) and f.length:
        return [f'c.{f.name} = {value}.as_ptr().cast();', f'c.{f.length} = {value}.len();']
    if is_text(f):
        return [f'c.{f.name} = keep.text("{f.name}", &{value})?;']
    if is_texts(f):
        return [f'c.{f.name} = keep.texts("{f.name}", &{value})?;', f'c.{f.length} = {value}.len();']
    if f.flag:
        return [f'c.{f.name} = i32::from({value});']
    return [f'c.{f.name} = {value}' + ('.0;' if f.type.base in header.enum_names() else ';')]


def open_enum(e):
    out = ['open_enum! {'] + doc(sentence(e.doc, camel(e.name)), '    ') + [f'    {camel(e.name)} {{']
    for short, value, text in values_of(e):
        out += doc(sentence(text, f'`{short}`'), '        ') + [f'        {short} = {value},']
    return out + ['    }', '}', '']


def values(header):
    out = [f'//! Enums, records and options of the C API. {NOTICE}', '', 'use crate::convert::{self, Keep};', 'use crate::error::Error;',
           'use sidewinder_sys as sys;', '']
    for e in header.enums:
        if e.name:
            out += open_enum(e)
        else:
            for name, value, text in e.members:
                out += doc(sentence(text, f'`{name}` of the C API')) + [f'pub const {name.removeprefix("SW_")}: u32 = {value};']
            out.append('')
    for s in header.records():
        out += record(header, s)
    for s in header.options():
        if s.name not in NOT_OPTIONS:
            out += options(header, s)
    return '\n'.join(out).rstrip('\n') + '\n'


def files(header):
    return {'bindings/rust/sidewinder-sys/src/declarations.rs': declarations(header),
            'bindings/rust/sidewinder-sys/examples/layout.rs': layout(header),
            'bindings/rust/sidewinder/src/values.rs': values(header)}
