import optimizeLocales from '@react-aria/optimize-locales-plugin'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

import { compress } from './compress'

/** `npm run dev` asks the Seatmark that `make up` runs. */
const api = process.env.SEATMARK_PUBLIC_URL ?? 'http://127.0.0.1:8000'

const PROXY = Object.fromEntries(
  ['/graphql', '/auth', '/invoices', '/credit-notes', '/exports', '/attachments', '/organizations'].map((path) => [
    path,
    { target: api, ws: path === '/graphql' },
  ]),
)

export default defineConfig({
  plugins: [react(), { ...optimizeLocales.vite({ locales: ['en-US', 'ru-RU'] }), enforce: 'pre' }, compress()],
  build: { target: 'es2022', sourcemap: false, manifest: true, assetsInlineLimit: 0 },
  preview: { proxy: PROXY },
  server: { proxy: PROXY },
})
