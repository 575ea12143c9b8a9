/**
 * At most one process works on a database: SQLite's own locks do not reach the disk here. The lock is held by the
 * kernel wherever it can be, so that it ends with the process, however that ends.
 *
 * What is locked is a file of its own beside the database, which is never removed: the database itself may be deleted,
 * replaced or moved aside while a host has it open, and a lock that went with it would let a second host in.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { VmError } from '../../shared/errors.js';
import { systemErrorCode } from './host-files.js';
import { claimPidFile, isAlive } from './pid-file.js';

/** Who holds the lock. `since` is ISO 8601. */
interface LockOwner {
  readonly pid: number;
  readonly since: string;
}

export interface ProcessLock {
  release(): void;
}

/** One way to be the only one: gives back how to let go, or undefined when somebody else holds it. */
type Claim = (file: LockFile) => Promise<Release | undefined>;
type Release = () => void;

interface LockFile {
  readonly path: string;
  readonly fd: number;
  /** Names the file on this machine, whatever path leads to it. */
  readonly identity: string;
}

/**
 * Takes the lock of a database, or tells who has it. Two locks of one process exclude each other as well.
 * @param databasePath real path; its folder exists
 * @throws `DATABASE_LOCKED` with details {pid, since} of the owner, as far as it can be read;
 *   `STORAGE_FAILED`: the lock file cannot be made beside the database
 */
export async function lockDatabase(databasePath: string): Promise<ProcessLock> {
  const file = openLockFile(`${databasePath}.lock`);
  const held: Release[] = [];
  const release = () => {
    for (const letGo of held.splice(0).reverse()) letGo();
  };
  held.push(() => fs.closeSync(file.fd));
  try {
    for (const claim of claims()) {
      const letGo = await claim(file);
      if (letGo === undefined) throw lockedError(await readOwner(file.fd));
      held.push(letGo);
    }
    writeOwner(file.fd, { pid: process.pid, since: new Date().toISOString() });
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

/**
 * Every host of a platform makes the same claims, so that no two of them can hold different ones. On Linux the socket
 * works everywhere but not across containers; flock does, where its program is installed.
 */
function claims(): Claim[] {
  if (process.platform === 'linux') return [claimEndpoint, claimFlock];
  if (process.platform === 'win32') return [claimEndpoint];
  return [(file) => Promise.resolve(claimPidFile(`${file.path}.pid`))];
}

function openLockFile(path: string): LockFile {
  const { O_RDWR, O_CREAT } = fs.constants;
  try {
    const fd = fs.openSync(path, O_RDWR | O_CREAT, 0o600);
    const { dev, ino } = fs.fstatSync(fd, { bigint: true });
    return { path, fd, identity: `${dev.toString()}-${ino.toString()}` };
  } catch (cause) {
    const message = 'The folder of the database cannot be written to; check its permissions and free space.';
    throw new VmError('STORAGE_FAILED', message, undefined, { cause });
  }
}

/** Listens on a name that only one process can have: an abstract Unix socket, or a named pipe on Windows. */
const claimEndpoint: Claim = ({ identity }) => {
  const name =
    process.platform === 'win32' ? `\\\\.\\pipe\\vm-system-${identity}` : `\0vm-system-${identity}`;
  // Nobody has business on this socket; it is there for its name.
  const server = net.createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = ['EADDRINUSE', 'EACCES'].includes(systemErrorCode(error) ?? '');
      if (taken) resolve(undefined);
      else reject(error);
    });
    server.listen({ path: name, exclusive: true }, () => {
      server.unref();
      resolve(() => server.close());
    });
  });
};

/** What `flock` answers when another open file has the lock. */
const flockRefused = 1;

/**
 * Locks the open file through the program of that name, since Node has no call for it: the lock belongs to the open
 * file, which the child shares and leaves to us.
 */
const claimFlock: Claim = ({ fd }) => {
  const { status } = spawnSync('flock', ['-n', '-x', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
    timeout: 10_000,
  });
  // Without the program, or on a file system that has no such locks, the socket alone decides.
  return Promise.resolve(status === flockRefused ? undefined : () => undefined);
};

/** The owner's note has one length, so that rewriting it in place never shows half of it. */
const ownerBytes = 128;

function writeOwner(fd: number, owner: LockOwner): void {
  const text = `${JSON.stringify(owner).padEnd(ownerBytes - 1)}\n`;
  fs.writeSync(fd, text, 0, 'utf8');
}

/** The owner may have taken the lock just now and not have signed it yet; the note of a dead one is not waited on long. */
async function readOwner(fd: number): Promise<LockOwner | undefined> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const owner = parseOwner(fd);
    if (owner !== undefined && isAlive(owner.pid)) return owner;
    await delay(20);
  }
  return undefined;
}

function parseOwner(fd: number): LockOwner | undefined {
  const buffer = Buffer.alloc(ownerBytes);
  const length = fs.readSync(fd, buffer, 0, ownerBytes, 0);
  const match = /^\{"pid":(\d+),"since":"([^"]+)"\}/.exec(buffer.toString('utf8', 0, length));
  const [, pid, since] = match ?? [];
  return pid === undefined || since === undefined ? undefined : { pid: Number(pid), since };
}

function lockedError(owner: LockOwner | undefined): VmError {
  const who = owner === undefined ? 'Another process' : `Process ${owner.pid}`;
  const message = `${who} has this database open; attach to that host, or stop it first.`;
  return new VmError('DATABASE_LOCKED', message, owner === undefined ? {} : { ...owner });
}
