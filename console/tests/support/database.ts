import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { environmentOf, INSTALLATION, SEATMARK, TOP } from './installation'

const SCRIPT = `
import asyncio, sys
import asyncpg
from app.cli import _database_url
from app.settings import load_settings

async def main():
    connection = await asyncpg.connect(_database_url(load_settings()))
    await connection.execute(sys.argv[1])
    await connection.close()

asyncio.run(main())
`

/** Does to the installation's database what no API can: faults are made so. */
export async function damage(statement: string) {
  const python = join(dirname(SEATMARK), 'python')
  const env = { ...process.env, ...environmentOf(INSTALLATION), PYTHONPATH: TOP }
  await promisify(execFile)(python, ['-c', SCRIPT, statement], { cwd: TOP, env })
}
