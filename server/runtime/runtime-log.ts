/** Where the runtime says what an operator may want to know. Never guest text. */
export interface RuntimeLog {
  error(message: string, cause?: unknown): void;
  warn(message: string): void;
}
