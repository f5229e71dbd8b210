import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { StartRefused } from '../infra/process/start-refused.ts'
import { explainListenFault } from './listen-fault.ts'

/** The fault of really listening there. */
async function faultOf(host: string, port = 0): Promise<unknown> {
  const server = createServer()
  onTestFinished(() => void server.close())
  const fault = once(server, 'error')
  server.listen(port, host)
  return (await fault)[0]
}

test('an address of another machine and a name nobody knows are told, each with what HOST may be', async () => {
  for (const [host, reason] of [
    ['192.0.2.1', 'is no address of this machine'],
    ['2001:db8::1', 'is no address of this machine'],
    ['no-such-name.invalid', 'is no name that this machine can look up'],
  ] as const) {
    const explained = explainListenFault(await faultOf(host), { HOST: host, PORT: 3000 })
    expect(explained).toBeInstanceOf(StartRefused)
    expect(String(explained)).toContain(`HOST is "${host}", which ${reason}: leave it out`)
  }
})

test('a port that this user may not take is told', () => {
  const fault = Object.assign(new Error('listen EACCES: permission denied 127.0.0.1:80'), { code: 'EACCES' })
  const explained = explainListenFault(fault, { HOST: '127.0.0.1', PORT: 80 })
  expect(explained).toBeInstanceOf(StartRefused)
  expect(String(explained)).toContain('may not listen on port 80: set PORT to one above 1023')
})

test('a fault of another kind stays what it is', () => {
  const fault = new TypeError('of our own')
  expect(explainListenFault(fault, { HOST: '127.0.0.1', PORT: 80 })).toBe(fault)
})
