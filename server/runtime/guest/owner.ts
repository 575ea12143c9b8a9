/** Which execution owns what happens now: what is printed, and the timers that are armed. */
let current = '';

export function owner(): string {
  return current;
}

/** Makes an execution the owner until the next call. */
export function enter(executionId: string): void {
  current = executionId;
}
