import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { PayerKind } from '../../graphql/generated/schema'
import { problemsAt, useChange } from '../../graphql/refusals'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Checkbox, Select, TextField } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Actions, Form } from '../../ui/Page'
import { type ProfileFragment, SetProfileDocument } from './account.generated'
import styles from './Account.module.css'

const KINDS: readonly PayerKind[] = ['LEGAL_ENTITY', 'SOLE_TRADER', 'INDIVIDUAL']
const TEXTS = ['legalName', 'taxNumber', 'address', 'bankDetails', 'contactEmail'] as const
const SHOWN = [...TEXTS, 'kind', 'acceptAgreement']
const EMPTY = { legalName: '', taxNumber: '', address: '', bankDetails: '', contactEmail: '' }

type PayerFormProps = { profile: ProfileFragment | null; onDone: (isChanged: boolean) => void }

/** Who pays from now on; saving it accepts the agreement, which has to be said each time. */
export function PayerForm({ profile, onDone }: PayerFormProps) {
  const { t } = useTranslation('account')
  const { t: common } = useTranslation()
  const { id } = useOrganization()
  const [texts, setTexts] = useState<Record<(typeof TEXTS)[number], string>>(profile ?? EMPTY)
  const [kind, setKind] = useState<PayerKind>(profile?.kind ?? 'LEGAL_ENTITY')
  const [isAccepted, accept] = useState(false)
  const { change, isPending, refusal } = useChange(SetProfileDocument)
  const save = async () => {
    const written = Object.fromEntries(TEXTS.map((name) => [name, texts[name]])) as typeof texts
    const { done } = await change({ input: { organizationId: id, ...written, kind, acceptAgreement: isAccepted } })
    if (done) onDone(true)
  }
  return (
    <Form onSubmit={() => void save()} label={t('payer.title')} isAskedFor>
      <RefusalNotice refusal={refusal} shown={SHOWN} />
      <Select
        label={t('payer.kind')}
        value={kind}
        onChange={setKind}
        choices={KINDS.map((one) => ({ id: one, label: t(`kind.${one}`) }))}
      />
      {TEXTS.map((name) => (
        <TextField
          key={name}
          label={t(`payer.${name}`)}
          type={name === 'contactEmail' ? 'email' : 'text'}
          value={texts[name]}
          onChange={(text) => {
            setTexts((before) => ({ ...before, [name]: text }))
          }}
          problems={problemsAt(refusal, name)}
          hint={name === 'contactEmail' ? t('payer.contactHint') : undefined}
          isRequired
        />
      ))}
      <Checkbox label={t('payer.accept')} isSelected={isAccepted} onChange={accept} />
      {problemsAt(refusal, 'acceptAgreement').map((words) => (
        <p key={words} className={styles.problem} role="alert">
          {words}
        </p>
      ))}
      <Actions>
        <Button type="submit" look="primary" isPending={isPending}>
          {common('save')}
        </Button>
        <Button
          onPress={() => {
            onDone(false)
          }}
        >
          {common('cancel')}
        </Button>
      </Actions>
    </Form>
  )
}
