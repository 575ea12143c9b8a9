import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { Host } from '../../../client/host/host.js';
import type { Node, SessionNode } from '../../../client/views/nodes.js';
import { SessionParts } from '../../../client/views/session-parts.js';
import type { Execution, Session } from '../../../shared/models.js';
import { at, ready } from './ready-session.js';

const execution = (id: string): Execution => ({
  id,
  sessionId: 's',
  kind: 'repl',
  input: `cell ${id}`,
  language: 'javascript',
  args: {},
  env: {},
  status: 'ok',
  startedAt: at,
  endedAt: at,
  lastSeq: 0,
  metrics: { wallMs: 1, cpuMs: 1, memoryBytes: 0, memoryDeltaBytes: 0, events: 0, outputBytes: 0 },
});

/** One session's rows, on a host whose states and answers the test sets and whose questions it sees. */
function parts({ isTrusted = true } = {}) {
  const questions: string[] = [];
  const states = ['e1'];
  const answers: Record<string, () => object> = {
    listCheckpoints: () => ({
      items: states.map((executionId) => ({
        id: `state of ${executionId}`,
        sessionId: 's',
        executionId,
        createdAt: at,
        sizeBytes: 0,
        storedBytes: 0,
        memoryBytes: 0,
      })),
    }),
    listExecutions: () => ({ items: [execution('e1')] }),
    listVariables: () => ({
      items: [
        {
          name: 'n',
          kind: 'let',
          value: { type: 'number', preview: '1' },
          expandable: false,
          segment: 'n',
        },
      ],
    }),
  };
  const host = {
    request: (name: string) => {
      questions.push(name);
      const answer = answers[name] ?? assert.fail(name);
      return Promise.resolve().then(answer);
    },
  } as unknown as Host;
  const session: SessionNode = { kind: 'session', id: 's', host, row: ready };
  const drawn = new EventEmitter();
  const it = new SessionParts(session, {
    redraw: (node: Node) => drawn.emit(node.kind),
    isTrusted: () => isTrusted,
    settleMs: 10,
  });
  const labels = (nodes: readonly Node[]) =>
    nodes.map((node) => {
      if (node.kind === 'checkpoint') return node.after?.input ?? 'unknown';
      if (node.kind === 'variable') return `${node.variable.name} = ${node.variable.value.preview}`;
      return node.kind === 'note' ? node.text : node.kind;
    });
  return {
    questions,
    states,
    answers,
    session,
    it,
    checkpoints: async () => labels(await it.childrenOf(it.checkpointsNode)),
    variables: async () => labels(await it.childrenOf(it.variablesNode)),
    /** Waits until the states are to be drawn again. */
    redrawn: () => once(drawn, 'checkpoints'),
    change: (now: Session) => {
      const before = session.row;
      session.row = now;
      it.sessionChanged(before, now);
    },
  };
}

describe('what a session has below it', () => {
  it('is not asked for while nobody has opened it, whatever runs', async () => {
    const { it, questions, change } = parts();
    for (let i = 0; i < 50; i++) {
      it.executionEnded(execution(`e${i}`));
      change({ ...ready, busy: i % 2 === 0 });
    }
    await new Promise(setImmediate);
    assert.deepEqual(questions, []);
    it.dispose();
  });

  it('is read once for many executions that end together, and knows them without asking', async () => {
    const { it, states, questions, checkpoints, redrawn } = parts();
    assert.deepEqual(await checkpoints(), ['cell e1']);
    questions.length = 0;
    const drawn = redrawn();
    for (let i = 2; i < 40; i++) it.executionEnded(execution(`e${i}`));
    states.unshift('e39', 'e38');
    await drawn;
    assert.deepEqual(questions, []);
    assert.deepEqual(await checkpoints(), ['cell e39', 'cell e38', 'cell e1']);
    assert.deepEqual(questions, ['listCheckpoints']);
    it.dispose();
  });

  it('is read again when the session has another state on disk', async () => {
    const { it, states, checkpoints, redrawn, change } = parts();
    await checkpoints();
    const soon = redrawn();
    it.executionEnded(execution('e2'));
    await soon;
    assert.deepEqual(await checkpoints(), ['cell e1']);
    const later = redrawn();
    states.unshift('e2');
    change({ ...ready, runtimeMeta: { ...ready.runtimeMeta, checkpointAt: at } });
    await later;
    assert.deepEqual(await checkpoints(), ['cell e2', 'cell e1']);
    it.dispose();
  });

  it('says why there is nothing, or why it cannot be read, in one sentence', async () => {
    const { it, states, answers, checkpoints } = parts();
    states.length = 0;
    assert.deepEqual(await checkpoints(), ['No state of this session is kept yet.']);
    answers['listCheckpoints'] = () => {
      throw new Error('The host does not answer.');
    };
    it.readAnew();
    assert.deepEqual(await checkpoints(), ['The host does not answer.']);
  });

  it('leaves a session that sleeps asleep, and offers to wake it where code may run', async () => {
    for (const isTrusted of [true, false]) {
      const { it, session, questions, variables } = parts({ isTrusted });
      session.row = { ...ready, status: 'hibernated' };
      assert.match((await variables()).join(), /^The session is asleep\./);
      assert.deepEqual(questions, []);
      const [note] = await it.childrenOf(it.variablesNode);
      assert.ok(note?.kind === 'note');
      assert.equal(note.action?.command, isTrusted ? 'vmSystem.wakeSession' : undefined);
    }
  });

  it('keeps the variables of a session that runs as they were, and reads them when it has ended', async () => {
    const { it, answers, questions, variables, redrawn, change } = parts();
    assert.deepEqual(await variables(), ['n = 1']);
    change({ ...ready, busy: true });
    questions.length = 0;
    assert.deepEqual(await variables(), ['n = 1']);
    assert.deepEqual(questions, []);
    answers['listVariables'] = () => ({ items: [] });
    const drawn = redrawn();
    change(ready);
    await drawn;
    assert.deepEqual(await variables(), ['Nothing was declared yet.']);
    it.dispose();
  });

  it('says of variables that were never seen that the session runs', async () => {
    const { session, questions, variables, answers, it } = parts();
    session.row = { ...ready, busy: true };
    assert.match((await variables()).join(), /ended what it runs/);
    assert.deepEqual(questions, []);
    // It began after the client last heard of it.
    session.row = ready;
    answers['listVariables'] = () => {
      throw Object.assign(new Error('busy'), { data: { code: 'SESSION_BUSY' } });
    };
    assert.match((await variables()).join(), /ended what it runs/);
    it.dispose();
  });
});
