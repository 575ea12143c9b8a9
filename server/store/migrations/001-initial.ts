/**
 * Times are integers: milliseconds since 1970, UTC. `key` is the order of insertion, `id` what clients know.
 * JSON whose depth a client or a guest decides is not checked by SQLite, whose parser gives up at a depth of 1000.
 * Events hang on the execution's `key`, not on its random `id`, so that new ones go to the end of their tree.
 */
export const initial = `
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('format', 'vm-system');

CREATE TABLE template (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  engine      TEXT NOT NULL,
  is_active   INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  libraries   TEXT NOT NULL CHECK (json_valid(libraries)),
  settings    TEXT NOT NULL CHECK (json_valid(settings)),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX template_by_age ON template (created_at);

CREATE TABLE capability (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  template_id TEXT NOT NULL REFERENCES template (id) ON DELETE CASCADE,
  kind        TEXT NOT NULL,
  name        TEXT NOT NULL,
  effect      TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
  enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  config      TEXT NOT NULL,
  UNIQUE (template_id, kind, name)
) STRICT;

CREATE TABLE startup_file (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  template_id TEXT NOT NULL REFERENCES template (id) ON DELETE CASCADE,
  path        TEXT NOT NULL,
  order_index INTEGER NOT NULL,
  mode        TEXT NOT NULL,
  UNIQUE (template_id, path)
) STRICT;

CREATE TABLE session (
  key             INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  name            TEXT NOT NULL,
  template_id     TEXT REFERENCES template (id) ON DELETE SET NULL,
  workspace_id    TEXT NOT NULL,
  base_commit_oid TEXT NOT NULL,
  worktree_path   TEXT NOT NULL,
  status          TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  last_used_at    INTEGER NOT NULL,
  closed_at       INTEGER,
  last_error      TEXT,
  snapshot        TEXT NOT NULL,
  memory_bytes    INTEGER,
  request_digest  TEXT
) STRICT;
CREATE INDEX session_by_age ON session (created_at);
CREATE INDEX session_by_status ON session (status, created_at);
CREATE INDEX session_by_template ON session (template_id, created_at);
CREATE INDEX session_by_worktree ON session (worktree_path, created_at);

CREATE TABLE execution (
  key            INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  session_id     TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  kind           TEXT NOT NULL,
  status         TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  started_at     INTEGER NOT NULL,
  ended_at       INTEGER,
  last_seq       INTEGER NOT NULL,
  metrics        TEXT NOT NULL CHECK (json_valid(metrics)),
  language       TEXT NOT NULL,
  path           TEXT,
  caused_by      TEXT,
  request_digest TEXT,
  args           TEXT NOT NULL,
  env            TEXT NOT NULL,
  input          TEXT,
  result         TEXT,
  error          TEXT
) STRICT;
CREATE INDEX execution_by_age ON execution (created_at);
CREATE INDEX execution_by_session ON execution (session_id, created_at);
CREATE INDEX execution_by_status ON execution (status, created_at);
CREATE INDEX execution_by_kind ON execution (kind, created_at);

-- With rows of its own instead of WITHOUT ROWID: a payload over 1 KB would take a whole page otherwise.
CREATE TABLE execution_event (
  execution_key INTEGER NOT NULL REFERENCES execution (key) ON DELETE CASCADE,
  seq           INTEGER NOT NULL,
  ts            INTEGER NOT NULL,
  type          TEXT NOT NULL,
  payload       TEXT NOT NULL,
  UNIQUE (execution_key, seq)
) STRICT;

-- How many rows the two tables have that grow without end, since counting them would take longer and longer.
-- Events are added up by who appends them, a batch at a time.
CREATE TABLE row_count (
  table_name TEXT PRIMARY KEY,
  rows       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO row_count VALUES ('execution', 0), ('execution_event', 0);
CREATE TRIGGER execution_added AFTER INSERT ON execution BEGIN
  UPDATE row_count SET rows = rows + 1 WHERE table_name = 'execution';
END;
CREATE TRIGGER execution_removed BEFORE DELETE ON execution BEGIN
  UPDATE row_count SET rows = rows - 1 WHERE table_name = 'execution';
  UPDATE row_count
    SET rows = rows - (SELECT count(*) FROM execution_event WHERE execution_key = old.key)
    WHERE table_name = 'execution_event';
END;
`;
