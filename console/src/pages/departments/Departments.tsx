import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Button } from '../../ui/Button'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { DepartmentDeed, type Doing } from './DepartmentDeed'
import { type Deed, DEEDS, DepartmentTree } from './DepartmentTree'
import { useBranches } from './useBranches'

/** How the organization is divided, and how many people are where; the address says what is opened. */
export function Departments() {
  const { t } = useTranslation('departments')
  const { slug } = useOrganization()
  const may = useMay()
  const navigate = useNavigate()
  const [opened, setOpened] = useSearch('open')
  const open = useMemo(() => opened.split(',').filter((id) => id !== ''), [opened])
  const setOpen = useCallback(
    (ids: string[]) => {
      setOpened(ids.join(','))
    },
    [setOpened],
  )
  const { branches, error, more } = useBranches(open)
  const [doing, setDoing] = useState<Doing | null>(null)
  const manages = may('MEMBER_MANAGE')
  const seePeople = (id: string) => void navigate(`/o/${slug}/people?department=${id}`)
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        manages && (
          <Button
            look="primary"
            onPress={() => {
              setDoing({ deed: 'create', department: null })
            }}
          >
            {t('new')}
          </Button>
        )
      }
    >
      {error && <Unavailable error={error} />}
      <DepartmentTree
        branches={branches}
        open={open}
        onOpen={setOpen}
        onMore={more}
        onPeople={seePeople}
        deeds={manages ? DEEDS : (['people'] satisfies Deed[])}
        onDeed={(deed, department) => {
          if (deed === 'people') seePeople(department.id)
          else setDoing({ deed, department })
        }}
      />
      {doing && (
        <DepartmentDeed
          doing={doing}
          onClose={() => {
            setDoing(null)
          }}
          onDone={(parentId) => {
            if (parentId !== null && !open.includes(parentId)) setOpen([...open, parentId])
          }}
        />
      )}
    </Page>
  )
}
