import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'

import { expect, test } from '@playwright/test'

const DIST = resolve(import.meta.dirname, '../dist')
const MOST = 250 * 1024

type Chunk = { file: string; css?: string[]; imports?: string[]; isEntry?: boolean }

const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>

/** The files that a browser has before it shows these chunks. */
function filesOf(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const chunk = manifest[name]
    if (!chunk || found.has(chunk.file)) continue
    found.add(chunk.file)
    for (const style of chunk.css ?? []) found.add(style)
    filesOf(chunk.imports ?? [], found)
  }
  return found
}

const entry = Object.keys(manifest).filter((name) => manifest[name]?.isEntry)
const english = ['src/i18n/en/common.json']

for (const route of ['src/session/SignIn.tsx', 'src/pages/overview/Overview.tsx']) {
  test(`${route} takes less than 250 kB, gzipped, as the first page`, () => {
    expect(manifest[route], `there is no ${route}`).toBeDefined()
    const files = filesOf([...entry, ...english, route])
    const sizes = [...files].map((file) => gzipSync(readFileSync(join(DIST, file))).length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST)
  })
}
