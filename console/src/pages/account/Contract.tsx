import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { problemsAt, useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card, Facts } from '../../ui/Card'
import { Dialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { RequestContractDocument, type TermsFragment } from './account.generated'
import type { BillingAccount } from './Account'

/** The individual terms of this month, those of before, and a way to ask for others. */
export function Contract({ account }: { account: BillingAccount }) {
  const { t } = useTranslation('account')
  const may = useMay()
  const [edited, edit] = useSearch('edit')
  const [isAsked, setAsked] = useState(false)
  const { contract, contracts } = account
  const others = contracts.filter((one) => one.recordedAt !== contract?.recordedAt)
  const mayAsk = may('BILLING_MANAGE') || may('SEAT_MANAGE')
  return (
    <Card
      title={t('contract.title')}
      actions={
        mayAsk && (
          <Button
            onPress={() => {
              edit('contract')
            }}
          >
            {t('contract.ask')}
          </Button>
        )
      }
    >
      {isAsked && <Notice tone="good">{t('contract.asked')}</Notice>}
      {contract ? <Terms terms={contract} /> : <p className="soft">{t('contract.none')}</p>}
      {others.length > 0 && (
        <details>
          <summary>{t('contract.others', { count: others.length })}</summary>
          {others.map((one) => (
            <Terms key={one.recordedAt} terms={one} />
          ))}
        </details>
      )}
      <Dialog
        title={t('contract.ask')}
        isOpen={edited === 'contract'}
        onClose={() => {
          edit('')
        }}
      >
        <RequestForm
          onDone={() => {
            setAsked(true)
            edit('')
          }}
        />
      </Dialog>
    </Card>
  )
}

function Terms({ terms }: { terms: TermsFragment }) {
  const { t } = useTranslation('account')
  const format = useFormats()
  const from = format.month(terms.fromMonth)
  return (
    <Facts
      facts={[
        [
          t('contract.holds'),
          terms.toMonth === null
            ? t('contract.from', { from })
            : t('contract.fromTo', { from, to: format.month(terms.toMonth) }),
        ],
        [t('contract.limit'), format.number(terms.seatLimit)],
        [t('contract.list'), terms.priceList?.name ?? t('contract.publicList')],
      ]}
    />
  )
}

function RequestForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('account')
  const { id } = useOrganization()
  const [seats, setSeats] = useState('')
  const [message, setMessage] = useState('')
  const [isNoNumber, setNoNumber] = useState(false)
  const { change, isPending, refusal } = useChange(RequestContractDocument)
  const send = async () => {
    const isNumber = /^\d{1,9}$/.test(seats.trim())
    setNoNumber(!isNumber)
    if (!isNumber) return
    const { done } = await change({ input: { organizationId: id, seats: Number(seats), message } })
    if (done) onDone()
  }
  const isWrong = (name: string) => problemsAt(refusal, name).length > 0
  return (
    <Form onSubmit={() => void send()} label={t('contract.ask')}>
      <p className="soft">{t('contract.lead')}</p>
      <RefusalNotice refusal={refusal} shown={['seats', 'message']} />
      <TextField
        label={t('contract.seats')}
        value={seats}
        onChange={setSeats}
        inputMode="numeric"
        problems={isNoNumber || isWrong('seats') ? [t('contract.wrongSeats')] : []}
        isRequired
      />
      <TextField
        label={t('contract.message')}
        value={message}
        onChange={setMessage}
        problems={isWrong('message') ? [t('contract.wrongMessage')] : []}
        isRequired
        isMultiline
      />
      <Button type="submit" look="primary" isPending={isPending}>
        {t('contract.send')}
      </Button>
    </Form>
  )
}
