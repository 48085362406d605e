import { ChevronDown, LogOut } from 'lucide-react'
import { Suspense, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Outlet } from 'react-router'

import { useIsConnectionLost } from '../graphql/connection'
import { useSession, useViewer } from '../session/Session'
import { Button } from '../ui/Button'
import { Menu } from '../ui/Menu'
import { Notice } from '../ui/Notice'
import { Loading } from './Loading'
import { Navigation, type Ways } from './Navigation'
import { Preferences } from './Preferences'
import styles from './Shell.module.css'

export type { Ways }

type ShellProps = { name: string; ways: readonly Ways[]; banner?: ReactNode }

/** What is around every page: where one is, where one can go, who one is. */
export function Shell({ name, ways, banner }: ShellProps) {
  const { t } = useTranslation()
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        {t('skip')}
      </a>
      <header className={styles.top}>
        <Link to="/" className={styles.brand}>
          Seatmark
        </Link>
        <Organizations name={name} />
        <span className={styles.space} />
        <Preferences />
        <SignOut />
      </header>
      <Navigation ways={ways} />
      <main id="main" className={styles.main} tabIndex={-1}>
        <ConnectionNotice />
        {banner}
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  )
}

/** Nobody answers just now: what is shown may be old, and what is done is done when somebody answers again. */
function ConnectionNotice() {
  const { t } = useTranslation()
  if (!useIsConnectionLost()) return null
  return (
    <div className={styles.notice}>
      <Notice tone="warn">{t('connectionLost')}</Notice>
    </div>
  )
}

/** Where else somebody belongs. */
function Organizations({ name }: { name: string }) {
  const { t } = useTranslation()
  const viewer = useViewer()
  const items = viewer.members.map((member) => ({
    id: member.organization.id,
    label: member.organization.name,
    href: `/o/${member.organization.slug}`,
  }))
  if (viewer.kind === 'OPERATOR') items.push({ id: 'operator', label: t('operator.title'), href: '/operator' })
  if (items.length < 2 && viewer.kind !== 'OPERATOR') return <span className={styles.name}>{name}</span>
  return (
    <Menu
      label={t('organizations', { name })}
      trigger={
        <>
          <span className={styles.name}>{name}</span>
          <ChevronDown size={16} aria-hidden className={styles.more} />
        </>
      }
      items={items}
    />
  )
}

function SignOut() {
  const { t } = useTranslation()
  const viewer = useViewer()
  const { leave } = useSession()
  const who = viewer.members[0]?.name ?? t('operator.title')
  return (
    <>
      <span className={styles.who}>{who}</span>
      <Button look="quiet" aria-label={t('signOut', { who })} onPress={() => void leave()}>
        <LogOut size={18} aria-hidden />
      </Button>
    </>
  )
}
