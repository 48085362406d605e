import type { ReactNode, Ref } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components'
import { Link, type LinkProps } from 'react-router'

import styles from './Button.module.css'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

type ButtonProps = Omit<AriaButtonProps, 'className'> & {
  look?: Look
  children: ReactNode
  ref?: Ref<HTMLButtonElement>
}

/** While `isPending` it stays focusable, says so, and cannot be pressed again. */
export function Button({ look = 'plain', ...props }: ButtonProps) {
  return <AriaButton {...props} className={`${styles.button} ${styles[look]}`} />
}

/** A way to another page that looks like a button. */
export function ButtonLink({ look = 'plain', ...props }: LinkProps & { look?: Look }) {
  return <Link {...props} className={`${styles.button} ${styles[look]}`} />
}

/** A file that the browser saves: the cookie opens it, and no page of ours is left. */
export function Download({ href, look = 'plain', children }: { href: string; look?: Look; children: ReactNode }) {
  return (
    <a href={href} download className={`${styles.button} ${styles[look]}`}>
      {children}
    </a>
  )
}
