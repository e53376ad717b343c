import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const target = process.env.ZHIYIN_API ?? 'http://127.0.0.1:8600';

export default defineConfig({
  plugins: [react(), notices()],
  build: {
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': target, '/t': target } },
});

/** Writes the license of every package whose code went into the bundle beside it. */
function notices(): Plugin {
  return {
    name: 'third-party-notices',
    apply: 'build',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []));
      const folders = new Set(modules.map(packageFolder).filter((folder) => folder !== null));
      const texts = [...folders].sort().map(notice);
      this.emitFile({ type: 'asset', fileName: 'third-party-licenses.txt', source: texts.join(`\n${'-'.repeat(72)}\n\n`) });
    },
  };
}

function packageFolder(id: string): string | null {
  const path = id.replace(/^\0/, '').split('?')[0];
  const found = path.match(/^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  return found && existsSync(join(found[1], 'package.json')) ? found[1] : null;
}

function notice(folder: string): string {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const author = typeof about.author === 'string' ? about.author : (about.author?.name ?? '');
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : 'The package ships no license file.';
  return `${about.name} ${about.version}\nLicense: ${about.license}\n${author ? `Author: ${author}\n` : ''}\n${text}\n`;
}
