import { expect, test } from 'vitest'
import { createAddressPolicy, isSameAddress } from './address-policy.ts'

const refused = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:8.8.8.8',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::7f00:1',
  '100::1',
  '2001::1',
  '2001:2::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
]
const passed = [
  '1.1.1.1',
  '8.8.8.8',
  '172.15.0.1',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
]

test.each(refused)('%s is not reached', (address) => {
  expect(createAddressPolicy([]).isAllowed(address)).toBe(false)
})

test.each(passed)('%s is public and is reached, though it is not named', (address) => {
  const policy = createAddressPolicy([])
  expect([policy.isAllowed(address), policy.isNamed(address)]).toEqual([true, false])
})

test.each(['', 'localhost', '0177.0.0.1', '0x7f.1', '2130706433', '127.1', '1.1.1.1 ', '[::1]'])(
  'what is no plain address is not reached: "%s"',
  (address) => {
    const policy = createAddressPolicy(['0.0.0.0/0', '::/0'])
    expect(policy.isAllowed(address)).toBe(false)
  },
)

test('a named network is reached, and neither its neighbours nor its mapped form', () => {
  const policy = createAddressPolicy(['127.0.0.0/8', 'fd00::/8'])
  expect(['127.0.0.1', '127.9.9.9', 'fd12::1'].map(policy.isAllowed)).toEqual([true, true, true])
  expect(['126.0.0.1', '10.0.0.1', '::ffff:127.0.0.1', 'fc00::1'].map(policy.isNamed)).toEqual([
    false,
    false,
    false,
    false,
  ])
})

test('a network that is not in CIDR notation is refused in plain words', () => {
  expect(() => createAddressPolicy(['127.0.0.1'])).toThrow('"127.0.0.1" is no network in CIDR notation')
})

test('an address is the same in every spelling, and never the same as what is no address', () => {
  expect(isSameAddress('2606:4700:0:0::1111', '2606:4700::1111')).toBe(true)
  expect(isSameAddress('127.0.0.1', '::ffff:127.0.0.1')).toBe(false)
  expect(isSameAddress('', '')).toBe(false)
})
