import assert from 'node:assert/strict';
import { TestGuest } from '../unit/guest/test-guest.js';
import { useHost } from '../support/use-host.js';

const numbers = 'JSON.stringify(Array.from({ length: 20 }, Math.random))';

describe("a session's seed", () => {
  const host = useHost();

  const drawn = async (seed: number | string | null): Promise<string> => {
    const { client } = host;
    const { id: templateId } = await client.template({ settings: { runtime: { seed } } });
    const session = await client.session({ templateId });
    const { result } = await client.repl(session, numbers);
    return result?.json as string;
  };

  it('gives each session of a template the same random numbers', async () => {
    const [one, same, other, word, sameWord] = await Promise.all([42, 42, 43, 'word', 'word'].map(drawn));
    assert.equal(one, same);
    assert.equal(word, sameWord);
    assert.equal(new Set([one, other, word]).size, 3);
    for (const each of JSON.parse(one ?? '[]') as number[]) assert.ok(each >= 0 && each < 1);
  });

  it('is fresh for each session where the template has none', async () => {
    assert.notEqual(await drawn(null), await drawn(null));
  });

  it('does not reach crypto, whose numbers are the system’s', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({ settings: { runtime: { seed: 1 } } });
    const uuids = await Promise.all(
      [1, 2].map(async () => {
        const session = await client.session({ templateId });
        const { result } = await client.repl(
          session,
          'crypto.randomUUID() + crypto.getRandomValues(new Uint32Array(2))',
        );
        return result?.json as string;
      }),
    );
    assert.notEqual(uuids[0], uuids[1]);
    assert.match(uuids[0] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/);
  });

  it('spreads numbers evenly, and begins anew when the kernel is told to', async () => {
    const guest = await TestGuest.open({ console: true, seed: 'one' });
    const first = guest.look(numbers);
    const buckets = guest.look(`(() => {
      const buckets = new Uint32Array(16);
      for (let i = 0; i < 64_000; i++) buckets[Math.floor(Math.random() * 16)]++;
      return Math.max(...buckets.map((count) => Math.abs(count - 4000)));
    })()`);
    assert.ok(typeof buckets === 'number' && buckets < 300, `off by ${JSON.stringify(buckets)}`);
    guest.reseed('two');
    assert.notEqual(guest.look(numbers), first);
    guest.reseed('one');
    assert.equal(guest.look(numbers), first);
    assert.equal(
      guest.look('[Math.random.name, Math.random.length, Object.keys(Math).length].join()'),
      'random,0,0',
    );
    guest.close();
  });
});
