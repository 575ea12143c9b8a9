/**
 * The schema's history. A database at version n (its `user_version`) has had the first n of these; each runs once, in
 * a transaction of its own. What was released is never edited: a change is a new file at the end of the list.
 */
import { initial } from './001-initial.js';

export const migrations: readonly string[] = [initial];

/** The version that this program reads and writes. */
export const schemaVersion = migrations.length;
