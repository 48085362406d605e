import { defineConfig } from '@playwright/test'

import { INSTALLATION, serverCommand } from './tests/support/installation'

/** Journeys through a real `seatmark up`, as `make up` runs it, with Debian's Chromium. */
export default defineConfig({
  testDir: 'tests',
  outputDir: 'build/journeys',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: process.env.CI ? 1 : 0, // what took two tries is named at the end
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./tests/support/closing.ts']],
  use: {
    baseURL: INSTALLATION.url,
    locale: 'en-GB',
    timezoneId: 'Europe/Moscow',
    viewport: { width: 1280, height: 900 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    },
  },
  projects: [{ name: 'chromium', use: { browserName: 'chromium' } }],
  webServer: {
    command: serverCommand(INSTALLATION),
    url: `${INSTALLATION.url}/readyz`,
    timeout: 120_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 40_000 },
    stdout: 'ignore',
    stderr: 'pipe',
  },
})
