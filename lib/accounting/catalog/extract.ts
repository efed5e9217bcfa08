import * as z from 'zod';

/**
 * The source's data, parsed strictly: a field, a unit or a match rule that is not known here stops the build rather
 * than being lost on the way to somebody's bill.
 */

const amount = z.number().nonnegative();
const tiered = z.strictObject({
  base: amount,
  tiers: z.array(z.strictObject({ start: z.int().nonnegative(), price: amount })).min(1),
});

/** USD per million tokens of each kind. */
const tokenUnits = [
  'input_mtok',
  'output_mtok',
  'output_reasoning_mtok',
  'cache_read_mtok',
  'cache_write_mtok',
  'cache_write_1h_mtok',
  'input_audio_mtok',
  'cache_audio_read_mtok',
  'output_audio_mtok',
  'input_image_mtok',
  'output_image_mtok',
] as const;

/** USD per thousand. */
const eventUnits = ['web_searches_kcount', 'requests_kcount'] as const;

/**
 * Units no usage figure counts: sound by the hour, documents by the page, voice messages, file searches, video and
 * citation tokens, cached images. A model priced in nothing else has no price here.
 */
const uncountedUnits = [
  'audio_hours',
  'input_audio_hours',
  'input_document_kpages',
  'input_annotated_document_kpages',
  'input_text_messages_kcount',
  'storage_searches_kcount',
  'input_video_mtok',
  'output_video_mtok',
  'output_citation_mtok',
  'cache_image_read_mtok',
] as const;

export type TokenUnit = (typeof tokenUnits)[number];
export type EventUnit = (typeof eventUnits)[number];

const price = z.partialRecord(
  z.enum([...tokenUnits, ...eventUnits, ...uncountedUnits]),
  z.union([amount, tiered]),
);

const time = z.string().regex(/^\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/);
const conditional = z.strictObject({
  constraint: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('start_date'), start_date: z.iso.date() }),
      z.strictObject({ type: z.literal('time_of_date'), start_time: time, end_time: time }),
    ])
    .optional(),
  prices: price,
});

const match = z.union([
  z.strictObject({ equals: z.string().min(1) }),
  z.strictObject({ starts_with: z.string().min(1) }),
  z.strictObject({ ends_with: z.string().min(1) }),
  z.strictObject({ contains: z.string().min(1) }),
  z.strictObject({ regex: z.string().min(1) }),
  z.strictObject({
    get or() {
      return z.array(match).min(1);
    },
  }),
  z.strictObject({
    get and() {
      return z.array(match).min(1);
    },
  }),
]);

const model = z.strictObject({
  id: z.string().min(1),
  name: z.string().optional(),
  description: z.string().optional(),
  price_comments: z.string().optional(),
  deprecated: z.boolean().optional(),
  context_window: z.int().positive().optional(),
  match,
  prices: z.union([price, z.array(conditional).min(1)]),
});

const provider = z.strictObject({
  id: z.string().min(1),
  name: z.string(),
  description: z.string().optional(),
  price_comments: z.string().optional(),
  pricing_urls: z.array(z.string()).optional(),
  api_pattern: z.string(),
  model_match: match.optional(),
  provider_match: match.optional(),
  extractors: z.array(z.unknown()).optional(),
  fallback_model_providers: z.array(z.string()).optional(),
  models: z.array(model).min(1),
});

export type SourcePrice = z.infer<typeof price>;
export type SourceMatch = z.infer<typeof match>;
export type SourceModel = z.infer<typeof model>;
export type SourceProvider = z.infer<typeof provider>;

/** Something in the source is not as this generator knows it; the message names where. */
export class SourceChanged extends Error {
  override readonly name = 'SourceChanged';
}

/** `providers[3].models[17].prices.input_mtok`, with the ids of the provider and model where they can be read. */
function describePath(path: readonly PropertyKey[], data: unknown): string {
  let node: unknown = data;
  let text = 'providers';
  for (const key of path) {
    node = typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;
    const id: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'id') : undefined;
    text += typeof key === 'number' ? `[${typeof id === 'string' ? id : key}]` : `.${String(key)}`;
  }
  return text;
}

/** Parses the source's provider array. Throws SourceChanged. */
export function parseSource(data: unknown): readonly SourceProvider[] {
  const result = z.array(provider).min(1).safeParse(data);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new SourceChanged(
    `@pydantic/genai-prices has changed shape at ${describePath(first?.path ?? [], data)}: ${first?.message ?? 'unreadable'}`,
  );
}
