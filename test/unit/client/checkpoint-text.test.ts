import assert from 'node:assert/strict';
import {
  checkpointDescription,
  checkpointName,
  spokenCheckpoint,
  type StateToTell,
} from '../../../client/checkpoint-text.js';
import type { Execution } from '../../../shared/models.js';

const after: Execution = {
  id: 'e',
  sessionId: 's',
  kind: 'repl',
  input: 'n = 2',
  language: 'javascript',
  args: {},
  env: {},
  status: 'ok',
  startedAt: new Date().toISOString(),
  lastSeq: 1,
  metrics: { wallMs: 1, cpuMs: 1, memoryBytes: 0, memoryDeltaBytes: 0, events: 1, outputBytes: 0 },
};
const state: StateToTell = {
  row: {
    id: 'c',
    sessionId: 's',
    executionId: 'e',
    createdAt: new Date().toISOString(),
    sizeBytes: 2_000_000,
    storedBytes: 1000,
    memoryBytes: 1_300_000,
  },
  after,
  isCurrent: false,
};
const labelled: StateToTell = { ...state, row: { ...state.row, label: 'before the cleanup' } };

describe('the text of a checkpoint', () => {
  it('names the execution that it is the state after, with its time and size behind', () => {
    assert.equal(checkpointName(state), 'after n = 2');
    assert.match(checkpointDescription(state), /^\d+:\d\d.* · 1\.3 MB$/);
  });

  it('names it by its label, with the execution behind', () => {
    assert.equal(checkpointName(labelled), 'before the cleanup');
    assert.match(checkpointDescription(labelled), /^after n = 2 · \d+:\d\d.* · 1\.3 MB$/);
  });

  it('says which one the session goes on from', () => {
    assert.match(checkpointDescription({ ...labelled, isCurrent: true }), /^current · after n = 2 · /);
  });

  it('says which ones the session went back over', () => {
    const left = { ...state, after: { ...after, rewound: true as const } };
    assert.match(checkpointDescription(left), /^rewound · \d+:\d\d/);
    assert.match(spokenCheckpoint(left), /the session went back to before it$/);
    assert.match(checkpointDescription({ ...left, isCurrent: true }), /^current · \d+:\d\d/);
  });

  it('says nothing of memory that was not measured yet', () => {
    const row = { ...state.row, memoryBytes: 0 };
    assert.doesNotMatch(checkpointDescription({ ...state, row }), / B/);
  });

  it('tells the state before the first execution from one whose execution is not known any more', () => {
    const { executionId: _, ...row } = state.row;
    assert.equal(checkpointName({ row, after: undefined, isCurrent: false }), 'before the first execution');
    assert.equal(checkpointName({ ...state, after: undefined }), 'after an earlier execution');
  });

  it('is spoken as one sentence that has all of it', () => {
    assert.match(spokenCheckpoint(state), /^Checkpoint after n = 2, of \d+:\d\d.*, 1\.3 MB$/);
    assert.match(
      spokenCheckpoint({ ...labelled, isCurrent: true }),
      /^Labelled checkpoint before the cleanup, after n = 2, of .*, 1\.3 MB, the session goes on from it$/,
    );
  });
});
