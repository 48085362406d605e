import { Link, useSearchParams } from 'react-router'

import styles from './Views.module.css'

type ViewsProps = { label: string; name: string; views: readonly { id: string; label: string }[] }

/** Several looks at one thing; which one is in the address, the first where it says nothing. */
export function Views({ label, name, views }: ViewsProps) {
  const [search] = useSearchParams()
  const chosen = search.get(name) ?? views[0]?.id
  return (
    <nav aria-label={label} className={styles.views}>
      {views.map((view, place) => (
        <Link
          key={view.id}
          to={place === 0 ? '?' : `?${name}=${view.id}`}
          className={styles.view}
          aria-current={view.id === chosen ? 'page' : undefined}
        >
          {view.label}
        </Link>
      ))}
    </nav>
  )
}
