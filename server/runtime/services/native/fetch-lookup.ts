/** Looks names up, once for each request: what was checked is what is connected to. */
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { addressOf, isLocalName } from './fetch-address.js';
import type { Address } from './fetch-exchange.js';

/** @returns every address of a name */
export type Lookup = (hostname: string) => Promise<readonly Address[]>;

/** Nobody else is asked where these are. */
const localAddresses: readonly Address[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** The system answers in threads that all file access shares; slow names must not take them all. */
const maxLookups = 2;
let running = 0;
const waiting: (() => void)[] = [];

/**
 * @param hostname of a URL
 * @param lookup used for names; an address is its own answer
 * @throws when it is aborted, or the name is not known
 */
export async function addressesOf(
  hostname: string,
  lookup: Lookup,
  signal: AbortSignal,
): Promise<readonly Address[]> {
  const address = addressOf(hostname);
  if (address !== undefined) return [{ address, family: isIP(address) }];
  if (isLocalName(hostname)) return localAddresses;
  return await untilAborted(lookup(hostname), signal);
}

/** As the system resolves names, its hosts file included. */
export const lookupOfSystem: Lookup = async (hostname) => {
  if (running >= maxLookups) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await systemLookup(hostname, { all: true });
  } finally {
    running--;
    waiting.shift()?.();
  }
};

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
