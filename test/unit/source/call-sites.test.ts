import assert from 'node:assert/strict';
import { callSitesOf } from '../../../server/runtime/worker/source/call-sites.js';

/** `‹` stands where the engine reports something, `¦` where people look for it. */
const sites = [
  '¦f‹()',
  'a.b.¦c‹()',
  '¦new X‹()',
  '¦new a.b.X‹;',
  'a‹.¦b',
  'a /* . */ ‹. /* x */ ¦b',
  'a?.b‹.¦c',
  '¦f?.‹()',
  '() => { ‹return a.¦b() }',
  '‹for (const x of ¦y);',
  '‹const [a] = ¦b',
  '‹const { ¦a } = b',
  'class A extends B { constructor() { ¦super‹() } }',
];

describe('where an error is looked for', () => {
  for (const marked of sites) {
    it(`is marked in ${marked}`, () => {
      const text = marked.replace(/[‹¦]/g, '');
      const [reported, meant] = ['‹', '¦'].map((mark) =>
        marked.replace(mark === '‹' ? '¦' : '‹', '').indexOf(mark),
      );
      assert.equal(callSitesOf(text).places.get(reported ?? -1), meant);
    });
  }

  it('is not in a constructor that nobody wrote', () => {
    assert.deepEqual([...callSitesOf('class A { x = 1 }').impliedConstructors], [16]);
    assert.deepEqual([...callSitesOf('class A { constructor() {} }').impliedConstructors], []);
  });

  it('is not known of a text that does not parse, or is very long', () => {
    assert.equal(callSitesOf('f() +').places.size, 0);
    assert.equal(callSitesOf('f();'.repeat(50_000)).places.size, 0);
  });

  it('is found in trees deeper than the stack', () => {
    assert.equal(callSitesOf(`${'f('.repeat(300)}${')'.repeat(300)}`).places.size, 300);
  });
});
