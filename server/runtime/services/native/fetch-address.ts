/** Which addresses are of the public internet. Everything else must be granted by itself. */
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** Cloud providers answer with credentials here, in a range that is otherwise public. */
const metadataAddresses = new Set(['168.63.129.16']);

/**
 * @param address IPv4 or IPv6, as the resolver gives it
 * @returns whether anybody may reach it: neither loopback, private, link-local, shared, multicast nor reserved, not one
 *   that hides another (mapped, NAT64, 6to4, Teredo), and not this machine
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return (
    parsed.range() === 'unicast' && !metadataAddresses.has(canonical(address)) && !isOwn(canonical(address))
  );
}

/** @param address as the resolver gives it */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/** Names that mean this machine wherever they are used, with or without a dot at the end. */
export const isLocalName = (hostname: string): boolean => /(?:^|\.)localhost\.?$/.test(hostname);

/** @returns the one spelling of an address; of a mapped one, the IPv4 address in it */
export function canonical(address: string): string {
  return ipaddr.process(address).toString();
}

/** @param host of a URL: an IPv6 address stands in brackets there @returns the address, if it is one */
export function addressOf(host: string): string | undefined {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare) ? bare : undefined;
}

/** A service that listens on this machine's public address expects local callers no more than others. */
function isOwn(address: string): boolean {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.some((each) => ipaddr.isValid(each.address) && canonical(each.address) === address);
}
