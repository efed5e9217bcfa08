import { embeddedIpv4, groupsOf, withoutDot } from './base-url.ts';
import type { ProviderEntry } from './document-schema.ts';

/** A deployment without a way to the internet, as far as its providers are concerned. */
export interface InHouse {
  /** The deployment's regions: each reaches its own Bedrock over a VPC endpoint. */
  readonly regions: readonly string[];
  /** Names that end in one of these (`corp.example.com`) are answered by the deployment's own DNS. */
  readonly domains: readonly string[];
}

/**
 * Names no public DNS answers: reserved for private use (`internal`: ICANN, 2024-07-29; `home.arpa`: RFC 8375; `local`:
 * RFC 6762), or never to be delegated (`corp`, `home`: ICANN, 2018-02-04). A VPC's own interface endpoints have the last.
 */
const privateNames = ['internal', 'local', 'home.arpa', 'corp', 'home', 'vpce.amazonaws.com'];

export interface OutsideProblem {
  readonly field: 'region' | 'baseUrl';
  readonly reason: string;
}

/**
 * Why a provider cannot be reached without the internet, or undefined where it can. Names are not resolved: what is
 * not known to be in-house is taken to be outside, a name of one label, which may be a top-level domain, too. The reason
 * never repeats the URL.
 */
export function outsideProblem(
  { type, region = '', baseUrl }: ProviderEntry,
  { regions, domains }: InHouse,
): OutsideProblem | undefined {
  const host = baseUrl === undefined ? undefined : hostOf(baseUrl);
  if (type === 'bedrock' && (host === undefined || host === `bedrock-runtime.${region}.amazonaws.com`)) {
    if (regions.includes(region)) return undefined;
    const reason = `there is no way to the internet, and a VPC endpoint of Bedrock in ${regions.join(', ')} only`;
    return { field: 'region', reason };
  }
  if (host === undefined) {
    const reason = `type "${type}" is on the internet, to which there is no way; name an in-house address`;
    return { field: 'baseUrl', reason };
  }
  if (isInHouse(host, domains)) return undefined;
  const endings = [...domains, ...privateNames].map((domain) => `.${domain}`).join(', ');
  const reason = `must be a private address, or a name that ends in ${endings}: there is no way to the internet`;
  return { field: 'baseUrl', reason };
}

function isInHouse(hostname: string, domains: readonly string[]): boolean {
  const address = embeddedIpv4(hostname);
  if (address !== undefined) return isPrivateIpv4(address);
  const groups = groupsOf(hostname);
  if (groups !== undefined) return ((groups[0] ?? 0) & 0xfe00) === 0xfc00; // RFC 4193
  return [...domains, ...privateNames].some((domain) => hostname.endsWith(`.${domain}`));
}

/** RFC 1918, and what carriers and VPCs share (RFC 6598). */
const isPrivateIpv4 = ([first = 0, second = 0]: readonly number[]): boolean =>
  first === 10 ||
  (first === 172 && second >= 16 && second <= 31) ||
  (first === 192 && second === 168) ||
  (first === 100 && second >= 64 && second <= 127);

/** Empty where there is none; a name without its final dot. `URL` has normalised it. */
const hostOf = (url: string): string => (URL.canParse(url) ? withoutDot(new URL(url).hostname) : '');
