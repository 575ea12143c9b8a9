/**
 * Lines of executions, see timelines.ts. A session's first line has no row: its executions and states have no key.
 * Those that a session had gone back over before lines were known have the key 0, which no line has.
 */
export const timelines = `
CREATE TABLE timeline (
  key        INTEGER PRIMARY KEY CHECK (key > 0),
  session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  -- The line that it left, or null for the session's first; and up to where it has that one's executions.
  parent_key INTEGER,
  last_id         TEXT,
  last_key        INTEGER,
  last_started_at INTEGER,
  last_ended_at   INTEGER,
  at              INTEGER NOT NULL
) STRICT;
CREATE INDEX timeline_by_session ON timeline (session_id, key);

ALTER TABLE execution ADD COLUMN timeline_key INTEGER;
UPDATE execution SET timeline_key = 0 WHERE rewound = 1;
ALTER TABLE checkpoint ADD COLUMN timeline_key INTEGER;
ALTER TABLE checkpoint DROP COLUMN rewound;
`;
