import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'

import { environmentOf, type Installation, installAt, SEATMARK } from './support/installation'
import { expect, test } from './support/journey'
import { Operator } from './support/operator'
import { makeWorld } from './support/world'

/** A `seatmark up` of this journey's own, which it may end and start again. */
class Server {
  private process: ChildProcess | null = null

  constructor(readonly installation: Installation) {}

  /** Begin with nothing: what an earlier run left may be of another release. */
  async found() {
    await rm(this.installation.dataDir, { recursive: true, force: true })
    await this.start()
  }

  async start() {
    this.process = spawn(SEATMARK, ['up'], {
      env: { ...process.env, ...environmentOf(this.installation) },
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

test('a restart of API and worker in the middle is a pause, and a change made meanwhile is made once', async ({
  page,
  complaints,
}) => {
  test.setTimeout(240_000)
  const server = new Server(installAt(8148))
  await server.found()
  try {
    const { url } = server.installation
    const world = await makeWorld({ people: 3, isTrialOver: false }, new Operator(server.installation))
    await page.goto(`${url}/sign-in?returnTo=${encodeURIComponent(`/o/${world.slug}/issues`)}`)
    await page.getByRole('button', { name: /Olga/ }).click()
    await page.waitForURL((at) => at.pathname === `/o/${world.slug}/issues`)
    await page.getByRole('button', { name: 'New queue' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Key' }).fill('PAUSE')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Made while nobody answered')

    await server.stop()
    await dialog.getByRole('button', { name: 'Create' }).click()
    await expect(dialog.getByRole('button', { name: 'Create' })).toHaveAttribute('data-pending', 'true')
    await expect(page.getByText('The server does not answer just now.')).toBeAttached()
    await server.start()

    await expect(dialog).toBeHidden({ timeout: 60_000 })
    const { organization } = await world.operator.ask<{ organization: { queues: { nodes: { key: string }[] } } }>(
      'query($id: ID!) { organization(id: $id) { queues { nodes { key } } } }',
      { id: world.id },
    )
    expect(organization.queues.nodes).toEqual([{ key: 'PAUSE' }])
    await expect(page.getByText('The server does not answer just now.')).toHaveCount(0, { timeout: 30_000 })
    // What happens from now on is heard again, without loading the page.
    await world.operator.change(
      'organizationUpdate',
      { organizationId: world.id, name: 'Renamed after the restart' },
      'organization { id }',
    )
    await expect(page.getByText('Renamed after the restart').first()).toBeVisible({ timeout: 30_000 })
  } finally {
    await server.stop()
  }
  complaints.length = 0 // the browser tells of every connection that nobody took
})
