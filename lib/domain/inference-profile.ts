/** Geographies of Bedrock that are wider than one residency zone; `global` is inside none. */
const wider: Readonly<Record<string, readonly string[]>> = {
  apac: ['au', 'in', 'jp', 'kr', 'sg'],
};

/** Resources whose ARN tells where they run: in its region, or within the geography their id begins with. */
const telling: readonly string[] = [
  'foundation-model',
  'inference-profile',
  'provisioned-model',
  'custom-model',
  'imported-model',
];

/**
 * The residency zones in which a model of Bedrock may be run, told from its name or ARN: a cross-region inference
 * profile (`us.anthropic.claude-…`) routes anywhere within the geography it begins with (Bedrock user guide, "Supported
 * Regions and models for inference profiles"), and geographies of two letters are called as the zones are. Undefined:
 * the model is run in the region that is asked. Empty: nobody can tell, as of an application inference profile, which may
 * be the copy of a global one.
 */
export function zonesOfModel(model: string): readonly string[] | undefined {
  const name = model.trim().toLowerCase();
  const resource = arn.exec(name)?.[2];
  if (name.startsWith('arn:') && (resource === undefined || !telling.includes(resource))) return [];
  for (const id of [name, name.slice(name.lastIndexOf('/') + 1)]) {
    const geography = /^(global|apac|us-gov|[a-z]{2})\./.exec(id)?.[1];
    if (geography !== undefined) return Object.hasOwn(wider, geography) ? wider[geography] : [geography];
  }
  return undefined;
}

const arn = /^arn:[^:]*:bedrock:([a-z0-9-]*):[^:]*:([a-z-]+)\//;

/** The region in a model's ARN; undefined: it has none. */
export const regionOfModel = (model: string): string | undefined => arn.exec(model.trim().toLowerCase())?.[1];
