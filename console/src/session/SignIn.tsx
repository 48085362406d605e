import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { Preferences } from '../shell/Preferences'
import { Button } from '../ui/Button'
import { Card } from '../ui/Card'
import { TextField } from '../ui/Field'
import { Notice } from '../ui/Notice'
import { Form, Page } from '../ui/Page'
import { askForLink, askForMethods, localPath, type Methods, signInAs, signInByKey, wayBack } from './signing'
import styles from './SignIn.module.css'

/** Somebody's way in: whatever this installation offers. */
export function SignIn() {
  const { t } = useTranslation()
  const [methods, setMethods] = useState<Methods | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [search] = useSearchParams()
  const returnTo = localPath(search.get('returnTo'), window.location.origin)
  useEffect(() => {
    askForMethods().then(setMethods, () => {
      setProblem('')
    })
  }, [])
  const done = (why: string | null) => {
    if (why === null) window.location.assign(returnTo)
    else setProblem(why)
  }
  return (
    <main className={styles.place}>
      <Page title={t('signIn.title')} lead={t('signIn.lead')} actions={<Preferences />}>
        {problem !== null && <Notice tone="bad">{problem || t('refusals.UNAVAILABLE')}</Notice>}
        {methods && methods.demo.length > 0 && <DemoSignIn methods={methods} onDone={done} />}
        {methods?.provider && (
          <Card title={t('signIn.provider')}>
            <a href={`/auth/sign-in?return_to=${encodeURIComponent(wayBack(returnTo))}`}>{t('signIn.byProvider')}</a>
          </Card>
        )}
        {methods?.link && <LinkSignIn returnTo={returnTo} />}
        {methods?.operatorKey && <KeySignIn onDone={done} />}
      </Page>
    </main>
  )
}

function DemoSignIn({ methods, onDone }: { methods: Methods; onDone: (why: string | null) => void }) {
  const { t, i18n } = useTranslation()
  const described = (as: string) => {
    const key = `signIn.as.${as}`
    return i18n.exists(key) ? t(key as 'signIn.as.owner') : ''
  }
  return (
    <Card title={t('signIn.demo')}>
      <p className="soft">{t('signIn.demoLead')}</p>
      <ul className={styles.people}>
        {methods.demo.map((one) => (
          <li key={one.as}>
            <Button
              onPress={() => {
                void signInAs(one.as).then(onDone)
              }}
            >
              {one.name}
            </Button>
            <span className="soft">{described(one.as)}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function LinkSignIn({ returnTo }: { returnTo: string }) {
  const { t, i18n } = useTranslation()
  const [email, setEmail] = useState('')
  const [isSent, setSent] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const send = async () => {
    const why = await askForLink(email, returnTo, i18n.language)
    setProblem(why)
    setSent(why === null)
  }
  return (
    <Card title={t('signIn.link')}>
      <Form onSubmit={() => void send()} label={t('signIn.link')}>
        <TextField
          label={t('signIn.email')}
          type="email"
          name="email"
          autoComplete="email"
          value={email}
          onChange={setEmail}
          problems={problem === null ? [] : [problem || t('refusals.UNAVAILABLE')]}
          isRequired
        />
        <Button type="submit" look="primary" isDisabled={email === ''}>
          {t('signIn.sendLink')}
        </Button>
        {isSent && <Notice tone="good">{t('signIn.sent')}</Notice>}
      </Form>
    </Card>
  )
}

function KeySignIn({ onDone }: { onDone: (why: string | null) => void }) {
  const { t } = useTranslation()
  const [key, setKey] = useState('')
  return (
    <Card title={t('signIn.operator')}>
      <Form onSubmit={() => void signInByKey(key).then(onDone)} label={t('signIn.operator')}>
        <TextField
          label={t('signIn.key')}
          type="password"
          name="operator-key"
          autoComplete="off"
          value={key}
          onChange={setKey}
          hint={t('signIn.keyHint')}
        />
        <Button type="submit" isDisabled={key === ''}>
          {t('signIn.title')}
        </Button>
      </Form>
    </Card>
  )
}
