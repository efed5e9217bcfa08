import { expect, it } from 'vitest';
import { createGateway } from '../../../functions/gateway/gateway.ts';
import { asArray, asObject } from '../../../lib/domain/json.ts';
import type { Gateway } from '../../../lib/pipeline.ts';
import { refuses, scene, whole } from './scene.ts';

const keys = [
  { id: 'a', env: 'PROVIDER_KEY', weight: 1 },
  { id: 'b', env: 'PROVIDER_KEY', weight: 0 },
];

it('a key that one function was refused is tried by no other of the region, until it has rested', async () => {
  const { clock, gateway, log, chat } = await scene({
    first: [refuses(401, 'no such key'), ...Array.from({ length: 5 }, () => whole())],
    settings: { keys },
  });
  /** The keys a request tried. */
  const tried = async (by: Gateway) => {
    const answering = chat({}, {}, by);
    let answered = false;
    void answering.then(() => (answered = true));
    while (!answered) await clock.advance(0);
    const response = await answering;
    expect(response.status).toBe(200);
    await response.settled;
    const record = log.findLast(({ event }) => event === 'request');
    return asArray(record?.['attempts']).map((attempt) => asObject(attempt)['key']);
  };
  expect(await tried(gateway)).toEqual(['a', 'b']);
  const other = createGateway(gateway.environment);
  await clock.advance(7_000);
  // Makes the snapshot when it has answered.
  expect(await tried(gateway)).toEqual(['b']);
  await other.warm();
  expect(await tried(other)).toEqual(['b']);
  await clock.advance(65_000);
  expect(await tried(createGateway(gateway.environment))).toEqual(['a']);
  expect(log.filter(({ event }) => event === 'health_problem')).toEqual([]);
});
