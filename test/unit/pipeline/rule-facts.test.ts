import { expect, it } from 'vitest';
import { parseClientRequest } from '../../../lib/dialects/index.ts';
import type { Caller } from '../../../lib/domain/policy.ts';
import { ruleFacts } from '../../../lib/pipeline/rule-facts.ts';
import { caller as callerOf } from '../../support/routing.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const body = {
  model: 'openai/m',
  stream: true,
  max_tokens: 50,
  temperature: 0.5,
  user: 'u',
  n: null,
  tools: [],
  messages: [{ role: 'user', content: 'the purple heron' }],
};
const asked = parseClientRequest('chat', JSON.stringify(body), {});
const headers = {
  authorization: 'Bearer fl-secret',
  'x-api-key': 'fl-secret',
  'x-goog-api-key': 'fl-secret',
  cookie: 'session=secret',
  'x-tier': 'gold',
};

const factsOf = (caller: Caller, quotas: Parameters<typeof ruleFacts>[2] = undefined) =>
  ruleFacts(
    {
      region: { name: 'eu-central-1', zones: ['eu'] },
      clock: new ManualClock(Date.parse('2026-11-29T23:59:59Z')),
    },
    caller,
    quotas,
    asked,
    { headers, query: { debug: '1' } },
  )('m', 'openai');

it('are what the request, its owner, the region and the hour say', () => {
  const owner = { teamId: 't', teamName: 'The team', customerId: 'c', customerName: 'The customer' };
  const facts = factsOf(callerOf([], owner));
  expect(facts.headers).toEqual({ 'x-tier': 'gold' });
  expect(facts.body).toEqual({
    model: 'openai/m',
    stream: true,
    max_tokens: 50,
    temperature: 0.5,
    user: 'u',
  });
  expect(facts).toMatchObject({
    model: 'm',
    provider: 'openai',
    request_type: 'chat',
    stream: true,
    params: { debug: '1' },
    virtual_key_id: 'vk',
    virtual_key_name: 'vk',
    team_id: 't',
    team_name: 'The team',
    customer_id: 'c',
    customer_name: 'The customer',
    region: 'eu-central-1',
    zone: 'eu',
    hour: 23,
    weekday: 0,
    prompt_tokens: expect.any(Number),
    budget_used: 0,
    tokens_used: 0,
    request: 0,
  });
});

it('are empty where there is no owner', () => {
  expect(factsOf(callerOf([]))).toMatchObject({
    team_id: '',
    team_name: '',
    customer_id: '',
    customer_name: '',
  });
});
