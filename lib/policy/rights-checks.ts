import { foldRights, type Rights } from './caller.ts';
import { problemAt, type DocumentProblem, type Path } from './document-problem.ts';
import type { GatewayDocument } from './document-schema.ts';
import { unlawful } from './lawful.ts';

/** What a document says of rights: what refuses it, and what is probably not meant. */
export interface RightsFindings {
  readonly problems: readonly DocumentProblem[];
  readonly warnings: readonly string[];
}

/** Virtual keys none of whose providers is lawful for them are refused; entries that open nothing get a warning. */
export function rightsFindings(document: GatewayDocument): RightsFindings {
  const customers = new Map((document.customers ?? []).map((customer) => [customer.id, customer]));
  const teams = new Map((document.teams ?? []).map((team) => [team.id, team]));
  const problems: DocumentProblem[] = [];
  const warnings: string[] = [];
  for (const [index, key] of (document.virtualKeys ?? []).entries()) {
    const team = teams.get(key.team ?? '');
    const rights = foldRights([
      ['customer', customers.get(team?.customer ?? key.customer ?? '')],
      ['team', team],
      ['virtual_key', key],
    ]);
    const found = findingsOf(['virtualKeys', index], key.id, rights, document);
    problems.push(...found.problems);
    warnings.push(...found.warnings);
  }
  return { problems, warnings };
}

function findingsOf(path: Path, keyId: string, rights: Rights, document: GatewayDocument): RightsFindings {
  if (rights.nowhere) {
    const message = `the zones of virtual key "${keyId}" and those it inherits have none in common, so nothing is lawful for it`;
    return { problems: [problemAt([...path, 'zones'], message)], warnings: [] };
  }
  if (rights.grants === undefined) {
    const warning = `virtual key "${keyId}" opens nothing: neither it nor its team or customer lists providers`;
    return { problems: [], warnings: [warning] };
  }
  const reasons = rights.grants.map(({ provider }) => {
    const declared = Object.hasOwn(document.providers, provider) ? document.providers[provider] : undefined;
    const reason = unlawful(declared ?? {}, rights);
    return reason === undefined ? undefined : `provider "${provider}" ${reason}`;
  });
  const unlawfulOnes = reasons.filter((reason) => reason !== undefined);
  if (reasons.length > 0 && unlawfulOnes.length === reasons.length) {
    const message = `no provider of virtual key "${keyId}" is lawful for its zones and certifications: ${unlawfulOnes.join('; ')}`;
    return { problems: [problemAt([...path, 'providers'], message)], warnings: [] };
  }
  return {
    problems: [],
    warnings: unlawfulOnes.map((reason) => `virtual key "${keyId}" can never use an entry: ${reason}`),
  };
}
