import assert from 'node:assert/strict';
import { sessionState, wakeNotice } from '../../../client/session-text.js';
import type { Session } from '../../../shared/models.js';
import { at, ready } from './ready-session.js';

const session: Session = { ...ready, runtimeMeta: { ...ready.runtimeMeta, checkpointAt: at } };
const asleep: Session = { ...session, status: 'hibernated' };

describe('the text of a session', () => {
  it('says what it does and how many wait', () => {
    assert.equal(sessionState(session), 'ready');
    assert.equal(sessionState({ ...session, busy: true }), 'running');
    assert.equal(sessionState({ ...session, busy: true, queued: 2 }), 'running, 2 waiting');
    assert.equal(sessionState({ ...session, status: 'closed' }), 'closed');
  });

  it('says of one that sleeps from when its state is', () => {
    assert.match(sessionState(asleep), /^asleep · state of \d+:\d\d/);
    assert.match(wakeNotice(asleep) ?? '', /goes on with its state of \d+:\d\d/);
  });

  it('has nothing to say to whoever uses one that is awake', () => {
    assert.equal(wakeNotice(session), undefined);
  });
});
