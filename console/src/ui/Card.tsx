import { useId, type ReactNode } from 'react'

import styles from './Card.module.css'

type CardProps = { title?: string; actions?: ReactNode; children: ReactNode; isWide?: boolean }

/** A part of a page with its own heading. */
export function Card({ title, actions, children, isWide }: CardProps) {
  const heading = useId()
  return (
    <section className={`${styles.card} ${isWide ? styles.wide : ''}`} aria-labelledby={title ? heading : undefined}>
      {(title !== undefined || actions !== undefined) && (
        <div className={styles.head}>
          {title !== undefined && <h2 id={heading}>{title}</h2>}
          {actions}
        </div>
      )}
      {children}
    </section>
  )
}

/** Cards beside each other, as many as there is room for. */
export function Cards({ children }: { children: ReactNode }) {
  return <div className={styles.cards}>{children}</div>
}

type FigureProps = { label: string; value: ReactNode; note?: ReactNode; tone?: 'good' | 'warn' | 'bad' }

/** One number and what it is. */
export function Figure({ label, value, note, tone }: FigureProps) {
  return (
    <div className={`${styles.figure} ${tone ? styles[tone] : ''}`}>
      <dt>{label}</dt>
      <dd>
        <strong>{value}</strong>
        {note !== undefined && <span className={styles.note}>{note}</span>}
      </dd>
    </div>
  )
}

/** Figures side by side. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className={styles.figures}>{children}</dl>
}

/** Names and values below each other. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
