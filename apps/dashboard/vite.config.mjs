// Bundles the dashboard into dist/site: plain files with hashes in their names, no inline script, nothing fetched from elsewhere.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: `${import.meta.dirname}/src`,
  plugins: [react()],
  // Our libraries are bundled from their sources, which a bundler can take apart.
  resolve: { conditions: ['@seedbed/source', 'module', 'browser', 'production'] },
  logLevel: 'warn',
  build: { outDir: `${import.meta.dirname}/dist/site`, emptyOutDir: true, assetsInlineLimit: 0 },
});
