import type { ReactNode } from 'react'
import { X } from 'lucide-react'
import { Button, Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import styles from './Dialog.module.css'

type DialogProps = {
  title: string
  isOpen: boolean
  onClose: () => void
  children: ReactNode
  footer?: ReactNode
  isWide?: boolean
}

/** A window over the page. The focus stays within and goes back; Escape closes it. */
export function Dialog({ title, isOpen, onClose, children, footer, isWide }: DialogProps) {
  const { t } = useTranslation()
  return (
    <ModalOverlay
      className={styles.overlay ?? ''}
      isOpen={isOpen}
      onOpenChange={(is) => {
        if (!is) onClose()
      }}
      isDismissable
    >
      <Modal className={`${styles.modal} ${isWide ? styles.wide : ''}`}>
        <AriaDialog className={styles.dialog ?? ''}>
          <div className={styles.head}>
            <Heading slot="title">{title}</Heading>
            <Button className={styles.close ?? ''} aria-label={t('close')} onPress={onClose}>
              <X size={18} aria-hidden />
            </Button>
          </div>
          <div className={styles.body}>{children}</div>
          {footer !== undefined && <div className={styles.foot}>{footer}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
