/** atob and btoa, as the HTML standard has them. */
import { defineAll } from '../define.js';
import { quote, slice } from '../intrinsics.js';
import { DOMException } from './dom-exception.js';
import { type HostTasks, maxTaskText } from './host-tasks.js';
import { requireArguments, toDomString } from './webidl.js';

/** A multiple of three: the pieces' texts can be put together. */
const plainPiece = maxTaskText - (maxTaskText % 3);
/** Base64 with white space cannot be taken apart, so it comes in one piece, which takes some 100 ms at most. */
const maxEncoded = 16 * 1024 * 1024;

/** Defines the globals. */
export function installBase64(tasks: HostTasks): void {
  defineAll(globalThis, {
    atob(data: unknown) {
      requireArguments(arguments.length, 1, 'atob');
      const text = toDomString(data);
      if (text.length > maxEncoded) {
        throw new DOMException('atob takes 16 MB at a time', 'QuotaExceededError');
      }
      const decoded = tasks.ask('fromBase64', quote(text)) as string | null;
      if (decoded === null) {
        throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
      }
      return decoded;
    },
    btoa(data: unknown) {
      requireArguments(arguments.length, 1, 'btoa');
      const text = toDomString(data);
      let encoded = '';
      for (let at = 0; at < text.length; at += plainPiece) {
        const piece = tasks.ask('toBase64', quote(slice(text, at, at + plainPiece))) as string | null;
        if (piece === null) throw new DOMException('Invalid character', 'InvalidCharacterError');
        encoded += piece;
      }
      return encoded;
    },
  });
}
