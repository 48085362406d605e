import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { useNow } from '../../shell/useNow'
import { Button } from '../../ui/Button'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { UndoChangeDocument } from './change.generated'
import { type Made, useMade } from './undo'

/** What was changed last, and taking it back for as long as that is possible (R3.12). */
export function UndoNotice() {
  const { t } = useTranslation('seats')
  const { made, keep } = useMade()
  const [isUndone, setUndone] = useState(false)
  const { change, isPending, refusal } = useChange(UndoChangeDocument)
  const putAway = () => {
    keep(null)
    document.getElementById('main')?.focus() // the button that had the focus is gone
  }
  const undo = async (changeId: string) => {
    const { done } = await change({ input: { changeId } })
    if (!done) return
    setUndone(true)
    putAway()
  }
  if (!made) return isUndone ? <Notice tone="good">{t('undo.undone')}</Notice> : null
  return (
    <>
      <RefusalNotice refusal={refusal} />
      <Done
        made={made}
        isPending={isPending}
        onUndo={() => {
          void undo(made.changeId)
        }}
        onClose={putAway}
      />
    </>
  )
}

type DoneProps = { made: Made; isPending: boolean; onUndo: () => void; onClose: () => void }

function Done({ made, isPending, onUndo, onClose }: DoneProps) {
  const { t } = useTranslation('seats')
  const { t: common } = useTranslation()
  const format = useFormats()
  const { timeZone } = useOrganization()
  const now = useNow(1)
  const left = made.undoableUntil === null ? -1 : Date.parse(made.undoableUntil) - now
  const what = [
    t('undo.seated', { count: made.seated }),
    t('undo.unseated', { count: made.unseated }),
    ...(made.invited > 0 ? [t('undo.invited', { count: made.invited })] : []),
  ]
  return (
    <Notice
      tone="good"
      title={t('undo.done', { at: format.instant(made.at, timeZone) })}
      actions={
        <>
          {left >= 0 && (
            <Button onPress={onUndo} isPending={isPending}>
              {t('undo.undo')}
            </Button>
          )}
          <Button look="quiet" onPress={onClose}>
            {common('close')}
          </Button>
        </>
      }
    >
      {format.list(what)}.{' '}
      {made.undoableUntil !== null && left >= 0 && (
        <>
          {t('undo.until', { at: format.zonedInstant(made.undoableUntil, timeZone) })}{' '}
          <span aria-hidden className="mono">
            {clockOf(left)}
          </span>
        </>
      )}
    </Notice>
  )
}

/** Milliseconds as minutes and seconds: 29:59. */
function clockOf(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`
}
