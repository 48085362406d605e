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

const pairs = [
  ['common', join(HERE, 'en/common.json'), join(HERE, 'ru/common.json')] as const,
  ...readdirSync(PAGES).map((page) => [page, join(PAGES, page, 'en.json'), join(PAGES, page, 'ru.json')] as const),
]

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
