/** What a decision is measured in. */
export interface World {
  readonly candidates: number;
  readonly rules: number;
  /** Rules of other teams, which no request of this key looks at. */
  readonly foreignRules: number;
  readonly strategy: 'weighted' | 'adaptive' | 'cheapest';
}

/** As people write them; only the last rule matches, so all are asked. */
const conditions = [
  "model.startsWith('o1') && budget_used > 80.0",
  "team_name == 'nobody' || headers['x-tier'] == 'gold'",
  "request_type == 'embeddings' && hour >= 22",
  "params.experiment == 'b' && stream",
  "prompt_tokens > 100000 && region == 'us-east-1'",
];

/** A gateway document of that many providers and rules, all serving one model. */
export function documentOf({ candidates, rules, foreignRules, strategy }: World): object {
  const providers = Array.from({ length: candidates }, (_, index) => `p${index}`);
  const rule = (index: number) => ({
    id: `r${index}`,
    priority: index,
    when: index === rules - 1 ? "model == 'm'" : conditions[index % conditions.length],
    targets: [{ model: 'm' }],
  });
  const foreign = (index: number) => ({
    ...rule(index),
    id: `f${index}`,
    scope: { team: `team-${index % 100}` },
  });
  return {
    providers: Object.fromEntries(
      providers.map((id) => [
        id,
        {
          type: 'openai-compatible',
          baseUrl: `https://${id}.example.com/v1`,
          zones: ['eu'],
          keys: [
            { id: 'a', secret: `fairlead/${id}-a`, weight: 1 },
            { id: 'b', secret: `fairlead/${id}-b`, weight: 1 },
          ],
        },
      ]),
    ),
    teams: Array.from({ length: 100 }, (_, index) => ({ id: `team-${index}` })),
    virtualKeys: [
      {
        id: 'app',
        key: 'fl-bench-0123456789',
        zones: ['eu'],
        strategy,
        providers: providers.map((provider) => ({ provider, weight: 1, models: ['*'], keys: ['*'] })),
      },
    ],
    rules: [
      ...Array.from({ length: rules }, (_, index) => rule(index)),
      ...Array.from({ length: foreignRules }, (_, index) => foreign(index)),
    ],
    models: {
      add: providers.map((id) => ({ model: `${id}/m`, contextTokens: 128_000 })),
      prices: Object.fromEntries(
        providers.map((id, index) => [`${id}/m`, { inputPerMTok: 1 + index, outputPerMTok: 4 }]),
      ),
    },
  };
}
