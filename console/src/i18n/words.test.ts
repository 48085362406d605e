import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const HERE = import.meta.dirname
const PAGES = join(HERE, '../pages')
const PLURAL = /_(zero|one|two|few|many|other)$/

type Words = { [key: string]: string | Words }

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Words

/** Every key with its words: `refusals.CONFLICT`. */
function flat(words: Words, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'string' ? [[prefix + key, value] as const] : [...flat(value, `${prefix}${key}.`)],
    ),
  )
}

const placeholders = (text: string) => [...new Set(text.match(/{{[^}]+}}/g) ?? [])].sort()

/** The files with English words of a page: one, or one by noun. */
const englishOf = (page: string) => readdirSync(join(PAGES, page)).filter((file) => /(^|\.)en\.json$/.test(file))

const pairs = [
  ['common', join(HERE, 'en/common.json'), join(HERE, 'ru/common.json')] as const,
  ...readdirSync(PAGES).flatMap((page) =>
    englishOf(page).map((file) => {
      const russian = file.replace(/en\.json$/, 'ru.json')
      return [`${page}/${file}`, join(PAGES, page, file), join(PAGES, page, russian)] as const
    }),
  ),
]

test('no part of the words of a page takes the place of another, and Russian has no part of its own', () => {
  for (const page of readdirSync(PAGES)) {
    const parts = englishOf(page)
    assert.notEqual(parts.length, 0, page)
    const keys = parts.flatMap((file) => Object.keys(read(join(PAGES, page, file))))
    assert.equal(new Set(keys).size, keys.length, page)
    assert.equal(readdirSync(join(PAGES, page)).filter((file) => file.endsWith('.json')).length, 2 * parts.length, page)
  }
})

for (const [name, english, russian] of pairs) {
  test(`${name} says the same in both languages`, () => {
    const [en, ru] = [flat(read(english)), flat(read(russian))]
    const bases = (words: Map<string, string>) => [...new Set([...words.keys()].map((key) => key.replace(PLURAL, '')))]
    assert.deepEqual(bases(ru).sort(), bases(en).sort())
    for (const [key, text] of en) {
      assert.notEqual(text.trim(), '', key)
      const other = ru.get(key) ?? ru.get(key.replace(PLURAL, '_many')) ?? ''
      if (!PLURAL.test(key)) assert.deepEqual(placeholders(other), placeholders(text), key)
    }
  })

  test(`${name} has every plural that its language has`, () => {
    for (const [path, forms] of [
      [english, ['one', 'other']],
      [russian, ['one', 'few', 'many', 'other']],
    ] as const) {
      const words = flat(read(path))
      const counted = [...words.keys()].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, ''))
      for (const base of new Set(counted)) {
        assert.deepEqual(
          forms.filter((form) => !words.has(`${base}_${form}`)),
          [],
          `${path}: ${base}`,
        )
      }
    }
  })
}
