import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  addCapability,
  addLibrary,
  addModule,
  catalogLibraries,
  createSession,
  removeLibrary,
} from '../../shared/protocol.js';
import { assetsIn } from '../../server/assets.js';
import { createRuntime } from '../../server/runtime/index.js';
import { VmError } from '../../shared/errors.js';
import type { Session } from '../../shared/models.js';
import { useHost } from '../support/use-host.js';
import { TestSession } from './runtime/harness.js';

/** A use of each library that says that it works: expression and preview. */
const uses: Readonly<Record<string, readonly [code: string, preview: string]>> = {
  lodash: ['_.map(_.groupBy([1, 2, 3], (n) => n % 2), _.sum)', '[ 2, 4 ]'],
  dayjs: ["dayjs('2024-02-28').add(2, 'day').format('YYYY-MM-DD')", "'2024-03-01'"],
  moment: ["moment.utc('2024-01-31').add(1, 'month').format('YYYY-MM-DD')", "'2024-02-29'"],
  ramda: ['R.pipe(R.filter((n) => n > 1), R.map(R.multiply(2)))([1, 2, 3])', '[ 4, 6 ]'],
  zustand: ['zustand.createStore(() => ({ bears: 3 })).getState()', '{ bears: 3 }'],
  'date-fns': ["dateFns.format(dateFns.addDays(new Date(2024, 1, 28), 1), 'yyyy-MM-dd')", "'2024-02-29'"],
  mathjs: ["math.evaluate('sqrt(3^2 + 4^2)') + math.det([[1, 2], [3, 4]])", '3'],
  'd3-array': ['d3.bin()([1, 1, 2, 3, 5, 8]).length', '5'],
  'simple-statistics': ['ss.median([3, 1, 2])', '2'],
  papaparse: ["Papa.parse('a,b\\n1,2', { header: true }).data", "[ { a: '1', b: '2' } ]"],
  yaml: ["YAML.parse('a: [1, 2]')", '{ a: [ 1, 2 ] }'],
  zod: ["z.object({ a: z.number() }).safeParse({ a: '1' }).error.issues[0].code", "'invalid_type'"],
  immer: ['immer.produce({ a: [1] }, (draft) => { draft.a.push(2); })', '{ a: [ 1, 2 ] }'],
  rxjs: ['await rxjs.lastValueFrom(rxjs.of(1, 2, 3).pipe(rxjs.map((n) => n * 2)))', '6'],
  axios: ["axios.getUri({ url: '/a', params: { b: [1, 2] } })", "'/a?b%5B%5D=1&b%5B%5D=2'"],
};

describe('libraries', () => {
  const host = useHost();

  /** A session of a template with these libraries. */
  async function sessionWith(...names: readonly string[]): Promise<Session> {
    // On a busy machine, importing all names of mathjs takes longer than a template's default.
    const settings = { limits: { cpuMs: 0, wallMs: 0 } };
    const { id: templateId } = await host.client.template({ settings });
    for (const name of names) await host.client.request(addLibrary, { templateId, name });
    if (names.some((name) => name.startsWith('axios'))) {
      await host.client.request(addCapability, { templateId, kind: 'net', name: 'example.com:443' });
    }
    return host.client.request(createSession, { templateId });
  }

  async function preview(session: Session, code: string): Promise<string> {
    const { result, error } = await host.client.repl(session, code);
    return result?.preview ?? `thrown ${error?.name ?? ''}: ${error?.message ?? ''}`;
  }

  for (const [id, [code, expected]] of Object.entries(uses)) {
    it(`offers ${id} as a global, and the same as an import with names`, async () => {
      const { items } = await host.client.request(catalogLibraries, {});
      const library = items.find((each) => each.id === id);
      assert.ok(library !== undefined, `${id} is not in the catalogue`);
      const session = await sessionWith(`${id}@${library.version}`);
      assert.equal(await preview(session, code), expected);
      const same = `import imported, * as all from '${id}';
        const names = Object.keys(all).filter((name) => name !== 'default' && !(name in imported));
        [imported === ${library.global}, all.default === imported, Object.keys(all).length > 1, names.join()]`;
      // Two that are exported under their own names, too.
      const ownNames = { zod: 'z', axios: 'axios', mathjs: 'all' }[id] ?? '';
      assert.equal(await preview(session, same), `[ true, true, true, '${ownNames}' ]`);
    });
  }

  it('gives require what imports get', async () => {
    const session = await sessionWith('lodash', 'mathjs', 'zustand');
    const same =
      "[require('lodash') === _, require('mathjs') === math, require('zustand/vanilla') === zustand]";
    assert.equal(await preview(session, same), '[ true, true, true ]');
  });

  it('has a use of every library in the catalogue', async () => {
    const { items } = await host.client.request(catalogLibraries, {});
    assert.deepEqual(items.map(({ id }) => id).sort(), Object.keys(uses).sort());
  });

  it('imports the library itself, whatever became of its global', async () => {
    const session = await sessionWith('lodash');
    await host.client.repl(session, 'globalThis._ = { map: () => "mine" }');
    assert.equal(await preview(session, "import { map } from 'lodash'; map([1], (n) => n + 1)"), '[ 2 ]');
  });

  it('lets a cell change and redeclare the global of a library', async () => {
    const session = await sessionWith('lodash', 'zod', 'dayjs', 'ramda');
    assert.equal(await preview(session, 'import { z } from "zod"; typeof z.string'), "'function'");
    assert.equal(await preview(session, 'import dayjs from "dayjs"; typeof dayjs'), "'function'");
    assert.equal(await preview(session, 'const z = 1; z'), '1');
    assert.equal(await preview(session, 'globalThis._ = 5; _'), '5');
    assert.equal(await preview(session, 'function R() { return 2; } R()'), '2');
    assert.equal(await preview(session, 'import { z } from "zod"; typeof z.string'), "'function'");
  });

  it('keeps the global that it was given while cells have values', async () => {
    const session = await sessionWith('lodash');
    await host.client.repl(session, '1 + 1');
    assert.equal(await preview(session, '_.VERSION'), "'4.18.1'");
  });

  it('shares nothing of a library between the sessions of a template', async () => {
    const { id: templateId } = await host.client.template();
    await host.client.request(addLibrary, { templateId, name: 'lodash' });
    const [one, other] = [
      await host.client.session({ templateId }),
      await host.client.session({ templateId }),
    ];
    await host.client.repl(one, "_.mixin({ secret: () => 1 }); _.chunk = () => 'changed'");
    assert.equal(
      await preview(other, '[typeof _.secret, _.chunk([1, 2], 1)]'),
      "[ 'undefined', [ [ 1 ], [ 2 ] ] ]",
    );
  });

  it('says to add a library of the catalogue that the template does not name', async () => {
    const session = await sessionWith('dayjs');
    const { error } = await host.client.repl(session, "import _ from 'lodash'");
    assert.equal(error?.code, 'MODULE_NOT_ALLOWED');
    assert.match(error.message, /add the library lodash to the session's template/);
    assert.match(await preview(session, 'typeof _.map'), /'_' is not defined/);
  });

  it('takes a library with its version, in one version at a time', async () => {
    const { client } = host;
    const { id: templateId } = await client.template();
    const add = async (name: string) => (await client.request(addLibrary, { templateId, name })).libraries;
    assert.deepEqual(await add(' Lodash '), ['lodash']);
    assert.deepEqual(await add('dayjs'), ['lodash', 'dayjs']);
    assert.deepEqual(await add('lodash@4.18.1'), ['dayjs', 'lodash@4.18.1']);
    const session = await client.session({ templateId });
    assert.equal(await preview(session, '_.VERSION'), "'4.18.1'");
    const { libraries } = await client.request(removeLibrary, { templateId, name: 'lodash' });
    assert.deepEqual(libraries, ['dayjs']);
  });

  it('does not start a session with a library that needs a capability its template lacks', async () => {
    const { client } = host;
    const { id: templateId } = await client.template();
    await client.request(addLibrary, { templateId, name: 'axios' });
    const refusal = await client.refusal('vm/sessions/create', { templateId });
    assert.equal(refusal.code, 'MODULE_NOT_ALLOWED');
    assert.match(refusal.message, /capability of kind net/);
    await client.request(addCapability, { templateId, kind: 'net', name: 'example.com', effect: 'deny' });
    assert.equal((await client.refusal('vm/sessions/create', { templateId })).code, 'MODULE_NOT_ALLOWED');
  });

  it('lets axios reach what the template grants, and nothing else', async () => {
    const { client } = host;
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ asked: request.url }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const { id: templateId } = await client.template();
      await client.request(addLibrary, { templateId, name: 'axios' });
      await client.request(addModule, { templateId, name: 'fetch' });
      await client.request(addCapability, { templateId, kind: 'net', name: `127.0.0.1:${port}` });
      const session = await client.session({ templateId });
      const get = (path: string) =>
        `(await axios.get('http://127.0.0.1:${path}', { params: { a: 1 } })).data`;
      assert.equal(await preview(session, get(`${port}/x`)), "{ asked: '/x?a=1' }");
      assert.match(await preview(session, get('1/x')), /^thrown AxiosError: /);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });
});

describe('the files of the libraries', () => {
  /** Opens a session on a copy of them that was tampered with. */
  async function refusalAfter(tamper: (folder: string) => Promise<void>): Promise<unknown> {
    const assets = assetsIn(new URL('../../dist/', import.meta.url));
    const folder = await mkdtemp(path.join(tmpdir(), 'vm-libraries-'));
    const runtime = createRuntime({
      assets: { ...assets, librariesFolder: folder },
      log: { warn: () => undefined, error: () => undefined },
    });
    try {
      await cp(assets.librariesFolder, folder, { recursive: true });
      await tamper(folder);
      await TestSession.open(runtime, { libraries: ['dayjs'] });
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await runtime.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  it('are checked against the catalogue before a session gets them', async () => {
    const changed = await refusalAfter(async (folder) => {
      const file = path.join(folder, 'dayjs.js');
      await writeFile(file, `${await readFile(file, 'utf8')} `);
    });
    assert.ok(changed instanceof VmError);
    assert.equal(changed.code, 'STARTUP_FAILED');
    assert.match(changed.message, /dayjs 1\.11\.23 is not the one that came with this vm-system/);
  });

  it('are missed by name', async () => {
    const missing = await refusalAfter((folder) => rm(path.join(folder, 'dayjs.js')));
    assert.ok(missing instanceof VmError);
    assert.equal(missing.code, 'STARTUP_FAILED');
    assert.match(missing.message, /dayjs 1\.11\.23 is missing/);
  });
});
