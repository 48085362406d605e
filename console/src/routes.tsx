import type { ComponentType } from 'react'
import { Outlet, type RouteObject } from 'react-router'

import { SessionProvider } from './session/Session'
import { Broken } from './shell/Broken'
import { Home } from './shell/Home'
import { Loading } from './shell/Loading'
import { NotFound } from './shell/NotFound'
import { OperatorShell } from './shell/OperatorShell'
import { OrganizationShell } from './shell/OrganizationShell'

type Module = { [name: string]: ComponentType }

/** A page and what it needs, fetched when somebody goes there. */
const page = (path: string, load: () => Promise<Module>, name: string): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load())[name] }),
})

/** Every address of the console on one page. */
export const routes: RouteObject[] = [
  {
    errorElement: <Broken />,
    hydrateFallbackElement: <Loading />,
    children: [
      page('sign-in', () => import('./session/SignIn'), 'SignIn'),
      {
        element: (
          <SessionProvider>
            <Outlet />
          </SessionProvider>
        ),
        children: [
          { index: true, element: <Home /> },
          {
            path: 'operator',
            element: <OperatorShell />,
            children: [
              page('', () => import('./pages/operator/Organizations'), 'Organizations'),
              page('organizations/:slug', () => import('./pages/operator/Organization'), 'Organization'),
              page('jobs', () => import('./pages/operator/Jobs'), 'Jobs'),
              page('price-lists', () => import('./pages/operator/PriceLists'), 'PriceLists'),
              page('promo-codes', () => import('./pages/operator/PromoCodes'), 'PromoCodes'),
              page('simulation', () => import('./pages/operator/Simulation'), 'Simulation'),
              page('clocks', () => import('./pages/operator/Clocks'), 'Clocks'),
              page('partner-keys', () => import('./pages/operator/PartnerKeys'), 'PartnerKeys'),
              { path: '*', element: <NotFound /> },
            ],
          },
          {
            path: 'o/:slug',
            element: <OrganizationShell />,
            children: [
              page('', () => import('./pages/overview/Overview'), 'Overview'),
              page('access', () => import('./pages/access/Access'), 'Access'),
              page('issues', () => import('./pages/issues/Issues'), 'Issues'),
              page('issues/:key', () => import('./pages/issues/Issue'), 'Issue'),
              page('seats', () => import('./pages/seats/Seats'), 'Seats'),
              page('seats/change', () => import('./pages/seats/SeatsChange'), 'SeatsChange'),
              page('waiting', () => import('./pages/waiting/Waiting'), 'Waiting'),
              page('people', () => import('./pages/people/People'), 'People'),
              page('people/:memberId', () => import('./pages/people/Person'), 'Person'),
              page('departments', () => import('./pages/departments/Departments'), 'Departments'),
              page('teams', () => import('./pages/teams/Teams'), 'Teams'),
              page('teams/:teamId', () => import('./pages/teams/Team'), 'Team'),
              page('roster', () => import('./pages/roster/Roster'), 'Roster'),
              page('settings', () => import('./pages/settings/Settings'), 'Settings'),
              page('billing', () => import('./pages/billing/Billing'), 'Billing'),
              page('month', () => import('./pages/month/Month'), 'Month'),
              page('invoices', () => import('./pages/invoices/Invoices'), 'Invoices'),
              page('invoices/:invoiceId', () => import('./pages/invoices/Invoice'), 'Invoice'),
              page('hindsight', () => import('./pages/hindsight/Hindsight'), 'Hindsight'),
              page('account', () => import('./pages/account/Account'), 'Account'),
              { path: '*', element: <NotFound /> },
            ],
          },
        ],
      },
      { path: '*', element: <NotFound /> },
    ],
  },
]
