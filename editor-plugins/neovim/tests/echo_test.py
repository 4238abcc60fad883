#!/usr/bin/env python3
"""Typing 200 characters at 60 ms a key: how long until the terminal shows each, without the plugin's suggestions and with them.

Usage: echo_test.py NVIM PROGRAM
"""
import fcntl
import os
import pathlib
import pty
import select
import shutil
import statistics
import struct
import sys
import tempfile
import termios
import time

from screen import PLUGIN

KEY_S = 0.06
TEXT = ('value other total count ' * 9)[:200]
CODE = 'def add(a, b):\n    return a + b\n\n\n' * 500  # 2,000 lines


class Terminal:
    def __init__(self, nvim, program, enable):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sw-echo-'))
        (self.folder / 'a.py').write_text(CODE)
        (self.folder / 'init.lua').write_text(
            f"vim.opt.rtp:prepend('{PLUGIN}')\n"
            f"require('sidewinder').setup({{ server_path = '{program}', enable = {str(enable).lower()}, idle_unload_minutes = 0.05 }})\n")
        environment = dict(os.environ, TERM='xterm-256color', XDG_STATE_HOME=str(self.folder), XDG_RUNTIME_DIR=str(self.folder),
                           XDG_CACHE_HOME=str(self.folder))
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(nvim, [nvim, '-n', '--clean', '-u', str(self.folder / 'init.lua'), str(self.folder / 'a.py')], environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))

    def drain(self, seconds):
        """Reads for so long; the time of the first byte, None when there was none."""
        first, end = None, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                try:
                    os.read(self.fd, 65536)
                except OSError:  # Neovim ended
                    break
                first = first or time.perf_counter()
        return first

    def echo_ms(self, key):
        begin = time.perf_counter()
        os.write(self.fd, key.encode())
        first = self.drain(KEY_S)
        return (first - begin) * 1000 if first else KEY_S * 1000

    def close(self):
        os.write(self.fd, b'\x1b')
        self.drain(0.2)
        os.write(self.fd, b':qa!\r')
        self.drain(0.5)
        os.close(self.fd)
        os.waitpid(self.pid, 0)
        shutil.rmtree(self.folder, ignore_errors=True)


def measure(nvim, program, enable):
    terminal = Terminal(nvim, program, enable)
    try:
        terminal.drain(4)  # starts, loads the model
        os.write(terminal.fd, b'GA')
        terminal.drain(1)
        times = sorted(terminal.echo_ms(key) for key in TEXT)
    finally:
        terminal.close()
    return statistics.median(times), times[int(len(times) * 0.95)]


def main():
    nvim, program = map(os.path.abspath, sys.argv[1:3])
    if not os.access(nvim, os.X_OK):
        print(f'SKIPPED: {nvim} is not there; run editor-plugins/setup', file=sys.stderr)
        return 77
    without, with_it = measure(nvim, program, False), measure(nvim, program, True)
    for name, (p50, p95) in (('without suggestions', without), ('with suggestions', with_it)):
        print(f'key to echo {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms')
    # A machine that others use too: what must never be lost is the time of a key.
    if with_it[0] > without[0] + 10 or with_it[1] > without[1] + 40:
        print('typing is delayed', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
