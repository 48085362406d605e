import { Upload } from 'lucide-react'
import { useState } from 'react'
import { DropZone, FileTrigger, Text } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { Button } from '../../ui/Button'
import { Select, TextField } from '../../ui/Field'
import { COLUMNS, decode, type RefusedFile } from './file'
import styles from './Roster.module.css'

const ENCODINGS = ['utf-8', 'windows-1251', 'utf-16le', 'windows-1252'] as const
type Encoding = (typeof ENCODINGS)[number]

type RosterInputProps = {
  text: string
  isBusy: boolean
  onText: (text: string) => void
  onRefused: (refusal: RefusedFile) => void
  onCompare: () => void
}

/** A roster is dropped, chosen or pasted; what was read is there to be looked at and mended. */
export function RosterInput({ text, isBusy, onText, onRefused, onCompare }: RosterInputProps) {
  const { t } = useTranslation('roster')
  const [file, setFile] = useState<File | null>(null)
  const [encoding, setEncoding] = useState<Encoding>('utf-8')
  const read = async (one: File, as: Encoding) => {
    setFile(one)
    const words = decode(new Uint8Array(await one.arrayBuffer()), as)
    onText(words?.replace(/^\ufeff/, '') ?? '')
    if (words === null) onRefused({ reason: 'encoding' })
  }
  return (
    <div className={styles.input}>
      <DropZone
        className={styles.drop ?? ''}
        aria-label={t('drop')}
        onDrop={(event) => {
          const dropped = event.items.find((item) => item.kind === 'file')
          if (dropped) void dropped.getFile().then((one) => read(one, encoding))
        }}
      >
        <Upload size={22} aria-hidden />
        <Text slot="label">{file ? file.name : t('drop')}</Text>
        <FileTrigger
          acceptedFileTypes={['.csv', '.tsv', '.txt', 'text/csv', 'text/plain', 'text/tab-separated-values']}
          onSelect={(files) => {
            const chosen = files?.[0]
            if (chosen) void read(chosen, encoding)
          }}
        >
          <Button>{t('choose')}</Button>
        </FileTrigger>
      </DropZone>
      <TextField
        label={t('paste')}
        hint={t('columns', { columns: COLUMNS.join('; ') })}
        value={text}
        onChange={onText}
        isMultiline
        placeholder={'email;name;department;teams\nanna@example.com;Anna Petrova;Sales/North;Support|On call'}
      />
      <div className={styles.allow}>
        {file && (
          <Select
            label={t('encoding')}
            value={encoding}
            onChange={(as) => {
              setEncoding(as)
              void read(file, as)
            }}
            choices={ENCODINGS.map((id) => ({ id, label: t(`encodings.${id}`) }))}
          />
        )}
        <Button look="primary" isPending={isBusy} isDisabled={text.trim() === ''} onPress={onCompare}>
          {t('compare')}
        </Button>
      </div>
    </div>
  )
}
