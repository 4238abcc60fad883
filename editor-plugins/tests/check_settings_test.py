#!/usr/bin/env python3
"""A table of settings that is none is told from one that is, and what is wrong is named.      check_settings_test.py"""
import copy
import importlib.machinery
import importlib.util
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

PLUGINS = pathlib.Path(__file__).resolve().parent.parent
CHECK = PLUGINS / 'check-settings'
TABLE = (PLUGINS / 'settings.json').read_text()
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_loader('check', importlib.machinery.SourceFileLoader('check', str(CHECK)))
check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check)


class Table(unittest.TestCase):
    def test_ours_is_one(self):
        self.assertEqual(check.problems_of(TABLE), [])

    def test_any_cut_of_it_is_none(self):
        cuts = random.Random(1)
        for _ in range(200):
            self.assertEqual(len(check.problems_of(TABLE.rstrip()[:cuts.randrange(len(TABLE.rstrip()))])), 1)

    def test_each_setting_with_another_value_of_anything_is_named(self):
        table = json.loads(TABLE)
        for index, setting in enumerate(table['settings']):
            for key in ('name', 'side', 'type', 'default', 'doc'):
                for value in (None, [None], {'x': None}):
                    changed = copy.deepcopy(table)
                    changed['settings'][index][key] = value
                    problems = check.problems_of(json.dumps(changed))
                    self.assertEqual(len(problems), 1, (setting['name'], key, value))
                    self.assertTrue(problems[0].startswith(f'settings[{index}] '), problems)

    def test_what_holds_settings_and_secrets_is_needed(self):
        for text in ('', '[]', '5', '{}', '{"settings": {}}', '{"settings": []}', '{"settings": [], "secrets": []}', '{"settings": [], "secrets": [5]}',
                     '{"settings": [], "secrets": ["*"]}', '{"settings": [], "secrets": ["*.[a-z]"]}'):
            self.assertTrue(check.problems_of(text), text)
        first = json.loads(TABLE)['settings'][0]
        self.assertIn('twice', check.problems_of(json.dumps({'secrets': ['x'], 'settings': [first, first]}))[0])

    def test_the_program_says_where_and_fails(self):
        with tempfile.NamedTemporaryFile('w', suffix='.json') as file:
            file.write(TABLE.replace('"settings": [', '"settings": [,', 1))
            file.flush()
            run = subprocess.run([sys.executable, CHECK, file.name], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, rf'{file.name}: .*line \d+ column \d+')


if __name__ == '__main__':
    unittest.main()
