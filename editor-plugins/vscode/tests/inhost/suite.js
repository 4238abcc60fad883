// Tests with the real vscode API, in the extension host of a window on a folder named "inhost". Results go to the file SIDEWINDER_RESULTS.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const vscode = require('vscode');

const PROMPT = 'def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    result =';
const run = (command, ...rest) => vscode.commands.executeCommand(command, ...rest);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const set = (name, value) => vscode.workspace.getConfiguration('sidewinder').update(name, value, vscode.ConfigurationTarget.Workspace);

async function open(content, language = 'python') {
  const document = await vscode.workspace.openTextDocument({ language, content });
  const editor = await vscode.window.showTextDocument(document);
  const end = document.lineAt(document.lineCount - 1).range.end;
  editor.selection = new vscode.Selection(end, end);
  return editor;
}

/** Asks for a suggestion and runs `command` on it, until the text has changed; undefined when it does not within `ms`. */
async function suggestAnd(command, editor, ms) {
  const before = editor.document.getText();
  for (const end = Date.now() + ms; Date.now() < end; ) {
    await run('editor.action.inlineSuggest.trigger');
    await sleep(1200);
    await run(command);
    await sleep(200);
    if (editor.document.getText() !== before) {
      return editor.document.getText();
    }
  }
  return undefined;
}

const tests = {
  async 'the extension is active, and its commands and the server\'s are there'() {
    const extension = vscode.extensions.getExtension('sidewinder.sidewinder');
    await extension.activate();
    assert.equal(extension.isActive, true);
    const commands = await vscode.commands.getCommands(true);
    for (const command of extension.packageJSON.contributes.commands) {
      assert.ok(commands.includes(command.command), command.command);
    }
    for (let i = 0; i < 100 && !(await vscode.commands.getCommands(true)).includes('sidewinder.didAccept'); ++i) {
      await sleep(100);
    }
    assert.ok((await vscode.commands.getCommands(true)).includes('sidewinder.didAccept'));
  },

  async 'Tab is bound to nothing'() {
    const keys = vscode.extensions.getExtension('sidewinder.sidewinder').packageJSON.contributes.keybindings.map((binding) => binding.key);
    assert.deepEqual(keys, ['alt+\\']);
  },

  async 'a suggestion is committed whole'() {
    const editor = await open(PROMPT);
    const text = await suggestAnd('editor.action.inlineSuggest.commit', editor, 20000);
    assert.ok(text?.startsWith(PROMPT), text);
  },

  async 'a word of it is taken, and then another'() {
    const editor = await open(PROMPT);
    const one = await suggestAnd('editor.action.inlineSuggest.acceptNextWord', editor, 20000);
    assert.ok(one?.startsWith(PROMPT), one);
    for (let i = 0; i < 20 && editor.document.getText() === one; ++i) {
      await run('editor.action.inlineSuggest.acceptNextWord');
      await sleep(200);
    }
    assert.ok(editor.document.getText().startsWith(one) && editor.document.getText() !== one, 'the rest stayed');
  },

  async 'nothing comes for a language that is switched off'() {
    await set('languages', { python: false });
    const editor = await open(PROMPT);
    assert.equal(await suggestAnd('editor.action.inlineSuggest.commit', editor, 3000), undefined);
    await set('languages', undefined);
    // In another document: VS Code asks no provider twice about the same place.
    assert.ok(await suggestAnd('editor.action.inlineSuggest.commit', await open(PROMPT), 20000), 'and comes again when it is on');
  },

  async 'nothing comes for a file of a secret name'() {
    const uri = vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, 'prod.env');
    fs.writeFileSync(uri.fsPath, PROMPT);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, 'python');
    const editor = await vscode.window.showTextDocument(document);
    const end = document.lineAt(document.lineCount - 1).range.end;
    editor.selection = new vscode.Selection(end, end);
    assert.equal(await suggestAnd('editor.action.inlineSuggest.commit', editor, 3000), undefined);
  },

  async 'what the server holds can be seen'() {
    await run('sidewinder.showMemory');
    const shown = JSON.parse(vscode.window.activeTextEditor.document.getText());
    assert.ok(Object.keys(shown).length > 1, JSON.stringify(shown));
  },

  async 'the server can be started again'() {
    await run('sidewinder.restart');
    const editor = await open(PROMPT);
    assert.ok(await suggestAnd('editor.action.inlineSuggest.commit', editor, 20000));
  },
};

exports.activate = async () => {
  if (vscode.workspace.workspaceFolders?.[0]?.name !== 'inhost') {
    return;
  }
  const results = [];
  for (const [name, test] of Object.entries(tests)) {
    const error = await test().then(() => undefined, (thrown) => String(thrown.stack ?? thrown));
    results.push({ name, error });
  }
  fs.writeFileSync(`${process.env.SIDEWINDER_RESULTS}.part`, JSON.stringify(results));
  fs.renameSync(`${process.env.SIDEWINDER_RESULTS}.part`, process.env.SIDEWINDER_RESULTS);
};
