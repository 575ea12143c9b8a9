/** An error of the operating system, told by its code: `ENOENT` … */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** An error as the operating system would give it, where we find the same out ourselves. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
