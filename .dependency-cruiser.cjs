/** The layers of docs/architecture.md, enforced. */
const layer = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    layer('shared-knows-nobody', '^shared/', '^(client|server|test)/', 'shared is what both sides agree on'),
    {
      name: 'shared-runs-anywhere',
      severity: 'error',
      comment: 'shared imports no node and no vscode',
      from: { path: '^shared/' },
      to: { dependencyTypes: ['core'] },
    },
    layer('client-not-server', '^client/', '^server/', 'client and server meet in shared only'),
    layer('server-not-client', '^server/', '^client/', 'client and server meet in shared only'),
    layer(
      'core-is-transport-free',
      '^server/core/',
      '(^server/(rpc|cli|editor|runtime|store)/)|(node_modules/(sql\\.js|quickjs|@jitl|vscode))',
      'core declares ports; adapters implement them',
    ),
    layer(
      'adapters-call-core-only',
      '^server/(rpc|editor|cli)/',
      '^server/(store|runtime)/',
      'rpc, editor and cli call core',
    ),
    layer(
      'store-not-runtime',
      '^server/store/',
      '^server/(runtime|rpc|cli|editor)/',
      'adapters do not know each other',
    ),
    layer(
      'runtime-not-store',
      '^server/runtime/',
      '^server/(store|rpc|cli|editor)/',
      'adapters do not know each other',
    ),
    {
      name: 'engine-in-worker-only',
      severity: 'error',
      comment: 'only runtime/worker touches the engine and parses guest text',
      from: { pathNot: '^(server/runtime/worker/|test/(bench|unit)/)' },
      to: { path: 'node_modules/(quickjs|@jitl|acorn|es-module-lexer|cjs-module-lexer)' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(test/fixtures|esbuild\\.mjs)' },
  },
};
