import { useEffect, useState } from 'react'

import { useOrganization } from './OrganizationShell'

/** What time it is in the organization, in milliseconds: on a test clock, what that shows. */
export function useNow(everySeconds = 60): number {
  const { testClock } = useOrganization()
  const [now, setNow] = useState(Date.now)
  const isReal = testClock === null
  useEffect(() => {
    if (!isReal) return
    const timer = setInterval(() => {
      setNow(Date.now())
    }, everySeconds * 1000)
    return () => {
      clearInterval(timer)
    }
  }, [isReal, everySeconds])
  return testClock === null ? now : Date.parse(testClock.now)
}
