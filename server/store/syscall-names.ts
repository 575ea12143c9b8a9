/**
 * The names of the system calls in each known release build, whose linker shortens them; by the wasm's SHA-256. For
 * another release of sql.js compare with the debug build, which keeps the names in the same order of use.
 */
export const syscallNames = {
  /** sql.js 1.16.0 */
  '43bbcdd44287e5a2db3b6b5af34b1a3485a7a441285d247976c1ebe3c61f8dbf': {
    __syscall_chmod: 'i',
    __syscall_faccessat: 'D',
    __syscall_fchmod: 'j',
    __syscall_fchown32: 'h',
    __syscall_fcntl64: 'b',
    __syscall_fstat64: 'g',
    __syscall_ftruncate64: 'J',
    __syscall_lstat64: 'M',
    __syscall_mkdirat: 'C',
    __syscall_newfstatat: 'L',
    __syscall_openat: 'x',
    __syscall_readlinkat: 's',
    __syscall_stat64: 'N',
    __syscall_unlinkat: 'o',
    __syscall_utimensat: 'n',
    fd_close: 'e',
    fd_fdstat_get: 'm',
    fd_read: 't',
    fd_seek: 'E',
    fd_sync: 'K',
    fd_write: 'q',
  },
} as const;

/** A system call of the engine that concerns files. */
export type SyscallName = keyof (typeof syscallNames)[keyof typeof syscallNames];
