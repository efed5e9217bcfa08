import type * as z from 'zod';
import { hasEgress, isPrivate, type Network } from './network.ts';

// What fields of a configuration have to do with each other.

interface Regions {
  readonly homeRegion: string;
  readonly regions: readonly {
    readonly region: string;
    readonly site: string;
    readonly share?: number | undefined;
  }[];
  readonly formerSites: readonly string[];
}

/** Every region and site once, the home among them, and no more of a limit handed out than there is. */
export function checkRegions({ homeRegion, regions, formerSites }: Regions, context: z.RefinementCtx): void {
  const names = regions.map(({ region }) => region);
  if (!names.includes(homeRegion)) {
    const message = `expected one of the deployment's own regions: ${names.join(', ')}`;
    context.addIssue({ code: 'custom', path: ['homeRegion'], message });
  }
  reportRepeated(names, (index) => ['regions', index, 'region'], context);
  // A region's site begins with its name: two regions have two.
  const sites = [...new Set(regions.map(({ site }) => site)), ...formerSites];
  const former = sites.length - formerSites.length;
  reportRepeated(sites, (index) => ['formerSites', index - former], context);
  const shares = regions.flatMap(({ share }) => (share === undefined ? [] : [share]));
  if (shares.length === 0 && formerSites.length > 0) {
    const message =
      'expected a share for every region while `formerSites` are listed: equal parts would have grown, ' +
      'though what has left may have spent its own';
    context.addIssue({ code: 'custom', path: ['regions'], message });
  }
  if (shares.length > 0 && shares.length < regions.length) {
    const message = 'expected a share for every region, or for none (equal parts)';
    context.addIssue({ code: 'custom', path: ['regions'], message });
  }
  const sum = shares.reduce((total, share) => total + share, 0);
  if (sum > 1 + 1e-9) {
    const message = `expected shares that sum to at most 1, not to ${sum}`;
    context.addIssue({ code: 'custom', path: ['regions'], message });
  }
}

interface Networked {
  readonly network: Network;
  readonly regions: readonly {
    readonly region: string;
    readonly vpc?: object | undefined;
    readonly certificateArn?: string | undefined;
    readonly callerEndpointIds: readonly string[];
    readonly replicaEndpoints: Readonly<Record<string, string>>;
  }[];
  readonly domain?:
    | {
        readonly name: string;
        readonly hostedZone?: { readonly name: string } | undefined;
        readonly globalHost: boolean;
      }
    | undefined;
  readonly firewall?: object | undefined;
  readonly api: { readonly allowedRanges?: readonly string[] | undefined };
  readonly capacity: { readonly managedInstances?: object | undefined };
}

/** What a network's mode needs, and what has no meaning in it. */
export function checkNetwork(deployment: Networked, context: z.RefinementCtx): void {
  const { network, regions, domain } = deployment;
  const say = (path: PropertyKey[], message: string): void =>
    context.addIssue({ code: 'custom', path, message });
  const closed = isPrivate(network);
  const names = regions.map(({ region }) => region);
  regions.forEach(({ region, vpc, certificateArn, callerEndpointIds, replicaEndpoints }, index) => {
    const path = ['regions', index];
    if (
      network.mode === 'public' &&
      vpc !== undefined &&
      deployment.capacity.managedInstances === undefined
    ) {
      say([...path, 'vpc'], 'there is no VPC in network mode "public" but for managed instances');
    }
    if (!closed && callerEndpointIds.length > 0) {
      say([...path, 'callerEndpointIds'], 'only a private API is called through VPC endpoints');
    }
    for (const other of Object.keys(replicaEndpoints)) {
      if (other !== region && names.includes(other)) continue;
      say([...path, 'replicaEndpoints', other], "expected another of the deployment's regions");
    }
    if (hasEgress(network) && Object.keys(replicaEndpoints).length > 0) {
      say([...path, 'replicaEndpoints'], 'needed only where there is no way to the internet');
    }
    if (domain !== undefined && closed && certificateArn === undefined) {
      say(
        [...path, 'certificateArn'],
        'a private domain needs a certificate of its own (ACM validates only names that are public)',
      );
    }
  });
  if (network.mode === 'vpc' && network.natGateways !== undefined) {
    if (regions.every(({ vpc }) => vpc !== undefined)) {
      say(['network', 'natGateways'], 'has no meaning where every region brings its own VPC');
    }
    if (network.egress === 'none') say(['network', 'natGateways'], 'there are none where `egress` is "none"');
    else if (network.natGateways > network.availabilityZones) {
      say(['network', 'natGateways'], `expected at most one for each availability zone`);
    }
  }
  if (domain !== undefined) {
    const { name, hostedZone } = domain;
    if (hostedZone === undefined && !closed) {
      say(['domain', 'hostedZone'], 'expected the public hosted zone that has the name');
    }
    if (hostedZone !== undefined && name !== hostedZone.name && !name.endsWith(`.${hostedZone.name}`)) {
      say(['domain', 'name'], `expected a name in the hosted zone "${hostedZone.name}"`);
    }
  }
  if (closed && deployment.firewall !== undefined) {
    say(
      ['firewall'],
      'addresses of callers mean nothing behind VPC endpoints; a private API has its endpoint policy',
    );
  }
  if (closed && deployment.api.allowedRanges !== undefined) {
    say(['api', 'allowedRanges'], 'a private API is confined by the VPC endpoints it is called through');
  }
}

interface Named {
  readonly name: string;
  readonly account?: string | undefined;
  readonly secretPrefix: string;
  readonly regions: readonly { readonly region: string }[];
  readonly apiGatewayLogRole: 'create' | 'existing';
  readonly domain?: { readonly name: string } | undefined;
}

/** What several deployments must not have in common. */
export function checkTogether(deployments: readonly Named[], context: z.RefinementCtx): void {
  checkNames(
    deployments.map(({ name }) => name),
    context,
  );
  deployments.forEach((later, index) => {
    for (const earlier of deployments.slice(0, index)) {
      const say = (field: string, message: string): void =>
        context.addIssue({ code: 'custom', path: [index, field], message });
      if (later.domain !== undefined && later.domain.name === earlier.domain?.name) {
        say('domain', `"${earlier.name}" has the same hosts`);
      }
      if (later.account !== earlier.account) continue;
      if (later.secretPrefix === earlier.secretPrefix) {
        say('secretPrefix', `"${earlier.name}" has the same; each could read the other's provider keys`);
      }
      const shared = later.regions.find(({ region }) =>
        earlier.regions.some((each) => each.region === region),
      );
      if (shared === undefined || later.apiGatewayLogRole !== 'create') continue;
      if (earlier.apiGatewayLogRole === 'create') {
        const there = `"${earlier.name}" creates the account's role in ${shared.region} already`;
        say('apiGatewayLogRole', `expected "existing": ${there}`);
      }
    }
  });
}

/** What belongs to a deployment is told by how its name begins: stacks in commands, resources in an account. */
function checkNames(names: readonly string[], context: z.RefinementCtx): void {
  reportRepeated(names, (index) => [index, 'name'], context);
  names.forEach((name, index) => {
    for (const other of names.filter((each) => name.startsWith(`${each}-`))) {
      const message = `begins with "${other}-", as everything of "${other}" does: a command for "${other}-*" would take it too`;
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    }
  });
}

function reportRepeated(
  names: readonly string[],
  pathOf: (index: number) => PropertyKey[],
  context: z.RefinementCtx,
): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) {
      context.addIssue({ code: 'custom', path: pathOf(index), message: `"${name}" is there twice` });
    }
  });
}
