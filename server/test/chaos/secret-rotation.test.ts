import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, startServer } from '../running-server.ts'
import { runCommand } from './command.ts'

let dataDirectory: string
beforeAll(async () => {
  dataDirectory = await mkdtemp('/tmp/heliograph-rotation-')
})
afterAll(() => rm(dataDirectory, { recursive: true, force: true }))

const person = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' }
const send = (url: string, path: string, body: object) =>
  fetch(`${url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('the secret of an embedded installation can be changed, and a server without it is refused in plain words', async () => {
  const first = await startServer(dataDirectory)
  expect((await send(first.url, 'sign-up', person)).status).toBe(201)
  await first.stop()

  const original = (await readFile(join(dataDirectory, 'secret'), 'utf8')).trim()
  const changed = 'another secret that is long enough to be one'
  const rotated = await startServer(dataDirectory, {
    HELIOGRAPH_SECRET: changed,
    HELIOGRAPH_PREVIOUS_SECRETS: original,
  })
  expect((await send(rotated.url, 'sign-in', person)).status).toBe(200)
  await rotated.stop()

  const refused = runCommand('start', {
    HELIOGRAPH_DATA: dataDirectory,
    PORT: String(await freePort()),
    LOG_LEVEL: 'warn',
  })
  expect(await refused.ended).toMatchObject({ code: 1 })
  expect(refused.stderr()).toMatch(
    /^This database belongs to an installation with another secret\. Set HELIOGRAPH_SECRET .*\n$/,
  )

  const settled = await startServer(dataDirectory, { HELIOGRAPH_SECRET: changed })
  expect((await send(settled.url, 'sign-in', person)).status).toBe(200)
  await settled.stop()
})
