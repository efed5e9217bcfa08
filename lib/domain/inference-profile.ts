/** Geographies of Bedrock that are wider than one residency zone; `global` is inside none. */
const wider: Readonly<Record<string, readonly string[]>> = {
  apac: ['au', 'in', 'jp', 'kr', 'sg'],
};

/**
 * The residency zones in which a model of Bedrock may be run, told from its name or ARN: a cross-region inference
 * profile (`us.anthropic.claude-…`) routes anywhere within the geography it begins with (Bedrock user guide, "Supported
 * Regions and models for inference profiles"), and geographies of two letters are called as the zones are. Undefined:
 * the model is run in the region that is asked.
 */
export function zonesOfModel(model: string): readonly string[] | undefined {
  const id = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  const geography = /^(global|apac|us-gov|[a-z]{2})\./.exec(id)?.[1];
  if (geography === undefined) return undefined;
  return Object.hasOwn(wider, geography) ? wider[geography] : [geography];
}
