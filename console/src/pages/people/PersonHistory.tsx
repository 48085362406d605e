import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { backward, PAGE, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { useEnding } from './ending'
import { PersonSpansDocument, type SpanDetailsFragment } from './person.generated'
import { Source } from './sources'
import styles from './PersonHistory.module.css'

/** So many spans are shown before somebody asks for more. */
const SOME = 10

/** Every stretch of time with a seat, the last first. */
export function PersonHistory({ memberId }: { memberId: string }) {
  const { t } = useTranslation('people')
  const { slug } = useOrganization()
  const [isLong, setLong] = useState(false)
  const spans = usePages('spans', PersonSpansDocument, { slug, memberId }, ({ organization }) => {
    const found = backward(organization?.seatSpans)
    return found && { ...found, nodes: found.nodes.map((span) => ({ id: span.grantedAt, ...span })) }
  })
  if (!spans.isThere) return spans.error && <Unavailable error={spans.error} onRetry={spans.again} />
  const count = spans.totalCount ?? 0
  const shown = isLong ? spans.nodes : spans.nodes.slice(0, SOME)
  return (
    <Card title={t('history.title')} isWide>
      {count === 0 && <p className="soft">{t('history.none')}</p>}
      {count > 0 && (
        <ol className={styles.spans}>
          {shown.map((span) => (
            <Span key={span.id} span={span} />
          ))}
        </ol>
      )}
      {count > shown.length && (
        <div>
          <Button
            look="quiet"
            onPress={() => {
              if (isLong) spans.more()
              setLong(true)
            }}
          >
            {t('history.more', { count: isLong ? Math.min(PAGE, count - shown.length) : spans.nodes.length - SOME })}
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
