/**
 * Marks show that what a row holds was written by this user's own host, see seal.ts.
 * States of sessions. An image is cut into pieces that are known by their hash, see images/chunks.ts; a piece is kept
 * once, however many images have it.
 */
export const checkpoints = `
CREATE TABLE image_piece (
  key     INTEGER PRIMARY KEY,
  hash    BLOB NOT NULL UNIQUE,
  content BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoint (
  key          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  session_id   TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  execution_id TEXT,
  label        TEXT,
  created_at   INTEGER NOT NULL,
  size_bytes   INTEGER NOT NULL,
  stored_bytes INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  build        TEXT NOT NULL,
  manifest     BLOB NOT NULL,
  mark         BLOB NOT NULL,
  -- Ids of the executions that the session had gone back over by then, as a JSON array.
  rewound      TEXT NOT NULL CHECK (json_valid(rewound))
) STRICT;
CREATE INDEX checkpoint_by_session ON checkpoint (session_id, key);

CREATE TABLE checkpoint_piece (
  checkpoint_key INTEGER NOT NULL REFERENCES checkpoint (key) ON DELETE CASCADE,
  piece_key      INTEGER NOT NULL REFERENCES image_piece (key),
  PRIMARY KEY (checkpoint_key, piece_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX checkpoint_piece_by_piece ON checkpoint_piece (piece_key);

ALTER TABLE template ADD COLUMN grants_mark BLOB NOT NULL DEFAULT x'';
ALTER TABLE session ADD COLUMN snapshot_mark BLOB NOT NULL DEFAULT x'';
ALTER TABLE session ADD COLUMN forked_from TEXT;
ALTER TABLE execution ADD COLUMN rewound INTEGER NOT NULL DEFAULT 0 CHECK (rewound IN (0, 1));
`;
