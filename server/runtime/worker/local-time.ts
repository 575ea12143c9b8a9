/**
 * Local time of one session. The engine's C library asks its host for the offset of local time at an instant; the
 * answer is the host's zone, or that of the session's settings.
 */

/** Offset of a zone's local time within a `struct tm`, of the engine's C library. */
const offsetField = 36;

/** Zones change their clocks at a multiple of this since the epoch, in seconds. */
const cachedSeconds = 900;
const maxCached = 4096;

/** Seconds that a zone's local time is ahead of UTC, by instant. */
class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #known = new Map<number, number>();

  /** @param name of the IANA database, or `UTC` */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' });
  }

  /** @param seconds since the epoch */
  offset(seconds: number): number {
    const key = Math.floor(seconds / cachedSeconds);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const offset = this.#ask(seconds);
    if (this.#known.size >= maxCached) this.#known.clear();
    this.#known.set(key, offset);
    return offset;
  }

  #ask(seconds: number): number {
    const time = Math.max(-8.64e15, Math.min(8.64e15, seconds * 1000));
    const name = this.#format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes = '0', rest = '0'] = /([+\u2212-])(\d+):?(\d+)?:?(\d+)?/.exec(name) ?? [];
    if (hours === undefined) return 0; // `GMT` alone
    const ahead = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
    return sign === '+' ? ahead : -ahead;
  }
}

type LocalTimeImport = (time: bigint, address: number) => void;

export class LocalTime {
  #zone: Zone | undefined;
  #asked = NaN;

  /** @param timezone `host`, or a zone of the IANA database */
  setZone(timezone: string): void {
    this.#zone = timezone === 'host' ? undefined : new Zone(timezone);
  }

  /** The instant, in seconds since the epoch, that the engine last asked about since this was called; NaN: none. */
  takeAsked(): number {
    const asked = this.#asked;
    this.#asked = NaN;
    return asked;
  }

  /**
   * The engine's imports with local time by us.
   *
   * @param imports as the engine's glue code gives them, with names that its build made up
   * @throws {Error} this build of the engine is not known
   */
  serve(imports: WebAssembly.Imports, memory: WebAssembly.Memory): WebAssembly.Imports {
    const found = Object.entries(imports).flatMap(([module, functions]) =>
      Object.entries(functions)
        .filter(([, each]) => typeof each === 'function' && /\.getSeconds\(\)/.test(each.toString()))
        .map(([name, each]) => ({ module, name, original: each as LocalTimeImport })),
    );
    const [only] = found;
    if (only === undefined || found.length > 1) throw new Error('This build of the engine is not known');
    const { module, name, original } = only;
    const replaced: LocalTimeImport = (time, address) => {
      original(time, address);
      const seconds = Number(time);
      this.#asked = seconds;
      if (this.#zone === undefined) return;
      new DataView(memory.buffer).setInt32(address + offsetField, this.#zone.offset(seconds), true);
    };
    return { ...imports, [module]: { ...imports[module], [name]: replaced } };
  }
}
