/** Host patterns of `net` capabilities: what they may look like, and what they match. */

export interface HostPattern {
  /** Lower case. `*.` in front stands for at least one more label, `*` alone for every name; IPv6 is in brackets. */
  readonly host: string;
  /** `any`, or undefined where the pattern names none. */
  readonly port: number | 'any' | undefined;
}

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * @param text for example `api.example.com`, `*.example.com:443`, `localhost:3000`, `127.0.0.1:*`, `[::1]:8080`
 * @returns undefined when it is no host pattern
 */
export function parseHostPattern(text: string): HostPattern | undefined {
  const [, host = '', portText] = /^(\[[^\]]*\]|[^:[\]/@?#\s]+)(?::(\d{1,5}|\*))?$/.exec(text.trim()) ?? [];
  const port = portText === undefined ? undefined : portText === '*' ? 'any' : Number(portText);
  if (typeof port === 'number' && (port < 1 || port > 65_535)) return undefined;
  if (host === '*') return { host, port };
  const name = host.toLowerCase().replace(/\.$/, '');
  const rest = name.startsWith('*.') ? name.slice(2) : name;
  const normal = normalHost(rest);
  if (normal === undefined) return undefined;
  return { host: name.startsWith('*.') ? `*.${normal}` : normal, port };
}

/** As a URL has it: `127.1` becomes `127.0.0.1`, and other alphabets Punycode. */
function normalHost(host: string): string | undefined {
  const url = `http://${host}/`;
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname.startsWith('[') || hostname.split('.').every((each) => label.test(each))
    ? hostname
    : undefined;
}

/**
 * @param hostname of a URL, without a dot at its end
 * @param port what is connected to
 * @param otherwise the ports of a pattern that names none
 */
export function matchesHost(
  pattern: HostPattern,
  hostname: string,
  port: number,
  otherwise: readonly number[] | 'any',
): boolean {
  const ports = pattern.port === undefined ? otherwise : pattern.port === 'any' ? 'any' : [pattern.port];
  if (ports !== 'any' && !ports.includes(port)) return false;
  if (pattern.host === '*') return true;
  return pattern.host.startsWith('*.') ? hostname.endsWith(pattern.host.slice(1)) : hostname === pattern.host;
}
