// Bundles the scripts into `dist`: for pages, for bundlers, for mini-programs, each with its types.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { build } from 'esbuild';

const version = process.env.ZHIYIN_VERSION ?? '0.0.0';

// Names of our own that neither the wire nor a caller knows; the others stay as they are.
const INTERNAL = /^(store|ids|names|later|arrival|retryAfter|leave|arrive|isLeaving)$/;

async function bundle(entry, file, more) {
  await build({
    entryPoints: [entry],
    outfile: `dist/${file}`,
    bundle: true,
    minify: true,
    mangleProps: INTERNAL,
    target: 'es2018',
    tsconfigRaw: {}, // without its `strict`, which would write `use strict` into every file
    charset: 'ascii',
    legalComments: 'none',
    define: { VERSION: JSON.stringify(version) },
    banner: { js: `/*! Zhiyin ${version}, Apache-2.0 */` },
    logLevel: 'warning',
    ...more,
  });
}

const surface = readFileSync('src/surface.ts', 'utf8');

const WEB_TYPES = `
declare global {
  interface Window {
    zhiyin: WebTracker;
  }
}

/** Build a tracker; for pages that bundle the script instead of loading it. */
export declare function createTracker(): WebTracker;
`;

const MINI_PROGRAM_TYPES = `
declare const zhiyin: MiniProgramTracker;
export default zhiyin;
`;

const about = {
  name: 'zhiyin-tracker',
  version,
  license: 'Apache-2.0',
  sideEffects: true,
  exports: {
    '.': { types: './zhiyin.d.ts', default: './zhiyin.esm.js' },
    './mini-program': { types: './zhiyin-mp.d.ts', import: './zhiyin-mp.esm.js', require: './zhiyin-mp.js' },
  },
};

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
await bundle('src/web/script.ts', 'zhiyin.min.js', { format: 'iife' });
await bundle('src/web/index.ts', 'zhiyin.esm.js', { format: 'esm' });
await bundle('src/mp/script.ts', 'zhiyin-mp.esm.js', { format: 'esm' });
const module = readFileSync('dist/zhiyin-mp.esm.js', 'utf8');
const exported = /export\{([\w$]+) as default\};/;
if (!exported.test(module)) throw new Error('the bundle of the mini-program does not export its tracker by default');
writeFileSync('dist/zhiyin-mp.js', module.replace(exported, 'module.exports=$1;'));
writeFileSync('dist/zhiyin.d.ts', surface + WEB_TYPES);
writeFileSync('dist/zhiyin-mp.d.ts', surface + MINI_PROGRAM_TYPES);
writeFileSync('dist/package.json', `${JSON.stringify(about, null, 2)}\n`);
