/**
 * The schema's history. A database at version n (its `user_version`) has had the first n of these; each runs once,
 * and those that are due run in one transaction, with the marks that their rows need. What was released is never edited: a change is a new file at the end of the list.
 */
import { initial } from './001-initial.js';
import { checkpoints } from './002-checkpoints.js';
import { pieceBases } from './003-piece-bases.js';
import { timelines } from './004-timelines.js';

export const migrations: readonly string[] = [initial, checkpoints, pieceBases, timelines];

/** The version that this program reads and writes. */
export const schemaVersion = migrations.length;
