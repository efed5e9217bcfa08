/**
 * Why a provider's base URL is refused, or undefined when it is fine. Looks at what is written only: names are not
 * resolved. The reason never repeats the URL, which may carry credentials.
 */
export function baseUrlProblem(text: string, loopbackHttp: boolean): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.host === '') return 'must be an absolute URL such as https://host/v1';
  if (url.username !== '' || url.password !== '') {
    return 'must carry no credentials; name a secret in keys instead';
  }
  if (text.includes('?') || text.includes('#')) return 'must have no query and no fragment';
  const loopback = isLoopback(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback && loopbackHttp)) {
    return loopbackHttp ? 'must be https (http only for loopback addresses)' : 'must be https';
  }
  if (loopback && !loopbackHttp) return 'must not be a loopback address';
  if (isMetadata(url.hostname)) return 'must not be a link-local or instance metadata address';
  return undefined;
}

/** Names of instance metadata services (EC2, Google Cloud). */
const metadataNames = new Set([
  'metadata',
  'metadata.google.internal',
  'instance-data',
  'instance-data.ec2.internal',
]);

const isLoopback = (hostname: string): boolean => {
  const name = withoutDot(hostname);
  const address = embeddedIpv4(hostname);
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    address?.[0] === 127 ||
    groupsOf(hostname)?.join() === '0,0,0,0,0,0,0,1'
  );
};

const isMetadata = (hostname: string): boolean => {
  if (metadataNames.has(withoutDot(hostname))) return true;
  const address = embeddedIpv4(hostname);
  if (address !== undefined) return address[0] === 0 || (address[0] === 169 && address[1] === 254);
  const groups = groupsOf(hostname);
  if (groups === undefined) return false;
  const [first = 0, second = 0] = groups;
  return (
    (first & 0xffc0) === 0xfe80 || // link-local, RFC 4291 section 2.5.6
    (first === 0xfd00 && second === 0x0ec2) || // EC2's metadata service over IPv6
    groups.every((group) => group === 0)
  );
};

/** In small letters, without the dot of a name that is complete. */
export const withoutDot = (hostname: string): string => hostname.replace(/\.$/, '').toLowerCase();

/** The IPv4 address a host is or carries (IPv4-mapped and NAT64 forms). `URL` has normalised every spelling of it. */
export function embeddedIpv4(hostname: string): readonly number[] | undefined {
  const dotted = withoutDot(hostname);
  if (/^\d+\.\d+\.\d+\.\d+$/.test(dotted)) return dotted.split('.').map(Number);
  const groups = groupsOf(hostname);
  if (groups === undefined) return undefined;
  const prefix = groups.slice(0, 6).join();
  if (prefix !== '0,0,0,0,0,65535' && prefix !== '100,65435,0,0,0,0') return undefined;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255];
}

/** The eight groups of an IPv6 host in brackets. */
export function groupsOf(hostname: string): readonly number[] | undefined {
  if (!hostname.startsWith('[')) return undefined;
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after].map((group) =>
    parseInt(group, 16),
  );
}
