import { useEffect, useRef, type ReactNode } from 'react'

import styles from './Page.module.css'

type PageProps = { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }

/** What every page begins with: its title, also that of the browser's tab, and what can be done here. */
export function Page({ title, lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Seatmark`
  }, [title])
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div>
          <h1>{title}</h1>
          {lead !== undefined && <div className="soft">{lead}</div>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** Inputs above a list. */
export function Toolbar({ children }: { children: ReactNode }) {
  return <div className={styles.toolbar}>{children}</div>
}

type FormProps = {
  children: ReactNode
  onSubmit: () => void
  label?: string
  /** Somebody came for it: its first input has the focus at once. */
  isAskedFor?: boolean
}

/** The inputs of a form below each other, and what sends it. */
export function Form({ children, onSubmit, label, isAskedFor }: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (isAskedFor) form.current?.querySelector<HTMLElement>('button, input, textarea')?.focus()
  }, [isAskedFor])
  return (
    <form
      ref={form}
      className={styles.form}
      aria-label={label}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      {children}
    </form>
  )
}

export function Actions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>
}
