import { I18nProvider, RouterProvider as LinkProvider } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import {
  createBrowserRouter,
  type NavigateOptions,
  Outlet,
  RouterProvider,
  ScrollRestoration,
  useHref,
  useNavigate,
} from 'react-router'

import { formatsOf } from './i18n/format'
import { routes } from './routes'

declare module 'react-aria-components' {
  interface RouterConfig {
    routerOptions: NavigateOptions
  }
}

/** Links of React Aria's parts go through the router too; back and reload keep the place. */
export function Frame() {
  const navigate = useNavigate()
  const { i18n } = useTranslation()
  return (
    <I18nProvider locale={formatsOf(i18n.language).locale}>
      <LinkProvider navigate={(path, options) => void navigate(path, options)} useHref={useHref}>
        <Outlet />
        <ScrollRestoration />
      </LinkProvider>
    </I18nProvider>
  )
}

const router = createBrowserRouter([{ element: <Frame />, children: routes }])

export function App() {
  return <RouterProvider router={router} />
}
