import type { ReactNode } from 'react'

import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'
import { IconButton } from '../../ui/IconButton'
import { useSearch } from '../../ui/useSearch'

type DialogButtonProps = {
  /** What the address calls the window while it is open. */
  name: string
  label: string
  title?: string
  look?: 'primary' | 'plain' | 'quiet' | 'danger'
  isDisabled?: boolean
  isWide?: boolean
  /** What the button says to whoever does not see its row. */
  describes?: string
  /** In the place of the label, where there is no room for that. */
  icon?: ReactNode
  children: (close: () => void) => ReactNode
}

/** A button that opens a window; the address says which one is open. */
export function DialogButton(props: DialogButtonProps) {
  const { name, label, title, look, isDisabled, isWide, describes, icon, children } = props
  const [open, setOpen] = useSearch('dialog')
  const close = () => {
    if (new URLSearchParams(window.location.search).get('dialog') === name) setOpen('') // another may be open by now
  }
  const show = () => {
    setOpen(name)
  }
  return (
    <>
      {icon === undefined ? (
        <Button
          look={look}
          isDisabled={isDisabled}
          aria-label={describes === undefined ? undefined : `${label}: ${describes}`}
          onPress={show}
        >
          {label}
        </Button>
      ) : (
        <IconButton
          label={label}
          describes={describes}
          look={look === 'danger' ? 'danger' : 'quiet'}
          isDisabled={isDisabled}
          onPress={show}
        >
          {icon}
        </IconButton>
      )}
      <Dialog title={title ?? label} isOpen={open === name} onClose={close} isWide={isWide}>
        {children(close)}
      </Dialog>
    </>
  )
}
