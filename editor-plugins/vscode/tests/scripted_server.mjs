// A language server that suggests what it is told to: a test is then of the editor and the extension alone.
//   node scripted_server.mjs SCRIPT.json     {"the line before the cursor, without white space in front": "what to suggest there"}
import fs from 'node:fs';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

const script = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const texts = new Map();
const connection = createMessageConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));

connection.onRequest('initialize', () => ({
  capabilities: { textDocumentSync: { openClose: true, change: 1 }, inlineCompletionProvider: {} },
  serverInfo: { name: 'scripted' },
}));
connection.onRequest('shutdown', () => null);
connection.onNotification('exit', () => process.exit(0));
connection.onNotification('textDocument/didOpen', ({ textDocument }) => texts.set(textDocument.uri, textDocument.text));
connection.onNotification('textDocument/didChange', ({ textDocument, contentChanges }) => texts.set(textDocument.uri, contentChanges.at(-1).text));
connection.onRequest('textDocument/inlineCompletion', ({ textDocument, position }) => {
  const line = texts.get(textDocument.uri).split('\n')[position.line].slice(0, position.character).trimStart();
  return line in script ? { items: [{ insertText: script[line], range: { start: position, end: position } }] } : null;
});
connection.onClose(() => process.exit(0));
connection.listen();
