import ipaddr from 'ipaddr.js'

/** Decides which resolved addresses a request may go to. */
export interface AddressPolicy {
  /** The address lies in a network that the operator named. */
  isNamed(address: string): boolean
  /** The address is public unicast, or named by the operator. */
  isAllowed(address: string): boolean
}

/** Global unicast IPv6 is what IANA gives out of 2000::/3; old IPv4-compatible forms lie outside. */
const globalIpv6 = ipaddr.IPv6.parseCIDR('2000::/3')

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  // Four plain decimal parts only: the library also reads octal and short forms, which differ by resolver.
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address)
  return ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.parse(address) : undefined
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv4 || address.match(globalIpv6)
}

/**
 * A policy that lets public unicast pass and refuses loopback, private, link-local, shared, multicast,
 * mapped, translated, tunnelled, documentation and reserved ranges, except `allowNetworks` (CIDR notation).
 * An IPv4 network does not cover its IPv4-mapped IPv6 form.
 */
export function createAddressPolicy(allowNetworks: readonly string[]): AddressPolicy {
  const networks = allowNetworks.map((network) => {
    if (!ipaddr.isValidCIDR(network)) {
      throw new Error(`"${network}" is no network in CIDR notation, such as 127.0.0.0/8 or ::1/128`)
    }
    return ipaddr.parseCIDR(network)
  })
  const named = (address: ipaddr.IPv4 | ipaddr.IPv6) =>
    networks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))

  return {
    isNamed(address) {
      const parsed = parse(address)
      return parsed !== undefined && named(parsed)
    },
    isAllowed(address) {
      const parsed = parse(address)
      return parsed !== undefined && (named(parsed) || isPublic(parsed))
    },
  }
}

/** Whether two spellings name one address; IPv6 has several of each. */
export function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)]
  return a !== undefined && b !== undefined && a.toNormalizedString() === b.toNormalizedString()
}
