import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** One `seatmark up`: where it listens, where its data lie, and the key of its operator. */
export type Installation = { port: number; url: string; dataDir: string; operatorKey: string }

export const TOP = resolve(import.meta.dirname, '../../..')

/** An installation with a data directory of its own. */
export function installAt(port: number): Installation {
  const dataDir = join(tmpdir(), `seatmark-console-${String(port)}`)
  return {
    port,
    url: `http://127.0.0.1:${String(port)}`,
    dataDir,
    operatorKey: 'smop_for-the-journeys-of-the-console-only',
  }
}

export const INSTALLATION = installAt(Number(process.env.SEATMARK_CONSOLE_TEST_PORT ?? '8147'))

/** Its environment, as a newcomer's `make up` has it. */
export function environmentOf(installation: Installation): Record<string, string> {
  return {
    SEATMARK_ENVIRONMENT: 'development',
    SEATMARK_PORT: String(installation.port),
    SEATMARK_DATA_DIR: installation.dataDir,
    SEATMARK_OPERATOR_KEY: installation.operatorKey,
    SEATMARK_LOG_LEVEL: 'warning',
    // Two browsers of the same demo people ask for more than one person would.
    SEATMARK_RATE_CAPACITY: '10000000',
    SEATMARK_RATE_PER_SECOND: '1000000',
  }
}

export const SEATMARK = process.env.SEATMARK_COMMAND ?? join(TOP, '.venv/bin/seatmark')

export function serverCommand(installation: Installation): string {
  const settings = Object.entries(environmentOf(installation)).map(([name, value]) => `${name}='${value}'`)
  return `rm -rf ${installation.dataDir} && exec env ${settings.join(' ')} ${SEATMARK} up`
}
