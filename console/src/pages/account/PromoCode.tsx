import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useClient } from 'urql'

import { type Refusal, refusalOf, useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card, Facts } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Actions, Form } from '../../ui/Page'
import {
  PromoWhatIfDocument,
  type PromoWhatIfQuery,
  RedeemPromoCodeDocument,
  type RedemptionFragment,
} from './account.generated'
import { PromoImpact } from './PromoImpact'

type PromoCodeProps = { redemption: RedemptionFragment | null; hasProfile: boolean }

/** The code that has months left, or a way to redeem one, after a look at what it would save. */
export function PromoCode({ redemption, hasProfile }: PromoCodeProps) {
  const { t } = useTranslation('account')
  const may = useMay()
  return (
    <Card title={t('promo.title')}>
      {redemption && <Redeemed redemption={redemption} />}
      {!redemption && !may('BILLING_MANAGE') && <p className="soft">{t('promo.none')}</p>}
      {!redemption && may('BILLING_MANAGE') && !hasProfile && <Notice>{t('promo.needsPayer')}</Notice>}
      {!redemption && may('BILLING_MANAGE') && hasProfile && <Redeem />}
    </Card>
  )
}

function Redeemed({ redemption }: { redemption: RedemptionFragment }) {
  const { t } = useTranslation('account')
  const format = useFormats()
  const { timeZone } = useOrganization()
  const { percent, priceList } = redemption
  const gives =
    percent === null
      ? t('promo.list', { name: priceList?.name ?? '' })
      : t('promo.percent', { percent: format.percent(percent) })
  return (
    <Facts
      facts={[
        [t('promo.code'), redemption.code],
        [t('promo.gives'), gives],
        [t('promo.left'), t('promo.months', { count: redemption.monthsLeft, of: format.number(redemption.periods) })],
        [t('promo.since'), format.month(redemption.fromMonth)],
        [t('promo.redeemedAt'), format.instant(redemption.redeemedAt, timeZone)],
      ]}
    />
  )
}

export type Impact = NonNullable<NonNullable<PromoWhatIfQuery['organization']>['invoicePreview']>

/** What a code would save, asked when somebody wants to know. */
function usePromoImpact() {
  const client = useClient()
  const { slug } = useOrganization()
  const [isAsking, setAsking] = useState(false)
  const [found, setFound] = useState<{ code: string; impact: Impact | null; refusal: Refusal | null } | null>(null)
  const ask = async (code: string) => {
    setAsking(true)
    const variables = { slug, change: { promoCode: code } }
    const { data, error } = await client
      .query(PromoWhatIfDocument, variables, { requestPolicy: 'network-only' })
      .toPromise()
    const impact = data?.organization?.invoicePreview ?? null
    setFound({ code, impact: impact?.impact ? impact : null, refusal: error ? refusalOf(error) : null })
    setAsking(false)
  }
  return { ask, isAsking, found }
}

/** The code, as redeeming it and asking about it have it among what they take. */
const CODE = ['code', 'promoCode']

function Redeem() {
  const { t } = useTranslation('account')
  const { id } = useOrganization()
  const [code, setCode] = useState('')
  const { ask, isAsking, found } = usePromoImpact()
  const { change, isPending, refusal, forget } = useChange(RedeemPromoCodeDocument)
  const known = found?.code === code ? found : null
  const refused = refusal ?? known?.refusal ?? null
  const ofCode = (refused?.problems ?? []).filter((one) => CODE.includes(one.path.at(-1) ?? ''))
  const redeem = () => change({ input: { organizationId: id, code } })
  return (
    <Form onSubmit={() => void ask(code)} label={t('promo.title')}>
      <p className="soft">{t('promo.lead')}</p>
      {refused && ofCode.length === 0 && <RefusalNotice refusal={refused} />}
      <TextField
        label={t('promo.code')}
        value={code}
        onChange={(typed) => {
          forget()
          setCode(typed)
        }}
        problems={ofCode.map((one) => one.message)}
        autoComplete="off"
      />
      {known?.impact && !refused && <PromoImpact preview={known.impact} />}
      <Actions>
        <Button
          type="submit"
          look={known?.impact ? 'plain' : 'primary'}
          isPending={isAsking}
          isDisabled={code.trim() === ''}
        >
          {t('promo.look')}
        </Button>
        {known?.impact && !refused && (
          <Button look="primary" isPending={isPending} onPress={() => void redeem()}>
            {t('promo.redeem')}
          </Button>
        )}
      </Actions>
    </Form>
  )
}
