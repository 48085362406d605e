import { FileMinus, Replace } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { InvoiceState } from '../../graphql/generated/schema'
import { backward, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { Badge } from '../../ui/Badge'
import type { TableColumn } from '../../ui/DataTable'
import { Dialog } from '../../ui/Dialog'
import { Select } from '../../ui/Field'
import { ICON, IconButton } from '../../ui/IconButton'
import { Empty } from '../../ui/Notice'
import { Toolbar } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { CreditForm, ReplaceForm } from './InvoiceForms'
import { OperatorInvoicesDocument, type OperatorInvoicesQuery } from './money.generated'
import type { OperatedOrganization } from './Organization'
import { ParkedMonth } from './ParkedMonth'

export type Invoice = NonNullable<NonNullable<OperatorInvoicesQuery['organization']>['invoices']>['nodes'][number]

const TONES = { ISSUED: 'plain', PAID: 'good', OVERDUE: 'bad', VOID: 'plain' } as const
const STATES: readonly InvoiceState[] = ['ISSUED', 'PAID', 'OVERDUE', 'VOID']

/** The organization's invoices, the latest first, and correcting them: by a credit note, or by another invoice in the place of one. */
export function Invoices({ organization }: { organization: OperatedOrganization }) {
  const { t } = useTranslation('operator')
  const [state, setState] = useSearch('invoiceState', 'any')
  const [dialog, setDialog] = useSearch('dialog')
  const invoices = usePages(
    'operated invoices',
    OperatorInvoicesDocument,
    { slug: organization.slug, filter: state === 'any' ? {} : { states: [state as InvoiceState] } },
    (data) => backward(data.organization?.invoices),
  )
  const columns = useColumns(organization.timeZone, setDialog)
  const [what, id] = dialog.split(' ')
  const chosen = invoices.nodes.find((one) => one.id === id)
  const close = () => {
    setDialog('')
  }
  return (
    <>
      <ParkedMonth slug={organization.slug} />
      <Toolbar>
        <Select
          label={t('invoices.state')}
          value={state}
          onChange={setState}
          choices={[
            { id: 'any', label: t('organizations.any') },
            ...STATES.map((one) => ({ id: one as string, label: t(`invoices.states.${one}`) })),
          ]}
        />
      </Toolbar>
      <ListTable
        list={invoices}
        label={t('organization.view.invoices')}
        columns={columns}
        empty={<Empty title={t('invoices.empty')}>{t('invoices.emptyHint')}</Empty>}
      />
      <Dialog title={t('invoices.credit')} isOpen={what === 'credit' && chosen !== undefined} onClose={close}>
        {chosen && <CreditForm invoice={chosen} onDone={close} />}
      </Dialog>
      <Dialog title={t('invoices.replace')} isOpen={what === 'replace' && chosen !== undefined} onClose={close}>
        {chosen && <ReplaceForm invoice={chosen} currency={organization.currency} onDone={close} />}
      </Dialog>
    </>
  )
}

function useColumns(timeZone: string, onOpen: (dialog: string) => void): TableColumn<Invoice>[] {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const money = (name: 'total' | 'credited' | 'paid' | 'outstanding', label: string): TableColumn<Invoice> => ({
    id: name,
    name: label,
    isNumber: true,
    minWidth: 108,
    cell: (one) => format.money(one[name]),
  })
  return [
    { id: 'number', name: t('invoices.number'), isRowHeader: true, width: 116, cell: (one) => one.number },
    { id: 'month', name: t('invoices.month'), width: 132, cell: (one) => format.month(one.month) },
    {
      id: 'state',
      name: t('invoices.state'),
      width: 100,
      cell: (one) => <Badge tone={TONES[one.state]}>{t(`invoices.states.${one.state}`)}</Badge>,
    },
    { id: 'issued', name: t('invoices.issued'), width: 112, cell: (one) => format.shortDay(one.issuedAt, timeZone) },
    money('total', t('invoices.total')),
    money('credited', t('invoices.credited')),
    money('outstanding', t('invoices.outstanding')),
    {
      id: 'actions',
      name: t('actions'),
      width: 176,
      cell: (one) =>
        one.replacedBy ? (
          t('invoices.replacedBy', { number: one.replacedBy.number })
        ) : (
          <>
            <IconButton
              label={t('invoices.credit')}
              describes={one.number}
              isDisabled={one.state === 'VOID'}
              onPress={() => {
                onOpen(`credit ${one.id}`)
              }}
            >
              <FileMinus {...ICON} />
            </IconButton>
            <IconButton
              label={t('invoices.replace')}
              describes={one.number}
              onPress={() => {
                onOpen(`replace ${one.id}`)
              }}
            >
              <Replace {...ICON} />
            </IconButton>
          </>
        ),
    },
  ]
}
