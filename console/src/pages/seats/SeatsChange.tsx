import { type ReactNode, useEffect, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import type { ChangeInput, JoinsPolicy } from '../../graphql/generated/schema'
import { type Refusal, useChange } from '../../graphql/refusals'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { MayNot } from '../../shell/MayNot'
import { Beside } from '../../ui/Beside'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Select } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { AskedImpact } from '../impact/Impact'
import { useWhatIf, type WhatIfAnswer } from '../impact/useWhatIf'
import { ChangeSeatsDocument } from './change.generated'
import { type Choice, inputOf, isGroup, JOINS, type Side, type Token, useChoice } from './choice'
import { Chosen } from './Chosen'
import { IdleAdvice } from './IdleAdvice'
import { SubjectBox } from './SubjectBox'
import { useMade } from './undo'
import { UndoNotice } from './UndoNotice'

const SHOWN = ['subscribe', 'unsubscribe']

/** Subscribing, unsubscribing and replacing, as one change whose cost is known before it is made. */
export function SeatsChange() {
  const { t } = useTranslation('seats')
  const may = useMay()
  if (!may('SEAT_MANAGE') || !may('BILLING_VIEW')) {
    return <Page title={t('change.title')}>{<MayNot>{t('change.mayNot')}</MayNot>}</Page>
  }
  return (
    <Page title={t('change.title')} lead={t('change.lead')}>
      <UndoNotice />
      <Change />
    </Page>
  )
}

function Change() {
  const { t } = useTranslation('seats')
  const { choice, put, putAll, leaveOut, setJoins, clear } = useChoice()
  const whatIf = useWhatIf(useChangeInput(choice))
  const { confirm, isPending, refusal } = useConfirm(choice, whatIf, clear)
  const isEmpty = choice.add.length + choice.remove.length === 0
  const leaving = useRef<HTMLDivElement>(null)
  const told = whatIf.refusal ?? refused(whatIf) ?? refusal
  const side = (name: Side, more?: ReactNode) => (
    <SideCard side={name} tokens={choice[name]} refusal={told} onPut={put} onLeaveOut={leaveOut}>
      {more}
    </SideCard>
  )
  return (
    <Beside
      aside={
        <Card title={t('change.cost')}>
          {isEmpty && <p className="soft">{t('change.nothing')}</p>}
          <AskedImpact
            whatIf={whatIf}
            shown={SHOWN}
            replace={{
              onChoose: () => {
                leaving.current?.querySelector('input')?.focus()
              },
              suggest: (count) => (
                <IdleAdvice
                  count={count}
                  month={whatIf.month}
                  taken={[...choice.remove, ...choice.add]}
                  onChoose={(tokens) => {
                    putAll('remove', tokens)
                  }}
                />
              ),
            }}
          />
          <RefusalNotice refusal={refusal} shown={[...SHOWN, 'expectedTotal']} />
          {!isEmpty && (
            <Button
              look="primary"
              isDisabled={whatIf.isAsking || !whatIf.impact || whatIf.impact.refusals.length > 0}
              isPending={isPending}
              onPress={() => void confirm()}
            >
              {t(wordsFor(choice))}
            </Button>
          )}
        </Card>
      }
    >
      {side('add', choice.add.some(isGroup) && <Joins joins={choice.joins} onChange={setJoins} />)}
      <div ref={leaving}>{side('remove')}</div>
    </Beside>
  )
}

type SideProps = {
  side: Side
  tokens: readonly Token[]
  refusal: Refusal | null
  onPut: (side: Side, token: Token, instead?: Token) => void
  onLeaveOut: (side: Side, token: Token) => void
  children: ReactNode
}

function SideCard({ side, tokens, refusal, onPut, onLeaveOut, children }: SideProps) {
  const { t } = useTranslation('seats')
  return (
    <Card title={t(`change.${side}`)}>
      <SubjectBox
        side={side}
        taken={tokens}
        onChoose={(token) => {
          onPut(side, token)
        }}
      />
      <Chosen
        side={side}
        tokens={tokens}
        refusal={refusal}
        onLeaveOut={(token) => {
          onLeaveOut(side, token)
        }}
        onPut={(token, instead) => {
          onPut(side, token, instead)
        }}
      />
      {children}
    </Card>
  )
}

/** What becomes of those who join a group that is subscribed here. */
function Joins({ joins, onChange }: { joins: JoinsPolicy; onChange: (joins: JoinsPolicy) => void }) {
  const { t } = useTranslation('seats')
  return (
    <Select
      label={t('joins.label')}
      value={joins}
      onChange={onChange}
      choices={JOINS.map((id) => ({ id, label: t(`joins.${id}`), hint: t(`joins.${id}_hint`) }))}
    />
  )
}

function wordsFor({ add, remove }: Choice) {
  if (remove.length === 0) return 'change.subscribe'
  return add.length === 0 ? 'change.unsubscribe' : 'change.replace'
}

function useChangeInput(choice: Choice): ChangeInput | null {
  return useMemo(() => {
    if (choice.add.length + choice.remove.length === 0) return null
    return {
      subscribe: choice.add.map(inputOf),
      unsubscribe: choice.remove.map(inputOf),
      joins: choice.joins,
    }
  }, [choice])
}

/** A limit that would refuse the change, where it is about one of the subjects. */
function refused({ impact }: WhatIfAnswer): Refusal | null {
  const problems = (impact?.refusals ?? []).map((one) => ({ ...one, path: ['input', ...one.path.slice(1)] }))
  return problems[0] ? { code: problems[0].code, message: problems[0].message, problems } : null
}

/** Makes the change at the price that was shown, or not at all. */
function useConfirm(choice: Choice, whatIf: WhatIfAnswer, clear: () => void) {
  const { id: organizationId } = useOrganization()
  const { keepDone } = useMade()
  const { change, isPending, refusal, forget } = useChange(ChangeSeatsDocument)
  useEffect(forget, [choice, forget]) // it was of another choice
  const confirm = async () => {
    const { done } = await change({
      input: {
        organizationId,
        subscribe: choice.add.map(inputOf),
        unsubscribe: choice.remove.map(inputOf),
        joins: choice.joins,
        expectedTotal: whatIf.impact?.totalAfter.amount,
      },
    })
    if (!done) {
      whatIf.again()
      return
    }
    clear()
    keepDone(done, done.invitations.length)
  }
  return { confirm, isPending, refusal }
}
