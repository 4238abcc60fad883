#!/usr/bin/env python3
"""Other LSP clients, as docs/editors.md sets them up, its own lines: Neovim 0.12's built-in inline completion, and Emacs with lsp-mode.

Usage: clients_test.py neovim NVIM PROGRAM | clients_test.py emacs FOLDER_OF_ELPA_PACKAGES PROGRAM
"""
import os
import pathlib
import re
import shutil
import sys
import tempfile

from screen import Terminal

ROOT = pathlib.Path(__file__).resolve().parents[3]
CODE = 'import os\n\n\ndef add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    result ='
GHOST = r'^    result = ?(\S.*)$'


def documented(language):
    """The code of docs/editors.md in that language."""
    page = (ROOT / 'docs/editors.md').read_text()
    return re.search(rf'```{language}\n(.*?)```', page, re.DOTALL).group(1)


def start(command, setup, environment):
    terminal = Terminal()
    project = terminal.folder / 'project'
    (project / '.git').mkdir(parents=True)
    (project / 'a.py').write_text(CODE)
    init = terminal.folder / 'init'
    init.write_text(setup)
    terminal.start(command.format(init=init, file=project / 'a.py'), environment)
    return terminal, project / 'a.py'


def neovim(nvim, environment):
    terminal, file = start(f"exec '{nvim}' -n --clean -u '{{init}}' '{{file}}'", 'lua << END\n' + documented('lua') + 'END\n', environment)
    terminal.wait('result')
    terminal.keys('G', 'A')
    ghost = terminal.wait(GHOST).group(1).rstrip()
    terminal.keys('Tab')
    terminal.keys('Escape')
    terminal.wait_gone('INSERT')
    terminal.type(':w')
    terminal.keys('Enter')
    return terminal, file, ghost


def emacs(folder, environment):
    paths = ''.join(f'(add-to-list (quote load-path) "{path}")\n' for path in sorted(pathlib.Path(folder).iterdir()))
    quiet = '(setq lsp-auto-guess-root t make-backup-files nil auto-save-default nil)\n'
    terminal, file = start("exec emacs -nw -Q -l '{init}' '{file}'", paths + quiet + documented('elisp'), environment)
    terminal.wait(r'LSP\[sidewinder', 60)
    terminal.keys('M->')
    terminal.type(' ')
    ghost = terminal.wait(GHOST, 30).group(1).rstrip()
    terminal.keys('C-c', 'C-a')
    terminal.keys('C-x', 'C-s')
    return terminal, file, ghost


def main():
    kind, editor, program = sys.argv[1], sys.argv[2], os.path.abspath(sys.argv[3])
    if not os.path.exists(editor) or not shutil.which('emacs' if kind == 'emacs' else 'sh') or not shutil.which('tmux'):
        print(f'SKIPPED: {editor}, tmux or {kind} is not there; run editor-plugins/setup', file=sys.stderr)
        return 77
    folder = tempfile.mkdtemp(prefix='sw-run-')
    environment = {'XDG_RUNTIME_DIR': folder, 'XDG_CACHE_HOME': folder, 'PATH': f'{folder}/bin:' + os.environ['PATH'], 'HOME': folder}
    os.mkdir(f'{folder}/bin')
    pathlib.Path(f'{folder}/bin/sidewinder').write_text(f'#!/bin/sh\nexec "{program}" "$@" --idle-unload-minutes 0.05\n')
    os.chmod(f'{folder}/bin/sidewinder', 0o755)
    terminal, file, ghost = (emacs if kind == 'emacs' else neovim)(editor, environment)
    try:
        terminal.wait_until(lambda: file.read_text().startswith(CODE) and ghost[:4] in file.read_text()[len(CODE):], f'{ghost!r} was not accepted')
        print(f'{kind}: shown and accepted: {ghost}')
    finally:
        terminal.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
