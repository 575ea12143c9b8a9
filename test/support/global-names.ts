import { readFileSync } from 'node:fs';

/** The globals of a session by where they come from: types/globals.json, which docs/guest.md is held to, too. */
export const globalNames = JSON.parse(
  readFileSync(new URL('../../types/globals.json', import.meta.url), 'utf8'),
) as Readonly<Record<'language' | 'web' | 'session' | 'granted' | 'perRun', readonly string[]>>;
