import assert from 'node:assert/strict';
import { notificationMethods, protocolRange, requestMethods } from '../../../client/messages.js';
import * as protocol from '../../../shared/protocol.js';

describe('the messages of the extension', () => {
  it("have the methods of the protocol's requests", () => {
    for (const [name, method] of Object.entries(requestMethods)) {
      assert.equal(protocol[name as keyof typeof requestMethods].method, method);
    }
  });

  it("have the methods of the protocol's notifications", () => {
    for (const [name, method] of Object.entries(notificationMethods)) {
      assert.equal(protocol[name as keyof typeof notificationMethods].method, method);
    }
  });

  it('belong to a version that the host speaks', () => {
    const [least, greatest] = protocolRange;
    assert.ok(least <= protocol.protocolVersion && protocol.protocolVersion <= greatest);
  });
});
