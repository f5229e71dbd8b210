import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { OutboundInterrupted, OutboundRefused, OutboundUnreachable } from './errors.ts'
import { createGuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

async function listen(server: Server): Promise<string> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}
const serve = (listener: RequestListener) => listen(createHttpServer(listener))
const serveRaw = (handle: (socket: Socket) => void) => listen(createTcpServer(handle))

function guarded(change: Partial<GuardedFetchOptions> = {}) {
  return createGuardedFetch({
    allowNetworks: ['127.0.0.0/8'],
    maxResponseBytes: 10_000,
    timeoutMs: 5_000,
    maxRedirects: 3,
    ...change,
  })
}
const strict = (change: Partial<GuardedFetchOptions> = {}) => guarded({ allowNetworks: [], ...change })

async function faultOf(call: Promise<Response>): Promise<Record<string, unknown>> {
  const fault = await call.then(
    (response) => ({ status: response.status }),
    (error: unknown) => error,
  )
  if (fault instanceof OutboundRefused) return { refused: fault.reason }
  if (fault instanceof OutboundUnreachable) return { unreachable: fault.stage }
  if (fault instanceof OutboundInterrupted) return { interrupted: fault.reason }
  return { other: fault }
}

/** Answers each lookup with the next of the given lists. */
function lookupOf(...answers: string[][]) {
  let asked = 0
  const lookup = async () =>
    (answers[asked++] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return Object.assign(lookup, { times: () => asked })
}

test('a request goes out as it is given and its answer comes back whole', async () => {
  const url = await serve(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response.setHeader('x-seen', `${request.method} ${request.url} ${request.headers['x-mine']}`)
    response.setHeader('set-cookie', 'a=b')
    response.writeHead(201).end(body.toUpperCase())
  })
  const response = await guarded()(`${url}/path?q=1`, {
    method: 'POST',
    body: 'hello',
    headers: { 'x-mine': 'yes', cookie: 'a=b' },
  })
  expect([response.status, await response.text()]).toEqual([201, 'HELLO'])
  expect(response.headers.get('x-seen')).toBe('POST /path?q=1 yes')
  expect(response.headers.get('set-cookie')).toBeNull()
})

test('a compressed answer is unpacked, and one that swells beyond the limit is cut off', async () => {
  const url = await serve((request, response) => {
    const content = request.url === '/bomb' ? Buffer.alloc(5_000_000) : 'small'
    response.setHeader('content-encoding', 'gzip').end(gzipSync(content))
  })
  expect(await (await guarded()(url)).text()).toBe('small')
  expect(await faultOf(guarded()(`${url}/bomb`))).toEqual({ interrupted: 'response_too_large' })
})

test.each([
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://127.1/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://169.254.169.254/latest',
  'https://0/',
  'https://１２７.0.0.1/',
])('a loopback address is refused in every spelling: %s', async (address) => {
  expect(await faultOf(strict()(address))).toEqual({ refused: 'address_not_public' })
})

test.each([
  ['ftp://example.com/', 'scheme_not_allowed'],
  ['file:///etc/passwd', 'scheme_not_allowed'],
  ['https://user:secret@example.com/', 'credentials_in_address'],
  ['no address', 'invalid_address'],
])('%s is refused before any lookup', async (address, reason) => {
  const lookup = lookupOf(['8.8.8.8'])
  expect(await faultOf(strict({ lookup })(address))).toEqual({ refused: reason })
  expect(lookup.times()).toBe(0)
})

test('one private address among public ones refuses the whole name', async () => {
  const lookup = lookupOf(['8.8.8.8', '10.0.0.1'])
  expect(await faultOf(strict({ lookup })('https://mixed.example/'))).toEqual({
    refused: 'address_not_public',
  })
})

test('plain http is refused at public addresses', async () => {
  const lookup = lookupOf(['8.8.8.8'])
  expect(await faultOf(strict({ lookup })('http://plain.example/'))).toEqual({ refused: 'https_required' })
})

test('a name is looked up once, and the connection goes to the address that was checked', async () => {
  const url = await serve((request, response) => response.end(request.headers.host))
  const { port } = new URL(url)
  const lookup = lookupOf(['127.0.0.1'], ['10.0.0.1'])
  const response = await guarded({ lookup })(`http://rebinding.example:${port}/`)
  expect(await response.text()).toBe(`rebinding.example:${port}`)
  expect(lookup.times()).toBe(1)
})

test('a name that turns private at the redirect is refused there', async () => {
  const url = await serve((_request, response) => response.writeHead(302, { location: '/next' }).end())
  const lookup = lookupOf(['127.0.0.1'], ['10.0.0.1'])
  const address = url.replace('127.0.0.1', 'rebinding.example')
  expect(await faultOf(guarded({ lookup })(address))).toEqual({ refused: 'address_not_public' })
})

test.each([
  ['http://10.0.0.1/', 'address_not_public'],
  ['http://[::1]:1/', 'address_not_public'],
  ['file:///etc/passwd', 'scheme_not_allowed'],
])('a redirect to %s is refused', async (location, reason) => {
  const url = await serve((_request, response) => response.writeHead(302, { location }).end())
  expect(await faultOf(guarded()(url))).toEqual({ refused: reason })
})

test('credentials are kept within an origin and dropped at the border to another', async () => {
  const seen: (string | undefined)[] = []
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization)
    response.end('other')
  })
  const url = await serve((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(307, { location: request.url === '/' ? '/inside' : other }).end()
  })
  const response = await guarded()(url, { headers: { authorization: 'Bearer secret' } })
  expect(await response.text()).toBe('other')
  expect(seen).toEqual(['Bearer secret', 'Bearer secret', undefined])
})

test('an endless redirect ends', async () => {
  let requests = 0
  const url = await serve((_request, response) => {
    requests += 1
    response.writeHead(302, { location: '/' }).end()
  })
  expect(await faultOf(guarded()(url))).toEqual({ refused: 'too_many_redirects' })
  expect(requests).toBe(4)
})

test('a redirected write is never repeated elsewhere', async () => {
  let elsewhere = 0
  const other = await serve((_request, response) => {
    elsewhere += 1
    response.end()
  })
  const url = await serve((_request, response) => response.writeHead(307, { location: other }).end())
  expect((await guarded()(url, { method: 'POST', body: 'x' })).status).toBe(307)
  expect(elsewhere).toBe(0)
})

test('an unreachable redirect counts as interrupted, since the first hop was sent', async () => {
  const url = await serve((_request, response) =>
    response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  )
  expect(await faultOf(guarded()(url))).toEqual({ interrupted: 'connection_lost' })
})

test('bodies beyond the limit are cut off, whether their length is announced or not', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/announced') response.setHeader('content-length', '20000')
    for (let i = 0; i < 20; i++) response.write('x'.repeat(1_000))
    response.end()
  })
  expect(await faultOf(guarded()(`${url}/announced`))).toEqual({ interrupted: 'response_too_large' })
  expect(await faultOf(guarded()(`${url}/streamed`))).toEqual({ interrupted: 'response_too_large' })
  expect((await guarded({ maxResponseBytes: 20_000 })(`${url}/streamed`)).status).toBe(200)
})

test('an unknown name and a closed port are unreachable, with nothing sent', async () => {
  const unknown = async () => {
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  }
  expect(await faultOf(guarded({ lookup: unknown })('https://gone.example/'))).toEqual({
    unreachable: 'unknown_host',
  })
  const broken = async () => {
    throw Object.assign(new Error('no resolver'), { code: 'EAI_AGAIN' })
  }
  expect(await faultOf(guarded({ lookup: broken })('https://gone.example/'))).toEqual({
    unreachable: 'name_lookup',
  })
  expect(await faultOf(guarded()('http://127.0.0.1:9/'))).toEqual({ unreachable: 'connect' })
})

test('a lookup that never ends is unreachable at the time limit', async () => {
  const lookup = () => new Promise<never>(() => undefined)
  const call = guarded({ lookup, timeoutMs: 50 })('https://slow.example/')
  expect(await faultOf(call)).toEqual({ unreachable: 'timeout' })
})

test('a server that does not speak TLS never gets to see the request', async () => {
  const received: Buffer[] = []
  const url = await serveRaw((socket) => {
    socket.on('data', (data) => {
      received.push(data)
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
  })
  const call = guarded()(url.replace('http:', 'https:'), { method: 'POST', body: 'secret post' })
  expect(await faultOf(call)).toEqual({ unreachable: 'tls' })
  expect(Buffer.concat(received).includes('secret post')).toBe(false)
})

test('a TLS greeting that is never answered is unreachable at the time limit', async () => {
  const url = await serveRaw(() => undefined)
  const call = guarded({ timeoutMs: 100 })(url.replace('http:', 'https:'))
  expect(await faultOf(call)).toEqual({ unreachable: 'timeout' })
})

test('a connection lost after the request was read is interrupted, wherever the answer breaks off', async () => {
  const reset = await serveRaw((socket) => socket.once('data', () => socket.resetAndDestroy()))
  const closed = await serveRaw((socket) => socket.once('data', () => socket.end()))
  const midBody = await serveRaw((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'))
  })
  for (const url of [reset, closed, midBody]) {
    const call = guarded()(url, { method: 'POST', body: 'x' })
    expect(await faultOf(call)).toEqual({ interrupted: 'connection_lost' })
  }
})

test('a connection reset as it is accepted is unreachable only where it broke before the request was written', async () => {
  let readBytes = 0
  const url = await serveRaw((socket) => {
    socket.resetAndDestroy()
    readBytes += socket.bytesRead
  })
  for (let i = 0; i < 20; i++) {
    const fault = await faultOf(guarded()(url, { method: 'POST', body: 'x' }))
    expect([{ unreachable: 'connect' }, { interrupted: 'connection_lost' }]).toContainEqual(fault)
  }
  expect(readBytes).toBe(0)
})

test('what is no HTTP is unreadable, and not a success', async () => {
  const url = await serveRaw((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9\r\n')))
  expect(await faultOf(guarded()(url))).toEqual({ interrupted: 'response_unreadable' })
})

test('a silent server and a body that trickles are interrupted at the one time limit', async () => {
  const silent = await serve(() => undefined)
  const trickling = await serve((_request, response) => {
    response.write('x')
    const timer = setInterval(() => response.write('x'), 10)
    response.on('close', () => clearInterval(timer))
  })
  for (const url of [silent, trickling]) {
    const startedAt = performance.now()
    expect(await faultOf(guarded({ timeoutMs: 200 })(url))).toEqual({ interrupted: 'timeout' })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  }
})

test('a caller who gives up is told whether something was sent by then', async () => {
  expect(await faultOf(guarded()('http://127.0.0.1:9/', { signal: AbortSignal.abort() }))).toEqual({
    unreachable: 'aborted',
  })
  const controller = new AbortController()
  const url = await serve(() => controller.abort())
  expect(await faultOf(guarded()(url, { signal: controller.signal }))).toEqual({ interrupted: 'aborted' })
})
