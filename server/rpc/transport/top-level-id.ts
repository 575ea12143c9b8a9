/** Finds the `id` of a JSON-RPC message that is too large to keep, while its bytes pass by. */

/** Ids are short; a longer one is not looked at. */
const maxTokenBytes = 1024;

const code = (character: string): number => character.charCodeAt(0);
const quote = code('"');
const backslash = code('\\');
const openBrace = code('{');
const openBracket = code('[');
const closeBrace = code('}');
const closeBracket = code(']');
const colon = code(':');
const comma = code(',');

/** Scans JSON text for the member `id` of its outermost object, wherever in the object it stands. */
export class TopLevelIdFinder {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The key whose value is being read, as JSON text. */
  #key = '';
  /** The bytes of the current key or plain value at depth 1. */
  #token: number[] = [];

  /**
   * Takes the next bytes.
   *
   * @returns the id once it has passed by; undefined until then, and for good when there is none
   */
  push(bytes: Buffer): { readonly id: unknown } | undefined {
    for (const byte of bytes) {
      const ended = this.#inString ? this.#stringByte(byte) : this.#structureByte(byte);
      if (!ended) continue;
      const found = this.#key === '"id"' ? idFrom(this.#text()) : undefined;
      if (found !== undefined) return found;
      this.#startMember();
    }
    return undefined;
  }

  #stringByte(byte: number): false {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inString = false;
    this.#keep(byte);
    return false;
  }

  /** @returns whether a member of the outermost object ends here */
  #structureByte(byte: number): boolean {
    switch (byte) {
      case openBrace:
      case openBracket:
        this.#depth += 1;
        return false;
      case closeBrace:
      case closeBracket:
        this.#depth -= 1;
        return this.#depth === 0;
      case comma:
        return this.#depth === 1;
      case colon:
        if (this.#depth === 1) {
          this.#key = this.#text();
          this.#token = [];
        }
        return false;
      default:
        if (byte === quote) this.#inString = true;
        this.#keep(byte);
        return false;
    }
  }

  #keep(byte: number): void {
    if (this.#depth === 1 && this.#token.length < maxTokenBytes) this.#token.push(byte);
  }

  #text(): string {
    return Buffer.from(this.#token).toString('utf8').trim();
  }

  #startMember(): void {
    this.#key = '';
    this.#token = [];
  }
}

function idFrom(text: string): { readonly id: unknown } | undefined {
  if (!/^(-?[0-9]+|"(?:[^"\\]|\\.)*")$/.test(text)) return undefined;
  try {
    return { id: JSON.parse(text) as unknown };
  } catch (error) {
    // An escape that JSON does not have: the message would not have been read either.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
