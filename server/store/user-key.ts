/** The user's secret: what carries a mark made with it was written by this user's own host. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { VmError } from '../../shared/errors.js';
import { systemErrorCode } from './host-files.js';

const keyBytes = 32;

export class UserKey {
  private constructor(private readonly secret: Buffer) {}

  /**
   * Reads the key, or makes one the first time: a file that only the user can read.
   *
   * @throws `STORAGE_FAILED`: it cannot be read or made, or others can read it
   */
  static open(file: string): UserKey {
    try {
      return new UserKey(read(file) ?? make(file));
    } catch (error) {
      if (error instanceof VmError) throw error;
      const code = systemErrorCode(error) ?? 'unknown error';
      throw new VmError('STORAGE_FAILED', `The key in the user's data folder cannot be used (${code}).`);
    }
  }

  /** @param purpose keeps marks for one purpose from being of use for another */
  sign(purpose: string, parts: readonly (string | Uint8Array)[]): Buffer {
    const mac = createHmac('sha256', this.secret).update(`vm-system ${purpose}\n`);
    for (const part of parts) {
      if (typeof part === 'string') mac.update(`${Buffer.byteLength(part)}\n${part}`);
      else mac.update(`${part.length}\n`).update(part);
    }
    return mac.digest();
  }

  verify(mark: Uint8Array, purpose: string, parts: readonly (string | Uint8Array)[]): boolean {
    const own = this.sign(purpose, parts);
    return mark.length === own.length && timingSafeEqual(mark, own);
  }
}

/** No link is followed, and a pipe is not waited for. Windows has neither flag, which counts as 0 here. */
const openFlags = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

function read(file: string): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, openFlags);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const status = fs.fstatSync(descriptor);
    const isPrivate =
      process.getuid === undefined || (status.uid === process.getuid() && (status.mode & 0o077) === 0);
    if (!status.isFile() || !isPrivate) {
      throw new VmError(
        'STORAGE_FAILED',
        `The file ${path.basename(file)} in the user's data folder must belong to the user, and nobody else may read it (mode 0600).`,
      );
    }
    const secret = fs.readFileSync(descriptor);
    if (secret.length === keyBytes) return secret;
    throw new VmError(
      'STORAGE_FAILED',
      `The file ${path.basename(file)} in the user's data folder is damaged; remove it to have a new one made. Databases from before have to be adopted then, which drops grants and kept states.`,
    );
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Written whole under another name first; of two hosts that make one at once, the first one's stays. */
function make(file: string): Buffer {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const secret = randomBytes(keyBytes);
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  fs.writeFileSync(temporary, secret, { mode: 0o600, flag: 'wx', flush: true });
  try {
    fs.linkSync(temporary, file);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    return read(file) ?? make(file);
  } finally {
    fs.rmSync(temporary);
  }
  return secret;
}
