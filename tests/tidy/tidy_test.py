#!/usr/bin/env python3
"""tidy.py on trees made for it: a clean one has no finding, and each way to break a rule has exactly the one it should."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import tidy  # noqa: E402

COMMENT = '''/**
 * Does it.
 *
 * Ownership: none.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
'''

CLEAN = {
    'include/sidewinder/sidewinder.h': COMMENT + 'SW_API int sw_do(void);\n\n' + COMMENT.replace(
        ' * Ownership', ' * Shapes:    out (n,).\n * Ownership') + 'SW_API int sw_copy(float* out, size_t n_out);\n',
    'lib/base/status.h': '#include <string>\n// exit( in a comment and\nconst char* kText = "printf( in a string";\n',
    'lib/state/sequence.cc': '#include "model/model.h"\n#include "loader/checkpoint.h"\n#include "base/status.h"\n',
    'lib/backend/backend.cc': '#include "cpu/rows.h"\n#include "ops.h"\n',
    'lib/model/model.h': '#include "ops.h"\n',
    'lib/api/engine.cc': '#include "sidewinder/sidewinder.h"\nvoid f() { snprintf(b, 1, "x"); }\n',
    'kernels/ops.h': '#include <cstdint>\n',
    'kernels/cpu/rows.cc': '#include "cpu/ref/bind.h"\n#include "cpu/rows.h"\n',
    'kernels/cpu/avx2/bind.cc': '#include "cpu/avx2/bind.h"\n#include "cpu/rows.h"\n',
    'kernels/cpu/avx2/ssd.cc': '#include "cpu/avx2/vec.h"\n#include "cpu/simd/ssd.h"\n#include "ops.h"\n',
    'tools/main.cc': '#include "command.h"\n#include "sidewinder/sidewinder.h"\n#include <CLI/CLI.hpp>\n',
    'tools/command.h': '#pragma once\n',
    'tests/a_test.cc': 'int a() {\n' + '  call();\n' * 60 + '}\n',
}

LONG_FUNCTION = 'namespace sw {\nint too_long(int a) {\n' + '  call("}", \'{\', 1\'000);\n' * 70 + '}\n}  // namespace sw\n'
LONG_METHOD = 'class A {\n  void method() const noexcept {\n' + '    if (a) { b(); }\n' * 75 + '  }\n};\n'
LONG_CONSTRUCTOR = 'A::A(int a)\n    : a_(a),\n      b_(a) {\n' + '  b();\n' * 80 + '}\n'


class Tidy(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        for path, text in CLEAN.items():
            self.write(path, text)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding='utf-8')

    def expect(self, path, *parts):
        found = tidy.findings(self.root)
        self.assertEqual(len(found), 1, found)
        self.assertEqual(found[0][0], path)
        for part in parts:
            self.assertIn(part, found[0][2])

    def test_clean_tree_has_no_finding(self):
        self.assertEqual(tidy.findings(self.root), [])

    def test_includes(self):
        for path, text, part in [
                ('lib/base/bad.cc', '#include "state/sequence.h"\n', 'lib/state'),
                ('lib/loader/bad.cc', '#include "backend/backend.h"\n', 'lib/backend'),
                ('lib/tokenizer/bad.cc', '  #  include <model/model.h>\n', 'lib/model'),
                ('lib/model/bad.cc', '#include "complete/prompt.h"\n', 'lib/complete'),
                ('lib/state/bad.cc', '#include "tokenizer/tokenizer.h"\n', 'lib/tokenizer'),
                ('lib/model/bad.cc', '#include "cpu/rows.h"\n', 'kernels'),
                ('lib/state/bad.cc', '#include "ops.h"\n', 'kernels'),
                ('lib/complete/bad.cc', '#include "sidewinder/sidewinder.h"\n', 'public header'),
                ('lib/complete/bad.cc', '#include "prompt.h"\n', 'root of lib'),
                ('lib/extra/bad.cc', '', 'not a part'),
                ('kernels/ops.h', '#include "cpu/rows.h"\n', 'a kernel'),
                ('kernels/cpu/ref/bad.cc', '#include "base/status.h"\n', 'a kernel'),
                ('kernels/cpu/avx2/bad.cc', '#include "cpu/avx512/vec.h"\n', 'a kernel'),
                ('kernels/cpu/simd/bad.h', '#include "cpu/avx2/vec.h"\n', 'a kernel'),
                ('tools/bad.cc', '#include "base/status.h"\n', 'a client'),
                ('tools/bad.cc', '#include <state/sequence.h>\n', 'a client'),
                ('bindings/bad.c', '#include "ops.h"\n', 'a client')]:
            with self.subTest(path=path, text=text):
                before = self.root / path
                old = before.read_text(encoding='utf-8') if before.exists() else None
                self.write(path, text)
                self.expect(path, part)
                if old is None:
                    before.unlink()
                else:
                    self.write(path, old)

    def test_banned_calls(self):
        for call in ['std::getenv("A")', 'getenv ("A")', 'abort()', 'std::exit(1)', 'printf("x")', 'fprintf(stderr, "x")',
                     'std::cout << 1', 'std::cerr << 1', 'std::terminate()']:
            with self.subTest(call=call):
                self.write('lib/base/bad.cc', f'void f() {{ {call}; }}\n')
                self.expect('lib/base/bad.cc', 'the library does not')

    def test_lengths(self):
        for text, name in [(LONG_FUNCTION, 'too_long()'), (LONG_METHOD, 'method()'), (LONG_CONSTRUCTOR, 'A()'),
                           ('// line\n' * 601, 'the file')]:
            with self.subTest(name=name):
                self.write('lib/base/bad.cc', text)
                self.expect('lib/base/bad.cc', name)

    def test_long_list_may_only_shrink(self):
        self.write('lib/base/bad.cc', LONG_FUNCTION)
        n = LONG_FUNCTION.count('\n') - 2
        self.write('tests/tidy/long.txt', f'# why\nlib/base/bad.cc too_long {n}\n')
        self.assertEqual(tidy.findings(self.root), [])
        self.write('tests/tidy/long.txt', f'lib/base/bad.cc too_long {n + 1}\n')
        self.expect('lib/base/bad.cc', 'lower it')
        self.write('tests/tidy/long.txt', f'lib/base/bad.cc too_long {n - 1}\n')
        self.expect('lib/base/bad.cc', 'must not grow')
        self.write('lib/base/bad.cc', 'int too_long() {\n}\n')
        self.expect('lib/base/bad.cc', 'take it out')
        (self.root / 'lib/base/bad.cc').unlink()
        self.expect('tests/tidy/long.txt', 'is no more')

    def test_export_comments(self):
        header = 'include/sidewinder/sidewinder.h'
        for field in tidy.FIELDS:
            with self.subTest(field=field):
                lines = [line for line in COMMENT.splitlines() if f' {field}:' not in line]
                self.write(header, '\n'.join(lines) + '\nSW_API int sw_do(void);\n')
                self.expect(header, 'sw_do', field)
        self.write(header, COMMENT + 'SW_API int sw_copy(float* out, size_t n_out);\n')
        self.expect(header, 'sw_copy', 'Shapes')
        self.write(header, COMMENT + 'SW_API int sw_copy(const int32_t* ids,\n                    size_t n_ids);\n')
        self.expect(header, 'sw_copy', 'Shapes')
        self.write(header, COMMENT.replace(' * Does it.\n', '') + 'SW_API int sw_do(void);\n')
        self.expect(header, 'what it does')
        self.write(header, '// Does it.\nSW_API int sw_do(void);\n')
        self.expect(header, 'no comment')


if __name__ == '__main__':
    unittest.main()
