import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'

import { environmentOf, type Installation, SEATMARK } from './installation'

/** A `seatmark up` of a journey's own, which it may end and start again. */
export class Server {
  private process: ChildProcess | null = null

  constructor(
    readonly installation: Installation,
    private readonly settings: Record<string, string> = {},
  ) {}

  /** Begin with nothing: what an earlier run left may be of another release. */
  async found() {
    await rm(this.installation.dataDir, { recursive: true, force: true })
    await this.start()
  }

  async start() {
    this.process = spawn(SEATMARK, ['up'], {
      env: { ...process.env, ...environmentOf(this.installation), ...this.settings },
      stdio: 'ignore',
    })
    for (let tries = 0; tries < 300; tries += 1) {
      const answer = await fetch(`${this.installation.url}/readyz`).catch(() => null)
      if (answer?.ok) return
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error('The server does not answer.')
  }

  async stop() {
    if (!this.process) return
    const ended = once(this.process, 'exit')
    this.process.kill('SIGTERM')
    await ended
    this.process = null
  }
}
