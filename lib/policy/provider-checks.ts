import { regionOfModel, zonesOfModel } from '../domain/inference-profile.ts';
import { baseUrlProblem } from './base-url.ts';
import { problemAt, type DocumentProblem, type Path } from './document-problem.ts';
import type { GatewayDocument, ProviderEntry, ProviderKeyEntry } from './document-schema.ts';
import { outsideProblem, type InHouse } from './in-house.ts';
import { providerTypeFacts, typedFields } from './provider-types.ts';
import { zonesOfRegion } from './zones.ts';

/** Where a document is used decides what it may say. */
export interface DocumentRules {
  /** Provider keys from environment variables: the local runner only. */
  readonly envSecrets: boolean;
  /** What every secret's name begins with: what the functions' roles may read. Absent: any name. */
  readonly secretPrefix?: string;
  /** Plain http to loopback addresses: the local runner only. */
  readonly loopbackHttp: boolean;
  /** Makes the hash of a virtual key given in clear; absent: keys in clear are refused. */
  readonly hashKey?: (clear: string) => string;
  /** Whether the catalog says that a provider serves a model; absent: nobody is asked, and nothing is said of it. */
  readonly serves?: (provider: ProviderEntry, model: string) => boolean;
  /** Providers on the internet are refused; absent: they may be anywhere. */
  readonly inHouse?: InHouse;
}

/** What the fields of each provider demand of one another. */
export const providerProblems = (
  document: GatewayDocument,
  rules: DocumentRules,
): readonly DocumentProblem[] =>
  Object.entries(document.providers).flatMap(([id, provider]) => {
    const path: Path = ['providers', id];
    return [
      ...typeProblems(path, provider),
      ...addressProblems(path, provider, rules),
      ...keyProblems([...path, 'keys'], provider.keys ?? [], rules),
    ];
  });

function typeProblems(path: Path, provider: ProviderEntry): readonly DocumentProblem[] {
  const facts = providerTypeFacts[provider.type];
  const missing = facts.requires
    .filter((field) => provider[field] === undefined)
    .map((field) => problemAt([...path, field], `is required for type "${provider.type}"`));
  const foreign = typedFields
    .filter((field) => provider[field] !== undefined && !facts.takes.includes(field))
    .map((field) => problemAt([...path, field], `means nothing for type "${provider.type}"; remove it`));
  const impossible = (provider.operations ?? [])
    .filter((operation) => !facts.possibleOperations.includes(operation))
    .map((operation) =>
      problemAt(
        [...path, 'operations'],
        `type "${provider.type}" speaks ${facts.possibleOperations.join(', ')} only, received "${operation}"`,
      ),
    );
  return [...missing, ...foreign, ...impossible];
}

function addressProblems(
  path: Path,
  provider: ProviderEntry,
  rules: DocumentRules,
): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const url =
    provider.baseUrl === undefined ? undefined : baseUrlProblem(provider.baseUrl, rules.loopbackHttp);
  if (url !== undefined) problems.push(problemAt([...path, 'baseUrl'], `${url} (the value is not shown)`));
  const { requires } = providerTypeFacts[provider.type];
  const complete = url === undefined && requires.every((field) => provider[field] !== undefined);
  const outside = complete && rules.inHouse ? outsideProblem(provider, rules.inHouse) : undefined;
  if (outside !== undefined) problems.push(problemAt([...path, outside.field], outside.reason));
  const addressed = bedrockHost.exec(provider.baseUrl?.toLowerCase() ?? '')?.[1];
  if (provider.type === 'bedrock' && addressed !== undefined && addressed !== provider.region) {
    const message = `is an address in ${addressed}, but the region is ${provider.region}`;
    problems.push(problemAt([...path, 'baseUrl'], message));
  }
  if (provider.type === 'bedrock' && provider.zones?.length) {
    const lies = zonesOfRegion(provider.region ?? '');
    if (provider.region !== undefined && lies.length === 0) {
      problems.push(
        problemAt([...path, 'zones'], `region ${provider.region} lies in no zone, so it cannot keep one`),
      );
    }
    const undeclared = lies.filter((zone) => !provider.zones?.includes(zone));
    for (const zone of undeclared) {
      problems.push(
        problemAt(
          [...path, 'zones'],
          `region ${provider.region} lies in zone "${zone}", which is not among ${provider.zones.join(', ')}`,
        ),
      );
    }
    for (const [name, model] of Object.entries(provider.modelIds ?? {})) {
      const reached = zonesOfModel(model);
      const elsewhere = regionOfModel(model);
      const leaves =
        (elsewhere !== undefined && elsewhere !== provider.region) ||
        (reached !== undefined &&
          (reached.length === 0 || reached.some((zone) => !provider.zones?.some((own) => own === zone))));
      if (!leaves) continue;
      const message = `"${model}" may be run outside ${provider.zones.join(', ')}`;
      problems.push(problemAt([...path, 'modelIds', name], message));
    }
  }
  return problems;
}

/** The region in the name of a Bedrock endpoint, public or of a VPC. */
const bedrockHost = /\bbedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./;

/** As providers begin their keys, and names hardly end: pasted here, they would be stored, logged and shown. */
const issuedKey = /(?:^|\/)(?:(?:sk|gsk|xai|hf)[-_]|AIza|AKIA|ASIA|ABSK)[\w.+=-]{8,}$/;

const keyProblems = (
  path: Path,
  keys: readonly ProviderKeyEntry[],
  rules: DocumentRules,
): readonly DocumentProblem[] =>
  keys.flatMap((key, index) => {
    const at = [...path, index];
    for (const field of ['id', 'secret'] as const) {
      if (!issuedKey.test(key[field] ?? '')) continue;
      return [problemAt([...at, field], 'must be a name, not the key itself (the value is not shown)')];
    }
    if (key.secret === undefined && key.env === undefined) {
      const places = rules.envSecrets ? '"secret" or "env"' : '"secret"';
      return [problemAt(at, `must name where its value lives: ${places}`)];
    }
    if (key.secret !== undefined && key.env !== undefined) {
      return [problemAt(at, 'must have one of "secret" and "env", not both')];
    }
    if (key.env !== undefined && !rules.envSecrets) {
      return [
        problemAt([...at, 'env'], 'environment variables are for the local runner only; name a "secret"'),
      ];
    }
    const { secretPrefix } = rules;
    if (key.secret !== undefined && secretPrefix !== undefined && !key.secret.startsWith(secretPrefix)) {
      return [
        problemAt(
          [...at, 'secret'],
          `must begin with "${secretPrefix}": no gateway may read another secret (the value is not shown)`,
        ),
      ];
    }
    return [];
  });
