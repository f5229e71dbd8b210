import { once } from 'node:events'
import { createServer } from 'node:https'
import tls from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OutboundUnreachable } from './errors.ts'
import { createGuardedFetch } from './guarded-fetch.ts'

/** Made for this test alone and trusted nowhere else; valid for `right.example` until 2126. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg91T6T7nmvO11MSoq
P/0SpWoZLLDL4K7at5+zA5fTBA+hRANCAARP/1ryQv48gy4QjRmsqxArdyssOCPU
EcQjLEX95oxVjE2ScJBK2A/n7npk7KDTESM12tUCuODoV8Qfuhc0sWYl
-----END PRIVATE KEY-----`
const certificate = `-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUT+HZnplGGy4jPhe/3/V6KkQY3m0wCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNcmlnaHQuZXhhbXBsZTAgFw0yNjExMjEwMjEyMTFaGA8yMTI2
MTAyODAyMTIxMVowGDEWMBQGA1UEAwwNcmlnaHQuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABE//WvJC/jyDLhCNGayrECt3Kyw4I9QRxCMsRf3mjFWM
TZJwkErYD+fuemTsoNMRIzXa1QK44OhXxB+6FzSxZiWjbTBrMB0GA1UdDgQWBBSP
nFaM1Ns+GH/LfYDWTEjCHMzNtDAfBgNVHSMEGDAWgBSPnFaM1Ns+GH/LfYDWTEjC
HMzNtDAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDXJpZ2h0LmV4YW1wbGUw
CgYIKoZIzj0EAwIDSAAwRQIhAPTsHTM5Z8skeGzmFv1W0YfG9CM8kDlkdURtiDoJ
kZnHAiBvYkb3O0fGL+93c5hEBrtgsWvy1uwG8Bn0Ys+orzO5XA==
-----END CERTIFICATE-----`

const server = createServer({ key, cert: certificate }, (request, response) => {
  received.push(String(request.headers.host))
  response.end('over TLS')
})
const received: string[] = []
const guardedFetch = createGuardedFetch({
  allowNetworks: ['127.0.0.0/8'],
  maxResponseBytes: 1_000,
  timeoutMs: 5_000,
  maxRedirects: 0,
  lookup: async () => [{ address: '127.0.0.1', family: 4 }],
})
let port = 0

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterAll(() => void server.close())

test('a certificate that nobody vouches for gets no request', async () => {
  await expect(guardedFetch(`https://right.example:${port}/`)).rejects.toMatchObject({ stage: 'tls' })
  expect(received).toEqual([])
})

test('a trusted certificate is taken for its own name and for no other', async () => {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate])
  expect(await (await guardedFetch(`https://right.example:${port}/`)).text()).toBe('over TLS')
  await expect(guardedFetch(`https://wrong.example:${port}/`)).rejects.toThrow(OutboundUnreachable)
  await expect(guardedFetch(`https://127.0.0.1:${port}/`)).rejects.toThrow(OutboundUnreachable)
  expect(received).toEqual([`right.example:${port}`])
})
