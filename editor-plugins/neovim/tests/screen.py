"""A terminal with an editor in it: keys go in, the screen comes out."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PLUGIN = HERE.parent


class Terminal:
    """A terminal with a program in it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sw-term-'))
        self.socket = str(self.folder / 'tmux')

    def start(self, command, environment, width=80, height=16):
        env = dict(os.environ, XDG_STATE_HOME=str(self.folder), **environment)
        env.pop('TMUX', None)
        subprocess.run(['tmux', '-S', self.socket, '-f', '/dev/null', 'new-session', '-d', '-x', str(width), '-y', str(height), command],
                       check=True, env=env, stdin=subprocess.DEVNULL)
        subprocess.run(['tmux', '-S', self.socket, 'set-option', '-s', 'escape-time', '0'], check=True)

    def keys(self, *keys):
        subprocess.run(['tmux', '-S', self.socket, 'send-keys', *keys], check=True)

    def type(self, text):
        subprocess.run(['tmux', '-S', self.socket, 'send-keys', '-l', text], check=True)

    def text(self, colours=False):
        more = ['-e'] if colours else []
        return subprocess.run(['tmux', '-S', self.socket, 'capture-pane', '-p', *more], check=True, capture_output=True, text=True).stdout

    def wait(self, pattern, seconds=30):
        """The match, as soon as the screen has one."""
        return self.wait_until(lambda: re.search(pattern, self.text(), re.MULTILINE), f'no {pattern!r}', seconds)

    def wait_gone(self, pattern, seconds=30):
        self.wait_until(lambda: not re.search(pattern, self.text(), re.MULTILINE), f'still {pattern!r}', seconds)

    def wait_until(self, found, why, seconds=30):
        end = time.monotonic() + seconds
        while True:
            value = found()
            if value:
                return value
            if time.monotonic() > end:
                log = self.folder / 'nvim/lsp.log'
                said = log.read_text() if log.exists() else ''
                raise AssertionError(f'{why} after {seconds} s on this screen:\n{self.text()}\n{said}')
            time.sleep(0.05)

    def close(self):
        subprocess.run(['tmux', '-S', self.socket, 'kill-server'], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)


class Screen(Terminal):
    """A Neovim with the plugin. `setup` is Lua: the argument of require('sidewinder').setup(), run after `before`."""

    def __init__(self, nvim, setup, text, name='a.py', before='', environment=None):
        super().__init__()
        self.file = self.folder / name
        self.file.write_text(text)
        init = self.folder / 'init.lua'
        self.nvim, self.pipe = nvim, str(self.folder / 'pipe')
        init.write_text(f"vim.fn.serverstart('{self.pipe}')\nvim.opt.rtp:prepend('{PLUGIN}')\nvim.cmd.runtime('plugin/sidewinder.lua')\n{before}\n"
                        f"require('sidewinder').setup({setup})\n"
                        "vim.o.laststatus = 2\nvim.o.statusline = [[%{v:lua.require'sidewinder'.statusline()}]]\n"
                        "vim.api.nvim_create_autocmd('User', { pattern = 'SidewinderStatus', command = 'redrawstatus' })\n")
        self.start(f"exec '{nvim}' -n --clean -u '{init}' '{self.file}'", environment or {})

    def command(self, text):
        """Runs an Ex command from normal mode. Escape goes alone: with a key behind it, it would be Alt."""
        self.keys('Escape')
        self.wait_gone('-- INSERT --')
        self.type(':' + text)
        self.keys('Enter')

    def lua(self, expression):
        """What a Lua expression is in this Neovim, as text; its mode stays."""
        quoted = expression.replace("'", "''")
        out = subprocess.run([self.nvim, '--server', self.pipe, '--remote-expr', f"luaeval('tostring({quoted})')"],
                             capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
        if out.returncode != 0:
            raise AssertionError(f'{expression}: {out.stderr}')
        return out.stdout.removesuffix('\n')

    def buffer(self):
        return self.lua('table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\\1")').split('\1')
