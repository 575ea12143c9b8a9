/**
 * The system calls of sql.js's WebAssembly, answered from the real disk for the databases mounted here. Everything
 * under `/host/<mount>/` goes to {@link HostFiles}; all else falls through to the file system in memory that sql.js
 * brings. No JavaScript exception crosses the engine: failures become error numbers.
 */
import fs from 'node:fs';
import type { WasmFunction } from 'sql.js/dist/sql-wasm.js';
import { FileError, type HostFile, type HostFiles, systemErrorCode } from './host-files.js';
import type { SyscallName } from './syscall-names.js';
import type { WasmMemory } from './web-assembly.js';

const mountRoot = '/host';

/** Descriptors from here on are ours; those below belong to the file system in memory. */
const firstDescriptor = 1 << 20;

/** The error numbers of WASI, which this build of SQLite is compiled with. */
const errorNumbers: Readonly<Record<string, number>> = {
  EACCES: 2,
  EBADF: 8,
  EBUSY: 10,
  EEXIST: 20,
  EINVAL: 28,
  EIO: 29,
  EISDIR: 31,
  EMFILE: 33,
  ENAMETOOLONG: 37,
  ENOENT: 44,
  ENOSPC: 51,
  ENOTDIR: 54,
  EPERM: 63,
  EROFS: 69,
};

function errorNumber(error: unknown): number {
  return errorNumbers[systemErrorCode(error) ?? 'EIO'] ?? 29;
}

/** The flags of open(2) as Emscripten numbers them. */
const openFlags = { accessMode: 3, create: 0o100, exclusive: 0o200, truncate: 0o1000 } as const;
const accessModes = [fs.constants.O_RDONLY, fs.constants.O_WRONLY, fs.constants.O_RDWR];

const getLock = 12;
const unlocked = 2;

/** What the engine passes: 32-bit addresses and numbers, and 64-bit numbers as bigint. */
type Argument = number | bigint;
type Call = (...args: Argument[]) => number;

/** A path below {@link mountRoot}. `name` is '' for the database's folder; no files: the root itself. */
interface MountedPath {
  readonly files?: HostFiles;
  readonly name: string;
}

interface StatFields {
  readonly kind: 'file' | 'folder';
  readonly size: number;
  readonly inode: number;
  readonly times: readonly [number, number, number];
}

function statFields(stats: fs.Stats): StatFields {
  return {
    kind: stats.isDirectory() ? 'folder' : 'file',
    size: stats.size,
    inode: stats.ino,
    times: [stats.atimeMs, stats.mtimeMs, stats.ctimeMs],
  };
}

export class WasmSyscalls {
  readonly #mounts = new Map<number, HostFiles>();
  readonly #descriptors = new Map<number, HostFile>();
  #nextMount = 1;
  #memory: WasmMemory | undefined;
  #bytes = new Uint8Array();
  #words = new DataView(this.#bytes.buffer);

  /** Gives a database's files a place in the engine's file system. @returns its name there and its owner */
  mount(files: HostFiles, name: string): { enginePath: string; unmount: () => void } {
    const mount = this.#nextMount++;
    this.#mounts.set(mount, files);
    return {
      enginePath: `${mountRoot}/${mount}/${name}`,
      unmount: () => this.#mounts.delete(mount),
    };
  }

  /** To be called with the instance's memory before its first system call. */
  attach(memory: WasmMemory): void {
    this.#memory = memory;
  }

  /**
   * Puts the calls between the engine and its imports.
   * @param imports the engine's imports, changed in place
   * @param names the name of each system call among them
   */
  wrap(imports: Record<string, WasmFunction>, names: Readonly<Record<SyscallName, string>>): void {
    for (const [syscall, wrapper] of Object.entries(this.#wrappers)) {
      const name = names[syscall as SyscallName];
      const original = imports[name];
      if (original === undefined) throw new Error(`The engine does not import ${syscall} as ${name}.`);
      imports[name] = wrapper(original as Call);
    }
  }

  readonly #wrappers: Readonly<Record<SyscallName, (original: Call) => Call>> = {
    __syscall_openat: this.#onPath(1, ({ files, name }, [, , flags = 0]) => {
      if (files === undefined) throw new FileError('EISDIR');
      const file = files.open(name, nodeOpenFlags(Number(flags)));
      let descriptor = firstDescriptor;
      while (this.#descriptors.has(descriptor)) descriptor++;
      this.#descriptors.set(descriptor, file);
      return descriptor;
    }),
    __syscall_stat64: this.#onPath(0, (at, [, buffer]) => this.#putStat(buffer, this.#stat(at))),
    __syscall_lstat64: this.#onPath(0, (at, [, buffer]) => this.#putStat(buffer, this.#stat(at))),
    __syscall_newfstatat: this.#onPath(1, (at, [, , buffer]) => this.#putStat(buffer, this.#stat(at))),
    __syscall_faccessat: this.#onPath(1, (at) => {
      this.#stat(at);
      return 0;
    }),
    __syscall_unlinkat: this.#onPath(1, ({ files, name }) => {
      if (files === undefined || name === '') throw new FileError('EISDIR');
      files.unlink(name);
      return 0;
    }),
    // Nothing here is a link: a mount is made from a real path.
    __syscall_readlinkat: this.#onPath(1, () => -errorNumber(new FileError('EINVAL'))),
    __syscall_mkdirat: this.#onPath(1, () => -errorNumber(new FileError('EACCES'))),
    __syscall_chmod: this.#onPath(0, () => 0),
    __syscall_utimensat: this.#onPath(1, () => 0),
    __syscall_fchmod: this.#onFile(() => 0),
    __syscall_fchown32: this.#onFile(() => 0),
    __syscall_fstat64: this.#onFile((file, [, buffer]) => this.#putStat(buffer, statFields(file.stat()))),
    __syscall_ftruncate64: this.#onFile((file, [, size]) => {
      file.truncate(Number(size));
      return 0;
    }),
    // Locks between processes are the process lock's work. To SQLite every file is free.
    __syscall_fcntl64: this.#onFile((_file, [, command, varargs]) => {
      if (Number(command) === getLock) {
        const { words } = this.#view();
        words.setInt16(words.getUint32(Number(varargs), true), unlocked, true);
      }
      return 0;
    }),
    fd_close: this.#onDescriptor((file, [descriptor]) => {
      this.#descriptors.delete(Number(descriptor));
      file.close();
      return 0;
    }),
    fd_fdstat_get: this.#onDescriptor((file, [, buffer]) => {
      const { bytes } = this.#view();
      const at = Number(buffer);
      bytes.fill(0, at, at + 24);
      bytes[at] = file.kind === 'folder' ? 3 : 4;
      return 0;
    }),
    fd_seek: this.#onDescriptor((file, [, offset, whence, newPosition]) => {
      const bases = [0, file.position, Number(whence) === 2 ? file.stat().size : 0];
      file.position = (bases[Number(whence)] ?? 0) + Number(offset);
      this.#view().words.setBigInt64(Number(newPosition), BigInt(file.position), true);
      return 0;
    }),
    fd_read: this.#onDescriptor((file, args) =>
      this.#transfer(args, (bytes, offset, length) => file.read(bytes, offset, length)),
    ),
    fd_write: this.#onDescriptor((file, args) =>
      this.#transfer(args, (bytes, offset, length) => file.write(bytes, offset, length)),
    ),
    fd_sync: this.#onDescriptor((file) => {
      file.sync();
      return 0;
    }),
  };

  /** System calls that name a path answer with a result, or with the error number below zero. */
  #onPath(pathArgument: number, run: (at: MountedPath, args: Argument[]) => number) {
    return (original: Call): Call =>
      (...args) => {
        const text = this.#text(args[pathArgument]);
        if (text !== mountRoot && !text.startsWith(`${mountRoot}/`)) return original(...args);
        return answer(() => run(this.#find(text), args), -1);
      };
  }

  /** System calls on an open file answer in the same way. */
  #onFile(run: (file: HostFile, args: Argument[]) => number) {
    return this.#onOpenFile(run, -1);
  }

  /** The calls of WASI answer with the error number itself. */
  #onDescriptor(run: (file: HostFile, args: Argument[]) => number) {
    return this.#onOpenFile(run, 1);
  }

  #onOpenFile(run: (file: HostFile, args: Argument[]) => number, sign: 1 | -1) {
    return (original: Call): Call =>
      (...args) => {
        const descriptor = Number(args[0]);
        if (descriptor < firstDescriptor) return original(...args);
        return answer(() => {
          const file = this.#descriptors.get(descriptor);
          if (file === undefined) throw new FileError('EBADF');
          return run(file, args);
        }, sign);
      };
  }

  #find(text: string): MountedPath {
    const [mount, name = ''] = text.slice(mountRoot.length + 1).split('/');
    if (mount === '' || mount === undefined) return { name: '' };
    const files = this.#mounts.get(Number(mount));
    if (files === undefined) throw new FileError('ENOENT');
    return { files, name };
  }

  #stat({ files, name }: MountedPath): StatFields {
    if (files === undefined) return { kind: 'folder', size: 0, inode: 1, times: [0, 0, 0] };
    return statFields(files.stat(name));
  }

  /** Reads or writes the pieces that a list of (address, length) pairs names, until one comes short. */
  #transfer(
    [, list, count, totalAt]: Argument[],
    move: (bytes: Uint8Array, offset: number, length: number) => number,
  ): number {
    const { bytes, words } = this.#view();
    let total = 0;
    for (let index = 0; index < Number(count); index++) {
      const at = Number(list) + 8 * index;
      const length = words.getUint32(at + 4, true);
      const moved = move(bytes, words.getUint32(at, true), length);
      total += moved;
      if (moved < length) break;
    }
    words.setUint32(Number(totalAt), total, true);
    return 0;
  }

  /** Fills in Emscripten's `struct stat`: 96 bytes. */
  #putStat(buffer: Argument | undefined, { kind, size, inode, times }: StatFields): number {
    const { bytes, words } = this.#view();
    const at = Number(buffer);
    bytes.fill(0, at, at + 96);
    words.setUint32(at, 1, true); // st_dev
    words.setUint32(at + 4, kind === 'folder' ? 0o40755 : 0o100600, true); // st_mode
    words.setUint32(at + 8, 1, true); // st_nlink
    words.setBigInt64(at + 24, BigInt(size), true);
    words.setInt32(at + 32, 4096, true); // st_blksize
    words.setInt32(at + 36, Math.ceil(size / 512), true); // st_blocks
    times.forEach((ms, index) =>
      words.setBigInt64(at + 40 + 16 * index, BigInt(Math.floor(ms / 1000)), true),
    );
    words.setBigInt64(at + 88, BigInt.asIntN(64, BigInt(inode)), true);
    return 0;
  }

  #text(address: Argument | undefined): string {
    const { bytes } = this.#view();
    const start = Number(address);
    return Buffer.from(bytes.buffer, start, bytes.indexOf(0, start) - start).toString('utf8');
  }

  /** The engine's memory. Growing it makes older views useless, so each call asks anew. */
  #view(): { bytes: Uint8Array<ArrayBuffer>; words: DataView } {
    if (this.#memory === undefined) throw new Error('The engine called before its memory was known.');
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
      this.#words = new DataView(this.#memory.buffer);
    }
    return { bytes: this.#bytes, words: this.#words };
  }
}

function answer(run: () => number, sign: 1 | -1): number {
  try {
    return run();
  } catch (error) {
    return sign * errorNumber(error);
  }
}

function nodeOpenFlags(flags: number): number {
  return (
    (accessModes[flags & openFlags.accessMode] ?? fs.constants.O_RDONLY) |
    (flags & openFlags.create ? fs.constants.O_CREAT : 0) |
    (flags & openFlags.exclusive ? fs.constants.O_EXCL : 0) |
    (flags & openFlags.truncate ? fs.constants.O_TRUNC : 0)
  );
}
