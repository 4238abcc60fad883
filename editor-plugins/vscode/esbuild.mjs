// Bundles the extension into one file.      node esbuild.mjs [FOLDER]
import { build } from 'esbuild';

await build({
  entryPoints: ['src/extension.ts'],
  outfile: `${process.argv[2] ?? 'dist'}/extension.js`,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
  minify: true,
  legalComments: 'linked',
  logLevel: 'warning',
});
