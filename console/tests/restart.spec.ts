import { INSTALLATION, installAt } from './support/installation'
import { expect, test } from './support/journey'
import { Operator } from './support/operator'
import { Server } from './support/server'
import { makeWorld } from './support/world'

test('a restart of API and worker in the middle is a pause, and a change made meanwhile is made once', async ({
  page,
  complaints,
}) => {
  test.setTimeout(240_000)
  const server = new Server(installAt(INSTALLATION.port + 1000))
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
