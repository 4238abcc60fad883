// Runs one test file, or says what is missing and exits with 77, which Meson counts as skipped.
// Usage: node run.js FILE
'use strict';
const path = require('node:path');

if (Number(process.versions.node.split('.')[0]) < 18) {
  console.error(`SKIPPED: Node ${process.versions.node} is older than 18; install a newer nodejs`);
  process.exit(77);
}
try {
  require.resolve('vscode-languageserver-protocol/node');
} catch {
  console.error('SKIPPED: the LSP client is missing; run editor-plugins/setup');
  process.exit(77);
}
require(path.resolve(__dirname, process.argv[2]));
