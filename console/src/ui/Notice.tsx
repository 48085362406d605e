import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { Refusal } from '../graphql/refusals'
import { problemsElsewhere } from '../graphql/refusals'
import styles from './Notice.module.css'
import tones from './tones.module.css'

type Tone = 'info' | 'good' | 'warn' | 'bad'
const ICONS = { info: Info, good: CircleCheck, warn: TriangleAlert, bad: CircleAlert }

type NoticeProps = { tone?: Tone; title?: ReactNode; children?: ReactNode; actions?: ReactNode }

/** Something to know before going on. What went wrong is told to screen readers at once, the rest when they come by. */
export function Notice({ tone = 'info', title, children, actions }: NoticeProps) {
  const Icon = ICONS[tone]
  return (
    <div className={`${styles.notice} ${tones[tone]}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon size={18} aria-hidden className={styles.icon} />
      <div className={styles.words}>
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <div>{children}</div>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}

type RefusalProps = { refusal: Refusal | null; shown?: readonly string[]; actions?: ReactNode }

/** Why something was not done; `shown` are the inputs whose problems a form shows beside them. */
export function RefusalNotice({ refusal, shown = [], actions }: RefusalProps) {
  const { t, i18n } = useTranslation()
  if (!refusal) return null
  const key = `refusals.${refusal.code}`
  const title = i18n.exists(key) ? t(key as 'refusals.INTERNAL') : t('refusals.other')
  const others = problemsElsewhere(refusal, shown)
  return (
    <Notice tone="bad" title={title} actions={actions}>
      {others.length === 1 && others[0]}
      {others.length > 1 && (
        <ul>
          {others.map((message, place) => (
            <li key={place}>{message}</li>
          ))}
        </ul>
      )}
      {refusal.requestId !== undefined && (
        <p>
          {t('refusals.request')} <code>{refusal.requestId}</code>
        </p>
      )}
    </Notice>
  )
}

type EmptyProps = { title: string; children?: ReactNode; actions?: ReactNode }

/** A list that has nothing in it, and what to do next. */
export function Empty({ title, children, actions }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <strong>{title}</strong>
      {children !== undefined && <p className="soft">{children}</p>}
      {actions}
    </div>
  )
}
