import { X } from 'lucide-react'
import { Button, Label, Tag, TagGroup, TagList } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { type Group, GroupField } from './GroupField'
import styles from './TeamsField.module.css'

type TeamsFieldProps = { chosen: readonly Group[]; onChange: (groups: Group[]) => void }

/** Any number of teams: each that is found is added, and each can be taken out again. */
export function TeamsField({ chosen, onChange }: TeamsFieldProps) {
  const { t } = useTranslation('people')
  return (
    <div className={styles.field}>
      <GroupField
        key={chosen.length}
        kind="Team"
        label={t('addTeam')}
        chosen={null}
        without={chosen.map((one) => one.id)}
        onChoose={(group) => {
          if (group) onChange([...chosen, group])
        }}
      />
      <Chosen
        label={t('chosenTeams')}
        items={chosen}
        onRemove={(id) => {
          onChange(chosen.filter((one) => one.id !== id))
        }}
      />
    </div>
  )
}

type ChosenProps = { label: string; items: readonly Group[]; onRemove: (id: string) => void }

/** What was chosen so far, to be taken out again: by its button, or by Delete. */
export function Chosen({ label, items, onRemove }: ChosenProps) {
  const { t } = useTranslation('people')
  if (items.length === 0) return null
  return (
    <TagGroup
      onRemove={(keys) => {
        for (const key of keys) onRemove(String(key))
      }}
    >
      <Label className="visually-hidden">{label}</Label>
      <TagList items={items} className={styles.tags ?? ''}>
        {(item) => (
          <Tag id={item.id} textValue={item.name} className={styles.tag ?? ''}>
            {item.name}
            <Button slot="remove" className={styles.remove ?? ''} aria-label={t('takeOut', { name: item.name })}>
              <X size={14} aria-hidden />
            </Button>
          </Tag>
        )}
      </TagList>
    </TagGroup>
  )
}
