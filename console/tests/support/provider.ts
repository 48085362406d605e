import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

import { SEATMARK, TOP } from './installation'

/** The OpenID provider of the Python tests, which says of everybody that comes that they have this address. */
const SCRIPT = `
import asyncio, sys
from tests.openid import CLIENT_ID, CLIENT_SECRET, run_provider

async def main():
    async with run_provider() as provider:
        provider.person = {"sub": "olga", "email": sys.argv[1], "email_verified": True}
        print(provider.url, CLIENT_ID, CLIENT_SECRET, sep="\\t", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
`

/** Runs until `stop`. Gives what Seatmark has to be told of it. */
export async function startProvider(email: string) {
  const python = join(dirname(SEATMARK), 'python')
  const running = spawn(python, ['-c', SCRIPT, email], {
    cwd: TOP,
    env: { ...process.env, PYTHONPATH: TOP },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(running.stdout), 'line')) as [string]
  const [issuer = '', clientId = '', clientSecret = ''] = line.split('\t')
  return {
    settings: {
      SEATMARK_OIDC_ISSUER: issuer,
      SEATMARK_OIDC_CLIENT_ID: clientId,
      SEATMARK_OIDC_CLIENT_SECRET: clientSecret,
    },
    stop: async () => {
      const ended = once(running, 'exit')
      running.stdin.end()
      await ended
    },
  }
}
