/** How a script ends that could not do its work. */

/** Prints what went wrong and why, without a stack, and makes the exit code 1. For `main().catch(fail)`. */
export function fail(error: unknown): void {
  console.error(reasons(error).join('\n'));
  process.exitCode = 1;
}

function reasons(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const inner: unknown[] = error instanceof AggregateError ? error.errors : [];
  if (error.cause !== undefined) inner.push(error.cause);
  return [error.message, ...inner.flatMap(reasons)];
}
