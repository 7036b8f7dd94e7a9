// Which connecting addresses are an operator's own proxies, whose word about a request counts.

import { BlockList, isIP } from 'node:net';
import { StartError } from './start-error.ts';

const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Whether an address is one of those trusted; an IPv4 address may be written as one of IPv6. */
export type IsTrusted = (address: string | undefined) => boolean;

/**
 * Makes the check.
 * @param entries addresses, networks in CIDR notation, or `loopback`, `linklocal`, `uniquelocal`
 * @throws StartError for an entry that is none of these
 */
export function trustedAddresses(entries: readonly string[]): IsTrusted {
  const list = new BlockList();
  for (const entry of entries.flatMap((name) => named[name] ?? [name])) {
    const [address = '', bits] = entry.split('/');
    const family = familyOf(address);
    try {
      list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
    } catch {
      throw new StartError(`GANGWAY_TRUSTED_PROXIES: ${entry} is not an address or a network.`);
    }
  }
  return (address) => address !== undefined && isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
