import { Menu } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { useKeyboard } from 'react-aria'
import { useTranslation } from 'react-i18next'
import { Link, NavLink, useLocation } from 'react-router'

import { Button } from '../ui/Button'
import styles from './Navigation.module.css'

type Way = {
  to: string
  label: string
  isEnd?: boolean
  /** Where pages lie that are reached from it, if not below it. */
  parts?: string
}
export type Ways = { title?: string; ways: readonly Way[] }

/** Where one can go: beside the page where it is wide, and behind a button that says where one is where it is narrow. */
export function Navigation({ ways }: { ways: readonly Ways[] }) {
  const { t } = useTranslation()
  const id = useId()
  const { pathname } = useLocation()
  const opener = useRef<HTMLButtonElement>(null)
  const [openedAt, setOpenedAt] = useState<string | null>(null)
  const isOpen = openedAt === pathname // going anywhere closes it
  const close = () => {
    setOpenedAt(null)
    opener.current?.focus() // the link that had the focus is hidden
  }
  const { keyboardProps } = useKeyboard({
    onKeyDown: (event) => {
      if (isOpen && event.key === 'Escape') close()
      else event.continuePropagation()
    },
  })
  return (
    <nav {...keyboardProps} className={styles.navigation} aria-label={t('navigation')}>
      <div className={styles.opener}>
        <Button
          ref={opener}
          look="quiet"
          aria-expanded={isOpen}
          aria-controls={id}
          onPress={() => {
            setOpenedAt(isOpen ? null : pathname)
          }}
        >
          <Menu size={18} aria-hidden />
          {t('navigation')}
          <Current ways={ways} />
        </Button>
      </div>
      <div id={id} className={`${styles.ways} ${isOpen ? styles.open : ''}`}>
        <Link to="/" className={`${styles.way} ${styles.home}`} onClick={close}>
          {t('home')}
        </Link>
        {ways.map((group, place) => (
          <Group key={group.title ?? place} group={group} onGo={close} />
        ))}
      </div>
    </nav>
  )
}

function Group({ group, onGo }: { group: Ways; onGo: () => void }) {
  return (
    <div>
      {group.title !== undefined && <h2 className={styles.group}>{group.title}</h2>}
      <ul>
        {group.ways.map((way) => (
          <li key={way.to}>
            <NavLink to={way.to} end={way.isEnd ?? false} className={styles.way} onClick={onGo}>
              {way.label}
            </NavLink>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** The name of the page, or of the one that it lies below. */
function Current({ ways }: { ways: readonly Ways[] }) {
  const { pathname } = useLocation()
  const isHere = ({ to, isEnd, parts = isEnd ? undefined : to }: Way) =>
    pathname === to || (parts !== undefined && pathname.startsWith(`${parts}/`))
  const way = ways.flatMap((group) => group.ways).find(isHere)
  return way && <span className={styles.current}>{way.label}</span>
}
