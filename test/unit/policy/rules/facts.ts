import type { RuleFacts } from '../../../../lib/domain/rules.ts';

/** A chat request nobody has said anything special about, with a few facts changed. */
export const factsOf = (changes: Partial<RuleFacts> = {}): RuleFacts => ({
  model: 'gpt-5',
  provider: '',
  request_type: 'chat',
  stream: false,
  headers: { 'x-tier': 'gold' },
  params: {},
  body: { max_tokens: 2000, temperature: 1, user: 'bob', store: true },
  virtual_key_id: 'app',
  virtual_key_name: 'The app',
  team_id: 'research',
  team_name: 'Research',
  customer_id: '',
  customer_name: '',
  region: 'eu-central-1',
  zone: 'eu',
  hour: 10,
  weekday: 3,
  prompt_tokens: 5_000,
  budget_used: 81,
  tokens_used: 12.5,
  request: 0,
  ...changes,
});
