"""What the generators of all languages share: names, and what a field of a struct means to a caller."""
from .header import one_line

NOTICE = 'Generated from include/sidewinder/sidewinder.h by bindings/generate. Do not edit.'

# Fields that are handles, callbacks or the business of C: each binding has its own form of them.
BY_HAND = {'struct_size', 'user', 'log', 'log_user', 'allocator', 'cancel', 'progress', 'progress_user', 'on_text', 'on_done', 'run',
           'sampling', 'edits', 'n_edits', 'previous'}

# Options that a binding takes as arguments of its own.
NOT_OPTIONS = {'sw_allocator', 'sw_run_options', 'sw_document', 'sw_recent_edit'}


def camel(name):
    """"sw_fill_mode" -> "FillMode"."""
    return ''.join(word.capitalize() for word in name.removeprefix('sw_').split('_'))


def member_prefix(enum):
    """What the names of an enum have in common: "SW_DEVICE_"."""
    names = [name for name, _, _ in enum.members]
    if enum.name == 'sw_status':
        return 'SW_'
    prefix = names[0]
    while not all(name.startswith(prefix) for name in names) or not prefix.endswith('_'):
        prefix = prefix[:-1]
    return prefix


def values_of(enum):
    """(short name, value, doc): ("CPU", 0, "the default")."""
    prefix = member_prefix(enum)
    for name, value, doc in enum.members:
        short = name.removeprefix(prefix)
        yield (short.removeprefix('E_') if enum.name == 'sw_status' else short), value, doc


def shown(fields):
    """The fields that a caller sees, lengths folded into what they measure. A whole prompt's length stays: it is a figure of its own."""
    return [f for f in fields if f.name not in BY_HAND and (not f.length_of or f.name == 'prompt_tokens')]


def is_text(field):
    return field.type.base == 'char' and field.type.pointers == 1


def is_texts(field):
    return field.type.base == 'char' and field.type.pointers == 2


def is_ids(field):
    return field.type.base == 'int32_t' and field.type.pointers == 1


def sentence(text, fallback):
    """A comment as a line of documentation: it begins with a capital and ends in a full stop."""
    text = one_line(text) or fallback
    return text[:1].upper() + text[1:] + ('' if text.endswith(('.', '!')) else '.')


def struct_doc(struct, what):
    return sentence(struct.doc, f'{what} of the C struct `{struct.name}`')
