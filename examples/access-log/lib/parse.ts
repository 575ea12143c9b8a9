export enum Outcome {
  Served = 'served',
  Refused = 'refused',
  Failed = 'failed',
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly outcome: Outcome;
  readonly ms: number;
}

/** One request a line: time, method, path, status, milliseconds. */
export function parseLog(text: string): Request[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [, method = '', path = '', status, ms] = line.split(' ');
      return { method, path, outcome: outcomeOf(Number(status)), ms: Number(ms) };
    });
}

function outcomeOf(status: number): Outcome {
  if (status >= 500) return Outcome.Failed;
  return status >= 400 ? Outcome.Refused : Outcome.Served;
}
