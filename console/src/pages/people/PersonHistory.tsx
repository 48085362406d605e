import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { useEnding } from './ending'
import { PersonSpansDocument, type SpanDetailsFragment } from './person.generated'
import { Source } from './sources'
import styles from './PersonHistory.module.css'

/** The most spans that are shown: as many as one page of them has. */
const [SOME, MOST] = [10, 100]

/** Every stretch of time with a seat, the last first. */
export function PersonHistory({ memberId }: { memberId: string }) {
  const { t } = useTranslation('people')
  const { slug } = useOrganization()
  const [last, setLast] = useState(SOME)
  const [{ data }] = useLiveQuery({ query: PersonSpansDocument, variables: { slug, memberId, last } })
  const spans = data?.organization?.seatSpans
  if (!spans) return null
  const count = spans.totalCount
  return (
    <Card title={t('history.title')} isWide>
      {count === 0 && <p className="soft">{t('history.none')}</p>}
      {count > 0 && (
        <ol className={styles.spans}>
          {[...spans.nodes].reverse().map((span) => (
            <Span key={span.grantedAt} span={span} />
          ))}
        </ol>
      )}
      {count > last && last < MOST && (
        <div>
          <Button
            look="quiet"
            onPress={() => {
              setLast(MOST)
            }}
          >
            {t('history.more', { count: Math.min(count, MOST) - last })}
          </Button>
        </div>
      )}
    </Card>
  )
}

function Span({ span }: { span: SpanDetailsFragment }) {
  const { t } = useTranslation('people')
  const format = useFormats()
  const { timeZone } = useOrganization()
  const ending = useEnding()
  const from = format.instant(span.grantedAt, timeZone)
  return (
    <li className={styles.span}>
      <strong>
        {span.revokedAt === null
          ? t('history.open', { from })
          : t('history.closed', { from, to: format.instant(span.revokedAt, timeZone) })}
      </strong>
      {!span.counted && <Badge>{t('history.forgiven')}</Badge>}
      <span className={styles.sources}>
        {span.sources.map((source) => (
          <span key={source.id}>
            <Source source={source} />
          </span>
        ))}
      </span>
      {span.revokedAt !== null && (
        <span className="soft">{t('history.ended', { why: ending.why(span), who: ending.who(span) })}</span>
      )}
    </li>
  )
}
