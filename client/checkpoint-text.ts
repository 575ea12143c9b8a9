/** Kept states of sessions in a few words, the same in the views and the picks. */
import type { Checkpoint, Execution } from '../shared/models.js';
import { shortTime, size, title } from './execution-text.js';

/** A kept state, as it is told of. */
export interface StateToTell {
  readonly row: Checkpoint;
  /** The execution that it is the state after, where that is still known. */
  readonly after: Execution | undefined;
  /** The session goes on from it. */
  readonly isCurrent: boolean;
}

/** Where in the session's life it is: `after report.js`, `before the first execution`. */
export function placeText({ executionId }: Checkpoint, after: Execution | undefined): string {
  if (executionId === undefined) return 'before the first execution';
  return `after ${after === undefined ? 'an earlier execution' : title(after)}`;
}

/** The name that somebody gave it, else its place. */
export function checkpointName({ row, after }: StateToTell): string {
  return row.label ?? placeText(row, after);
}

/** What follows its name: `current · 10:31 · 1.3 MB`, of one with a label also its place. */
export function checkpointDescription(state: StateToTell): string {
  const { row, after, isCurrent } = state;
  return [
    ...(isCurrent ? ['current'] : []),
    ...(isLeft(state) ? ['rewound'] : []),
    ...(row.label === undefined ? [] : [placeText(row, after)]),
    shortTime(row.createdAt),
    ...memory(row),
  ].join(' · ');
}

/** The session went back to before it. */
export function isLeft({ after, isCurrent }: StateToTell): boolean {
  return after?.rewound === true && !isCurrent;
}

/** The whole of it, for who does not see the icons. */
export function spokenCheckpoint(state: StateToTell): string {
  const { row, after, isCurrent } = state;
  const place = placeText(row, after);
  return [
    row.label === undefined ? `Checkpoint ${place}` : `Labelled checkpoint ${row.label}, ${place}`,
    `of ${shortTime(row.createdAt)}`,
    ...memory(row),
    ...(isCurrent ? ['the session goes on from it'] : []),
    ...(isLeft(state) ? ['rewound: the session went back to before it'] : []),
  ].join(', ');
}

/** Before the first execution it was not measured. */
function memory({ memoryBytes }: Checkpoint): string[] {
  return memoryBytes === 0 ? [] : [size(memoryBytes)];
}
