import type access from '../pages/access/en.json'
import type issues from '../pages/issues/en.json'
import type overview from '../pages/overview/en.json'
import type common from './en/common.json'

/** The words of every page: a key that English does not have is an error of types, one that Russian lacks fails a test. */
export type Words = {
  common: typeof common
  access: typeof access
  issues: typeof issues
  overview: typeof overview
}
