/** What `net` capabilities allow: hosts by their names, and addresses that are not public by themselves. */
import type { Capability } from '../../../../shared/models.js';
import { type HostPattern, matchesHost, parseHostPattern } from '../../../../shared/host-pattern.js';
import { addressOf, canonical, isLocalName, isLoopback, isPublic } from './fetch-address.js';
import { bare, portOf } from './fetch-exchange.js';
import { CapabilityDenied, type Grants } from './grants.js';

/** What a rule that names no port means: to allow, the usual ones; to deny, all. */
const usualPorts = [80, 443];

/**
 * @param url to be fetched
 * @returns the rule that allows it
 * @throws `CAPABILITY_DENIED`
 */
export function requireHost(grants: Grants, url: URL, method: string): Capability {
  const hostname = nameOf(url);
  const judgement = grants.judge('net', (rule) =>
    concerns(rule, method, (pattern, ports) => matchesHost(pattern, hostname, portOf(url), ports)),
  );
  if (judgement.allowed) return judgement.rule;
  throw new CapabilityDenied('net', targetOf(url), judgement.denying);
}

/**
 * Judges where a granted host leads: an address that is not public has to be granted by itself, or as `localhost`.
 *
 * @throws `CAPABILITY_DENIED`
 */
export function requireAddress(grants: Grants, url: URL, method: string, address: string): void {
  const isThis = (pattern: HostPattern) => {
    const named = addressOf(pattern.host);
    return named !== undefined && canonical(named) === canonical(address);
  };
  const isLocal = (pattern: HostPattern) =>
    isLoopback(address) && isLocalName(pattern.host) && pattern.host === nameOf(url);
  const judgement = grants.judge('net', (rule) =>
    concerns(
      rule,
      method,
      (pattern, ports) =>
        (isThis(pattern) || isLocal(pattern)) &&
        matchesHost({ ...pattern, host: '*' }, '', portOf(url), ports),
    ),
  );
  if (judgement.allowed || (judgement.denying === undefined && isPublic(address))) return;
  const target = bare(url.hostname) === address ? targetOf(url) : `${targetOf(url)} at ${address}`;
  throw new CapabilityDenied('net', target, judgement.denying);
}

function concerns(
  { name, effect, config }: Capability,
  method: string,
  matches: (pattern: HostPattern, ports: readonly number[] | 'any') => boolean,
): boolean {
  const pattern = parseHostPattern(name);
  if (pattern === undefined) return effect === 'deny';
  const { methods } = config;
  if (Array.isArray(methods) && !methods.includes(method)) return false;
  return matches(pattern, effect === 'deny' ? 'any' : usualPorts);
}

/** A dot at the end changes nothing about whose name it is. */
const nameOf = ({ hostname }: URL): string => hostname.replace(/\.$/, '');
const targetOf = (url: URL): string => `${nameOf(url)}:${portOf(url)}`;
