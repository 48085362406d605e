import type access from '../pages/access/en.json'
import type departments from '../pages/departments/en.json'
import type impact from '../pages/impact/en.json'
import type issues from '../pages/issues/en.json'
import type operator from '../pages/operator/en.json'
import type operatorOrganizations from '../pages/operator/organizations.en.json'
import type operatorPartners from '../pages/operator/partners.en.json'
import type operatorPrices from '../pages/operator/prices.en.json'
import type operatorWork from '../pages/operator/work.en.json'
import type overview from '../pages/overview/en.json'
import type people from '../pages/people/en.json'
import type roster from '../pages/roster/en.json'
import type seats from '../pages/seats/en.json'
import type settings from '../pages/settings/en.json'
import type teams from '../pages/teams/en.json'
import type waiting from '../pages/waiting/en.json'
import type account from '../pages/account/en.json'
import type billing from '../pages/billing/en.json'
import type hindsight from '../pages/hindsight/en.json'
import type invoices from '../pages/invoices/en.json'
import type month from '../pages/month/en.json'
import type common from './en/common.json'

/** The words of every page: a key that English does not have is an error of types, one that Russian lacks fails a test. */
export type Words = {
  common: typeof common
  access: typeof access
  departments: typeof departments
  impact: typeof impact
  issues: typeof issues
  account: typeof account
  billing: typeof billing
  hindsight: typeof hindsight
  invoices: typeof invoices
  month: typeof month
  operator: typeof operator &
    typeof operatorOrganizations &
    typeof operatorPartners &
    typeof operatorPrices &
    typeof operatorWork
  overview: typeof overview
  people: typeof people
  roster: typeof roster
  seats: typeof seats
  settings: typeof settings
  teams: typeof teams
  waiting: typeof waiting
}
