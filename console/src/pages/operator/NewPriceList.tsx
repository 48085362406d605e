import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { problemsAt, type Refusal } from '../../graphql/refusals'
import { Button } from '../../ui/Button'
import { Checkbox, TextField } from '../../ui/Field'
import { useOperatorChange } from './changes'
import { InputForm, type Values } from './InputForm'
import styles from './Operator.module.css'
import type { PriceList } from './PriceLists'
import { CreatePriceListDocument } from './prices.generated'
import { readTyped } from './typed'

type Tier = { upTo: string; unitPrice: string; flatAmount: string }

const EMPTY: Tier = { upTo: '', unitPrice: '', flatAmount: '0' }

const isReadable = (tier: Tier) =>
  readTyped('count', tier.upTo) !== undefined &&
  typeof readTyped('decimal', tier.unitPrice) === 'string' &&
  readTyped('decimal', tier.flatAmount) !== undefined

export function NewPriceList({ lists, onDone }: { lists: readonly PriceList[]; onDone: () => void }) {
  const { t } = useTranslation('operator')
  const [tiers, setTiers] = useState<readonly Tier[]>([EMPTY])
  const [isPublic, setPublic] = useState(false)
  const [vatIncluded, setVatIncluded] = useState(true)
  const [hasTried, setTried] = useState(false)
  const { change, isPending, refusal } = useOperatorChange(CreatePriceListDocument)
  const create = async (values: Values) => {
    setTried(true)
    if (!tiers.every(isReadable)) return false
    const { done } = await change({
      input: {
        name: values.name ?? '',
        currency: values.currency ?? '',
        effectiveFrom: values.effectiveFrom ?? '',
        freeThreshold: Number(values.freeThreshold),
        legacyPeriods: Number(values.legacyPeriods),
        baselineId: values.baselineId ?? null,
        isPublic,
        vatIncluded,
        tiers: tiers.map((tier) => ({
          upTo: tier.upTo.trim() === '' ? null : Number(readTyped('count', tier.upTo)),
          unitPrice: readTyped('decimal', tier.unitPrice) ?? '',
          flatAmount: readTyped('decimal', tier.flatAmount) ?? '0',
        })),
      },
    })
    return done !== null
  }
  return (
    <InputForm
      label={t('prices.new')}
      send={t('create')}
      refusal={refusal}
      isPending={isPending}
      onSend={create}
      onDone={onDone}
      warning={isPublic ? t('prices.publicWarning') : undefined}
      inputs={[
        { name: 'name', label: t('prices.name') },
        { name: 'currency', label: t('organizations.currency'), initial: 'RUB' },
        { name: 'effectiveFrom', label: t('prices.from'), kind: 'month', hint: t('prices.fromHint') },
        { name: 'freeThreshold', label: t('prices.free'), kind: 'count', initial: '5', hint: t('prices.freeHint') },
        {
          name: 'baselineId',
          label: t('prices.baseline'),
          isOptional: true,
          choices: [
            { id: '', label: t('prices.noBaseline') },
            ...lists.map((one) => ({ id: one.id, label: one.name })),
          ],
        },
        { name: 'legacyPeriods', label: t('prices.legacyPeriods'), kind: 'count', initial: '0' },
      ]}
    >
      <Checkbox label={t('prices.isPublic')} isSelected={isPublic} onChange={setPublic} />
      <Checkbox label={t('prices.vatInside')} isSelected={vatIncluded} onChange={setVatIncluded} />
      <TierEditor tiers={tiers} onChange={setTiers} refusal={refusal} hasTried={hasTried} />
    </InputForm>
  )
}

type TierEditorProps = {
  tiers: readonly Tier[]
  onChange: (tiers: readonly Tier[]) => void
  refusal: Refusal | null
  hasTried: boolean
}

function TierEditor({ tiers, onChange, refusal, hasTried }: TierEditorProps) {
  const { t } = useTranslation('operator')
  const own = problemsAt(refusal, 'tiers').length > 0 ? problemsAt(refusal, 'tiers') : []
  const change = (place: number, part: Partial<Tier>) => {
    onChange(tiers.map((tier, at) => (at === place ? { ...tier, ...part } : tier)))
  }
  const problemsOf = (place: number, name: keyof Tier, kind: 'count' | 'decimal', text: string) => {
    const value = readTyped(kind, text)
    if (hasTried && value === undefined) return [t(`typed.${kind}`)]
    if (hasTried && value === null && name === 'unitPrice') return [t('typed.missing')]
    return problemsAt(refusal, 'tiers', place, name)
  }
  return (
    <fieldset className={`${styles.group} ${styles.tiers}`}>
      <legend>{t('prices.tiers')}</legend>
      {tiers.map((tier, place) => (
        <div key={place} className={styles.tier}>
          {(['upTo', 'unitPrice', 'flatAmount'] as const).map((name) => (
            <TextField
              key={name}
              label={t(`prices.tierInputs.${name}`, { place: place + 1 })}
              value={tier[name]}
              inputMode={name === 'upTo' ? 'numeric' : 'decimal'}
              problems={problemsOf(place, name, name === 'upTo' ? 'count' : 'decimal', tier[name])}
              onChange={(value) => {
                change(place, { [name]: value })
              }}
            />
          ))}
          <Button
            look="quiet"
            isDisabled={tiers.length === 1}
            aria-label={t('prices.removeTierAt', { place: place + 1 })}
            onPress={() => {
              onChange(tiers.filter((_, at) => at !== place))
            }}
          >
            {t('prices.removeTier')}
          </Button>
        </div>
      ))}
      {own.map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      <div>
        <Button
          onPress={() => {
            onChange([...tiers, EMPTY])
          }}
        >
          {t('prices.addTier')}
        </Button>
      </div>
    </fieldset>
  )
}
