import * as z from 'zod';

/** The shape of a world file: what providers do, whatever a gateway document says of them. */

const durationPattern = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/;

/** "9h30m", "45s" or a number of seconds, in milliseconds. */
const duration = z
  .union([
    z.number().min(0),
    z
      .string()
      .regex(durationPattern, { error: 'must be a duration such as 9h, 1h30m or 45s, or seconds' })
      .min(2),
  ])
  .transform((written) => {
    if (typeof written === 'number') return Math.round(written * 1000);
    const [, hours = '0', minutes = '0', seconds = '0'] = durationPattern.exec(written) ?? [];
    return Math.round((Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1000);
  });

const name = z.string().min(1).max(128);
const rate = z.number().min(0).max(1);
const milliseconds = z.number().positive().max(3_600_000);
const perMTok = z.number().min(0).max(1_000_000);

const prices = z.strictObject({ inputPerMTok: perMTok, outputPerMTok: perMTok });

const model = z.strictObject({
  /** Log-normal over requests. */
  firstToken: z
    .strictObject({
      medianMs: milliseconds,
      p99Ms: milliseconds,
      /** Added for every thousand tokens of the prompt. */
      msPerThousandInputTokens: z.number().min(0).max(60_000).default(0),
    })
    .refine(({ medianMs, p99Ms }) => p99Ms >= medianMs, { error: 'p99Ms must be at least medianMs' }),
  tokensPerSecond: z.number().positive().max(100_000),
  /** Of all attempts: answered with a 500. */
  errorRate: rate.default(0),
  /** Of all answers: broken off somewhere after the first content. */
  cutRate: rate.default(0),
  /** Of each key of the provider; over them the provider says 429. */
  limits: z
    .strictObject({
      requestsPerMinute: z.number().positive().optional(),
      tokensPerMinute: z.number().positive().optional(),
    })
    .optional(),
  /** Requests under way at which the first token takes twice as long; it grows in proportion. */
  doublesAtRequests: z.number().positive().optional(),
  /** For a model the catalog does not know; they replace what documents say. */
  prices: prices.optional(),
});

const incident = z
  .strictObject({
    name,
    /** Since the first arrival. */
    from: duration,
    to: duration,
    provider: name.optional(),
    model: name.optional(),
    /** Everything that is served from there. */
    region: name.optional(),
    /** A brown-out: first tokens take so many times as long, and tokens too. */
    latency: z.number().min(0.01).max(1_000).optional(),
    /** Of all attempts, instead of the model's own rate. */
    errorRate: rate.optional(),
    /** The part of the limits that is left. */
    limits: rate.optional(),
    /** `silent`: it takes requests and never answers. */
    outage: z.enum(['refused', '503', 'silent']).optional(),
    /** A change of price, known to the gateway as it happens. */
    prices: prices.optional(),
  })
  // Either may be missing here: what is wrong with it has been said.
  .refine(({ from, to }) => !(from >= to), { error: '"from" must be before "to"' })
  .refine((each) => each.provider !== undefined || each.region !== undefined, {
    error: 'must name a "provider" or a "region"',
  })
  .refine((each) => each.prices === undefined || each.provider !== undefined, {
    error: '"prices" need a "provider"',
  })
  .refine(
    (each) =>
      [each.latency, each.errorRate, each.limits, each.outage, each.prices].some((one) => one !== undefined),
    { error: 'must have one of "latency", "errorRate", "limits", "outage", "prices"' },
  );

export const worldSchema = z.strictObject({
  /** Where gateways are; an arrival that names none comes to the first. */
  regions: z.record(name, z.strictObject({ zones: z.array(name).default([]) })).default({
    'eu-central-1': { zones: ['eu'] },
  }),
  /** By virtual key: the zones its answers must come from. What breaks it is counted, not prevented. */
  residency: z.record(name, z.array(name).min(1)).default({}),
  providers: z.record(
    name,
    z.strictObject({
      region: name.optional(),
      zones: z.array(name).default([]),
      models: z.record(name, model),
    }),
  ),
  incidents: z.array(incident).default([]),
});

export type WorldFile = z.infer<typeof worldSchema>;
export type ModelEntry = z.infer<typeof model>;
export type Incident = z.infer<typeof incident>;
export type PricesEntry = z.infer<typeof prices>;
