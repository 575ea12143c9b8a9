/**
 * What the guest has computed at once in the session's own thread: parts of the web's globals that the host has already.
 * Nothing here waits, and the guest bounds what it sends, so that no call takes long. Names are the contract's
 * `ComputeTask`.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { ComputeTask } from '../guest/contract.js';
import type { Engine } from './engine.js';
import type { Borrowed, Handle } from './engine-port.js';

/** An answer: text as JSON, or a number. */
type Task = (input: string) => string | number | Uint8Array;

/** Most bytes that `randomBytes` gives. */
const maxRandomBytes = 65_536;

/** What the decoder is told, beside the bytes. */
interface DecodeOptions {
  readonly encoding: string;
  readonly offset: number;
  readonly length: number;
  readonly fatal?: true;
  readonly ignoreBOM?: true;
  /** More is to come: the beginning of a character at the end is left for then. */
  readonly stream?: true;
}

const urlProperties = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;

function partsOf(url: URL): string {
  return JSON.stringify(Object.fromEntries(urlProperties.map((property) => [property, url[property]])));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined; // the web's way to say that the input is wrong
  }
}

const encoder = new TextEncoder();

/** Takes no part of the session's state. */
const tasks: Record<Exclude<ComputeTask, 'decode' | 'askedTime'>, Task> = {
  parseUrl(input) {
    const [text, base] = JSON.parse(input) as [text: string, base?: string];
    const url = attempt(() => new URL(text, base));
    return url === undefined ? 'null' : partsOf(url);
  },
  changeUrl(input) {
    const [href, property, value] = JSON.parse(input) as [href: string, property: 'hash', value: string];
    const url = new URL(href);
    url[property] = value;
    return partsOf(url);
  },
  readForm: (input) => JSON.stringify([...new URLSearchParams(JSON.parse(input) as string)]),
  writeForm: (input) =>
    JSON.stringify(new URLSearchParams(JSON.parse(input) as [string, string][]).toString()),
  encodingOf: (input) =>
    JSON.stringify(attempt(() => new TextDecoder(JSON.parse(input) as string).encoding) ?? null),
  encode: (input) => encoder.encode(JSON.parse(input) as string),
  toBase64: (input) => JSON.stringify(attempt(() => btoa(JSON.parse(input) as string)) ?? null),
  fromBase64: (input) => JSON.stringify(attempt(() => atob(JSON.parse(input) as string)) ?? null),
  randomBytes: (input) => randomBytes(Math.min(Number(input), maxRandomBytes)),
  randomUuid: () => JSON.stringify(randomUUID()),
  now: () => performance.timeOrigin + performance.now(),
};

/** Does a task that needs nothing but its input. */
export function computeTask(task: keyof typeof tasks, input: string): string | number | Uint8Array {
  return tasks[task](input);
}

/**
 * Serves the guest's `compute`.
 *
 * @throws GuestMemoryFull
 */
export function compute(
  engine: Engine,
  taskName: Borrowed,
  inputText: Borrowed,
  buffer: Borrowed | undefined,
): Handle | undefined {
  const task = engine.string(taskName) as ComputeTask;
  const input = engine.string(inputText);
  if (task === 'askedTime') return engine.newNumber(engine.localTime.takeAsked());
  if (task === 'decode') {
    return (
      buffer && engine.newString(decode(input, (offset, length) => engine.bytes(buffer, offset, length)))
    );
  }
  const answer = computeTask(task, input);
  if (typeof answer === 'string') return engine.newString(answer);
  return typeof answer === 'number' ? engine.newNumber(answer) : engine.newArrayBuffer(answer);
}

/**
 * Reads text from bytes.
 *
 * @param optionsJson of {@link DecodeOptions}
 * @param bytesAt gives a stretch of the guest's buffer
 * @returns JSON of the text and how many bytes are left for later; 'null' where the bytes are wrong
 */
export function decode(optionsJson: string, bytesAt: (offset: number, length: number) => Uint8Array): string {
  const { encoding, offset, length, fatal, ignoreBOM, stream } = JSON.parse(optionsJson) as DecodeOptions;
  const bytes = bytesAt(offset, length);
  const options = { fatal: fatal === true, ignoreBOM: ignoreBOM === true };
  const decoded = attempt(() => {
    const decoder = new TextDecoder(encoding, options);
    const text = decoder.decode(bytes, { stream: true });
    // Not in one go: Node then takes windows-1252 for Latin 1.
    if (stream === undefined) return { text: text + decoder.decode(), pending: 0 };
    return { text, pending: countPending(bytes, text, encoding, options) };
  });
  return JSON.stringify(decoded ?? null);
}

/** No character has more bytes than this, nor an escape sequence. */
const maxCharacterBytes = 4;

/**
 * How many bytes at the end have not become text yet. A decoder does not tell, but without those bytes it says the same
 * when it is told that nothing more comes.
 */
function countPending(
  bytes: Uint8Array,
  text: string,
  encoding: string,
  options: { fatal: boolean; ignoreBOM: boolean },
): number {
  // It has modes that an earlier escape sequence set, so all of it is read again with what comes.
  for (let pending = 0; pending < maxCharacterBytes && pending <= bytes.length; pending++) {
    const whole = bytes.subarray(0, bytes.length - pending);
    const decoder = new TextDecoder(encoding, options);
    if (attempt(() => decoder.decode(whole, { stream: true }) + decoder.decode()) === text) return pending;
  }
  return 0;
}
