#!/usr/bin/env python3
"""Ghost text on the screen of a real Neovim: shown, accepted in parts, cycled, dismissed, kept while typed; and what each key does without it.

Usage: screen_test.py NVIM server PROGRAM | screen_test.py NVIM embedded LIBRARY
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from screen import Screen

NVIM, MODE = sys.argv[1:3]
BINARY = os.path.abspath(sys.argv[3])
CODE = '''import os


def add(a, b):
    print(a + b)
    sum = a + b
    diff = a - b
    result =
'''
TYPED = '    result ='
GHOST_LINE = rf'^{TYPED}(.+)$'
FAKE = pathlib.Path(__file__).resolve().parent / 'three_lines.lua'
RUNTIME = tempfile.mkdtemp(prefix='sw-run-')


def servers():
    """The processes of the servers that these tests started."""
    found = []
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            arguments = (folder / 'cmdline').read_bytes().decode(errors='replace').split('\0')
            alive = (folder / 'stat').read_text().rsplit(')', 1)[1].split()[0] != 'Z'
        except OSError:
            continue
        if alive and '--daemon' in arguments and any(argument.startswith(RUNTIME) for argument in arguments):
            found.append(int(folder.name))
    return found


def settings(more=''):
    where = f"server_path = '{BINARY}'" if MODE == 'server' else f"library = '{BINARY}'"
    return f"{{ mode = '{MODE}', {where}, time_budget_ms = 5000, idle_unload_minutes = 0.05, {more} }}"


class GhostText(unittest.TestCase):
    def open(self, more='', text=CODE, name='a.py', before=''):
        environment = {'XDG_RUNTIME_DIR': RUNTIME, 'XDG_CACHE_HOME': RUNTIME}
        screen = Screen(NVIM, settings(more), text, name, before, environment)
        self.addCleanup(screen.close)
        return screen

    def suggest(self, screen):
        """Goes to the end of the text, and says what ghost text comes."""
        screen.wait('sidewinder: ready')
        screen.keys('G', 'A')
        return screen.wait(GHOST_LINE).group(1).rstrip()

    def line(self, screen):
        return screen.buffer()[-1]

    def test_is_shown_grey_and_accepted_by_tab(self):
        screen = self.open(before='vim.o.termguicolors = true')
        ghost = self.suggest(screen)
        self.assertEqual(self.line(screen), TYPED, 'ghost text is not in the buffer')
        screen.wait(re.escape(TYPED + ghost))
        coloured = next(line for line in screen.text(colours=True).splitlines() if 'result' in line)
        self.assertRegex(coloured, r'=\x1b\[[0-9;]*m', 'ghost text has a colour of its own')
        screen.keys('Tab')
        screen.wait_until(lambda: self.line(screen).startswith(TYPED + ghost[:3]), 'not accepted')

    def test_word_by_word_is_the_same_as_all(self):
        screen = self.open()
        ghost = self.suggest(screen)
        screen.keys('M-Right')
        screen.wait_until(lambda: len(self.line(screen)) > len(TYPED), 'no word accepted')
        part = self.line(screen)
        self.assertTrue((TYPED + ghost).startswith(part), part)
        self.assertLess(len(part), len(TYPED + ghost))
        screen.wait(re.escape(TYPED + ghost))  # the rest is shown still
        screen.keys('M-Right')
        screen.wait_until(lambda: len(self.line(screen)) > len(part), 'no second word accepted')

    def test_a_line_of_several(self):
        screen = self.open("multiline = 'always', keymaps = { accept_line = '<C-l>' },", text='')
        screen.wait('sidewinder: ready')
        screen.lua(f"dofile([[{FAKE}]])")
        screen.keys('i')
        screen.type('x')
        screen.wait(r'^xone\n  two\nthree')
        self.assertEqual(screen.buffer(), ['x'])
        screen.keys('Escape')
        screen.wait_gone('INSERT')
        screen.keys('A')
        screen.wait(r'^xone\n  two\nthree')
        screen.keys('C-l')
        screen.wait_until(lambda: screen.buffer()[0] == 'xone', 'no line accepted')
        screen.keys('C-l')
        screen.wait_until(lambda: screen.buffer()[:2] == ['xone', '  two'], 'no second line accepted')

    def test_typing_what_is_shown_keeps_it(self):
        screen = self.open()
        ghost = self.suggest(screen)
        typed = TYPED + ghost[:2]
        screen.type(ghost[:2])
        screen.wait(re.escape(TYPED + ghost))
        self.assertEqual(self.line(screen), typed)

    def test_dismiss_and_ask_again(self):
        screen = self.open()
        self.suggest(screen)
        screen.keys('C-]')
        screen.wait_gone(GHOST_LINE)
        screen.keys('M-\\')
        screen.wait(GHOST_LINE)

    def test_several_candidates(self):
        screen = self.open('candidates = 4,')
        self.suggest(screen)
        screen.keys('M-]')
        first = screen.wait(r'^(.*\S) +\(1/(\d)\)')
        screen.keys('M-]')
        second = screen.wait(r'^(.*\S) +\(2/\d\)')
        self.assertNotEqual(first.group(1), second.group(1))
        screen.keys('M-[')
        screen.wait(r'\(1/\d\)')

    def test_tab_is_what_it_was_without_ghost_text(self):
        before = "vim.keymap.set('i', '<Tab>', function() vim.api.nvim_paste('[mine]', false, -1) end)\n"
        screen = self.open('auto_trigger = false,', before=before)
        screen.wait('sidewinder: ready')
        screen.keys('G', 'A')
        screen.keys('Tab')
        screen.wait(r'result =\[mine\]')

    def test_tab_of_another_plugin_comes_back(self):
        before = ("vim.api.nvim_create_autocmd('BufEnter', { callback = function() vim.keymap.set('i', '<Tab>',"
                  " function() vim.api.nvim_paste('[cmp]', false, -1) end, { buffer = true }) end })\n")
        screen = self.open(before=before)
        self.suggest(screen)
        screen.keys('Tab')
        screen.wait_until(lambda: len(self.line(screen)) > len(TYPED), 'not accepted')
        self.assertNotIn('[cmp]', '\n'.join(screen.buffer()))
        screen.lua('require("sidewinder").disable() or true')
        screen.keys('Tab')
        screen.wait(r'\[cmp\]')

    def test_hides_behind_a_menu(self):
        screen = self.open(before="vim.o.completeopt = 'menuone,noselect'")
        ghost = self.suggest(screen)
        screen.type(ghost[:2])
        screen.wait(re.escape(TYPED + ghost))
        screen.keys('C-x', 'C-n')
        screen.wait_gone(re.escape(TYPED + ghost))
        self.assertEqual(screen.lua('vim.fn.pumvisible()'), '1')
        screen.keys('C-e')
        screen.wait(re.escape(TYPED + ghost))

    def test_nothing_for_a_secret_file(self):
        screen = self.open(name='.env')
        screen.wait('sidewinder: off')
        screen.keys('G', 'A')
        screen.wait('-- INSERT --')
        screen.keys('M-\\')
        screen.command('Sidewinder')
        screen.wait('usually hold secrets')
        self.assertRegex(screen.text(), 'sidewinder: off')

    @unittest.skipIf(MODE == 'embedded', 'there is no server to record')
    def test_nothing_of_a_secret_file_is_sent(self):
        record, recorder = pathlib.Path(RUNTIME) / 'record', pathlib.Path(RUNTIME) / 'recorder'
        recorder.write_text(f"#!/bin/sh\ntee -a '{record}' | '{BINARY}' \"$@\"\n")
        recorder.chmod(0o755)
        environment = {'XDG_RUNTIME_DIR': RUNTIME, 'XDG_CACHE_HOME': RUNTIME}
        screen = Screen(NVIM, settings().replace(BINARY, str(recorder)), 'TOKEN=1\n', '.env', '', environment)
        self.addCleanup(screen.close)
        screen.wait('sidewinder: off')
        screen.keys('A')
        screen.wait('-- INSERT --')
        screen.type('SECRET')
        screen.keys('M-\\')
        screen.command('edit! other.py')
        screen.wait('sidewinder: ready')
        screen.keys('i')
        screen.type('import ')
        screen.wait_until(lambda: record.exists() and 'inlineCompletion"' in record.read_text(), 'nothing was recorded')
        sent = record.read_text()
        self.assertIn('other.py', sent)
        for secret in ('TOKEN', 'SECRET', '.env"'):
            self.assertNotIn(secret, sent)

    @unittest.skipIf(MODE == 'embedded', 'there is no server')
    def test_a_killed_server_is_replaced_while_one_types(self):
        screen = self.open()
        typed = ' os.path.'
        self.assertFalse(self.suggest(screen).startswith(typed), 'the rest would need no server')
        killed = servers()
        self.assertEqual(len(killed), 1)
        os.kill(killed[0], signal.SIGKILL)
        screen.type(typed)
        screen.wait(rf'^{re.escape(TYPED + typed)}(.+)$')
        self.assertEqual(self.line(screen), TYPED + typed, 'what was typed is there')
        self.assertTrue(set(servers()) - set(killed), 'another server')

    def test_commands_and_health(self):
        screen = self.open()
        screen.wait('sidewinder: ready')
        screen.command('Sidewinder disable')
        screen.wait('sidewinder: off')
        screen.command('Sidewinder enable')
        screen.wait('sidewinder: ready')
        screen.command('checkhealth sidewinder')
        screen.wait(r'OK.*version|OK.*sidewinder')
        self.assertNotIn('ERROR', screen.text())


def tearDownModule():
    shutil.rmtree(RUNTIME, ignore_errors=True)


def skip(why):
    print(f'SKIPPED: {why}', file=sys.stderr)
    sys.exit(77)


if __name__ == '__main__':
    if not os.access(NVIM, os.X_OK):
        skip(f'{NVIM} is not there; run editor-plugins/setup')
    if not shutil.which('tmux'):
        skip('tmux is not there; run editor-plugins/setup')
    if not pathlib.Path(BINARY).exists():
        skip(f'{BINARY} is not built')
    print(subprocess.run([NVIM, '--version'], capture_output=True, text=True).stdout.splitlines()[0])
    unittest.main(argv=[sys.argv[0]] + sys.argv[4:], verbosity=2)
