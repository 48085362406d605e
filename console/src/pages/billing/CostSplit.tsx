import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { CostSplitBy } from '../../graphql/generated/schema'
import { useLiveQuery } from '../../graphql/live'
import { refusalOf } from '../../graphql/refusals'
import { type Money, useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Select } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Progress } from '../../ui/Progress'
import { useSearch } from '../../ui/useSearch'
import { type ShareFragment, SplitOfInvoiceDocument, SplitOfMonthDocument } from './bill.generated'
import bill from './Bill.module.css'
import styles from './CostSplit.module.css'
import type { Source } from './Holders'

/** So many groups are shown at first: the largest. */
const FEW = 12

/** What of the amount each department or each team is. */
export function CostSplit({ source, total }: { source: Source; total: Money }) {
  const { t } = useTranslation('billing')
  const { t: common } = useTranslation()
  const [chosen, choose] = useSearch('split', 'DEPARTMENT')
  const by: CostSplitBy = chosen === 'TEAM' ? 'TEAM' : 'DEPARTMENT'
  const { shares, error } = useShares(source, by)
  return (
    <Card title={t('split.title')} isWide>
      <div className={styles.by}>
        <Select
          label={t('split.by')}
          value={by}
          onChange={choose}
          choices={(['DEPARTMENT', 'TEAM'] as const).map((id) => ({ id, label: t(`split.${id}`) }))}
        />
      </div>
      {error && !shares && <RefusalNotice refusal={refusalOf(error)} />}
      {!error && !shares && <Progress label={common('loading')} />}
      {shares?.length === 0 && <p className="soft">{t('split.nothing')}</p>}
      {shares && shares.length > 0 && <Shares shares={shares} by={by} total={total} />}
    </Card>
  )
}

function useShares(source: Source, by: CostSplitBy) {
  const { slug } = useOrganization()
  const isMonth = 'month' in source
  const [ofMonth] = useLiveQuery({
    query: SplitOfMonthDocument,
    variables: { slug, month: isMonth ? source.month : '', by },
    pause: !isMonth,
  })
  const [ofInvoice] = useLiveQuery({
    query: SplitOfInvoiceDocument,
    variables: { invoiceId: isMonth ? '' : source.invoiceId, by },
    pause: isMonth,
  })
  const node = ofInvoice.data?.node
  const stored = node?.__typename === 'Invoice' ? node.costSplit : undefined
  return {
    shares: isMonth ? ofMonth.data?.organization?.invoicePreview?.costSplit : stored,
    error: (isMonth ? ofMonth : ofInvoice).error,
  }
}

type SharesProps = { shares: readonly ShareFragment[]; by: CostSplitBy; total: Money }

function Shares({ shares, by, total }: SharesProps) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? shares : shares.slice(0, FEW)
  return (
    <>
      <table className={bill.bill}>
        <caption className="visually-hidden">{t('split.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t(`split.group.${by}`)}</th>
            <th scope="col">{t('split.seats')}</th>
            <th scope="col">{t('split.part')}</th>
            <th scope="col">{t('split.amount')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((share, place) => (
            <tr key={place}>
              <th scope="row">
                <GroupName share={share} by={by} />
              </th>
              <td>{format.number(share.seats)}</td>
              <td>
                <Part amount={share.amount} total={total} />
              </td>
              <td>{format.money(share.amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < shares.length && (
        <Button
          look="quiet"
          onPress={() => {
            setWhole(true)
          }}
        >
          {t('split.all', { count: shares.length })}
        </Button>
      )}
      {by === 'TEAM' && <p className="soft">{t('split.teamsNote')}</p>}
    </>
  )
}

function GroupName({ share: { subject }, by }: { share: ShareFragment; by: CostSplitBy }) {
  const { t } = useTranslation('billing')
  const { slug } = useOrganization()
  if (subject.__typename === 'Team' && subject.deletedAt === null) {
    return <Link to={`/o/${slug}/teams/${encodeURIComponent(subject.id)}`}>{subject.name}</Link>
  }
  if (subject.__typename === 'Team' || subject.__typename === 'Department') {
    return subject.deletedAt === null ? subject.name : t('split.deleted', { name: subject.name })
  }
  return t(`split.none.${by}`)
}

/** How much of the whole it is, as a bar beside the figure that says the same. */
function Part({ amount, total }: { amount: Money; total: Money }) {
  const format = useFormats()
  const part = Number(total.amount) === 0 ? 0 : Number(amount.amount) / Number(total.amount)
  return (
    <span className={styles.part}>
      <span className={styles.bar} aria-hidden>
        <span className={styles.filled} style={{ width: `${String(part * 100)}%` }} />
      </span>
      <span className={styles.percent}>{format.percent((part * 100).toFixed(1))}</span>
    </span>
  )
}
