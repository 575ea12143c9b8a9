import { call } from 'vm:native';

/** The environment variables that the session's template grants. Each is read when it is asked for. */
export const env = Object.create(null) as Readonly<Record<string, string | undefined>>;

for (const name of call('env.names', {}) as string[]) {
  Object.defineProperty(env, name, {
    get: () => (call('env.get', { name }) as string | null) ?? undefined,
    enumerable: true,
    configurable: true,
  });
}
