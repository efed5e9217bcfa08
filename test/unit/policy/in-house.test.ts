import { describe, expect, it } from 'vitest';
import { parseDocument, deployedRules } from '../../../lib/policy/document.ts';

const rules = {
  ...deployedRules,
  inHouse: { regions: ['eu-central-1', 'eu-west-1'], domains: ['corp.example.com'] },
};

/** What is said of a provider called "one", in a deployment that has no way to the internet. */
function problemsOf(provider: object): readonly string[] {
  const parsed = parseDocument({ providers: { one: provider } }, rules);
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}

const at = (baseUrl: string) => ({ type: 'openai-compatible', baseUrl });

describe('a document for a deployment without the internet', () => {
  it.each([
    'https://vllm.corp.example.com/v1',
    'https://a.b.corp.example.com',
    'https://VLLM.Corp.Example.COM./v1',
    'https://vllm.internal:8443/v1',
    'https://models.local',
    'https://gpu.home.arpa',
    'https://vllm.corp',
    'https://vllm.home',
    'https://vpce-0a1b2c-3d4e.vpce-svc-0f00.eu-central-1.vpce.amazonaws.com/v1',
    'https://10.0.0.7/v1',
    'https://10.255.255.255/v1',
    'https://172.16.0.1',
    'https://172.31.255.255',
    'https://192.168.1.1',
    'https://100.64.0.1',
    'https://100.127.0.1',
    'https://[fd12:3456::1]:8443/v1',
    'https://[fc00::1]',
    'https://[::ffff:10.0.0.7]/v1',
    'https://167772167/',
  ])('takes an in-house provider at %s', (baseUrl) => {
    expect(problemsOf(at(baseUrl))).toEqual([]);
  });

  it.each([
    'https://api.groq.com/openai/v1',
    'https://example.com',
    'https://corp.example.com.evil.com',
    'https://evilcorp.example.com',
    'https://corp.example.com',
    'https://internal.example.com',
    'https://internal',
    'https://ai/v1',
    'https://bedrock-runtime.eu-central-1.amazonaws.com',
    'https://vpce.amazonaws.com.evil.com',
    'https://11.0.0.1',
    'https://9.255.255.255',
    'https://172.15.0.1',
    'https://172.32.0.1',
    'https://192.169.1.1',
    'https://100.63.0.1',
    'https://100.128.0.1',
    'https://8.8.8.8',
    'https://[2001:db8::1]/v1',
    'https://[fe00::1]',
    'https://[::ffff:8.8.8.8]/',
    'https://0x08080808/',
  ])('refuses one at %s', (baseUrl) => {
    expect(problemsOf(at(baseUrl))).toEqual([
      'providers.one.baseUrl: must be a private address, or a name that ends in .corp.example.com, .internal, .local, ' +
        '.home.arpa, .corp, .home, .vpce.amazonaws.com: there is no way to the internet',
    ]);
  });

  it.each(['openai', 'anthropic', 'gemini'])('refuses %s where it has its usual address', (type) => {
    expect(problemsOf({ type, keys: [{ id: 'a', secret: 'x' }] })).toEqual([
      `providers.one.baseUrl: type "${type}" is on the internet, to which there is no way; name an in-house address`,
    ]);
    expect(problemsOf({ type, baseUrl: 'https://proxy.corp.example.com' })).toEqual([]);
  });

  it('refuses Vertex too', () => {
    expect(problemsOf({ type: 'vertex', region: 'europe-west4', project: 'p' })).toHaveLength(1);
  });

  it.each([
    { region: 'eu-west-1' },
    { region: 'eu-central-1', baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com' },
    { region: 'us-east-1', baseUrl: 'https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com' },
  ])('takes Bedrock behind a VPC endpoint: %j', (bedrock) => {
    expect(problemsOf({ type: 'bedrock', ...bedrock })).toEqual([]);
  });

  it.each([
    { region: 'us-east-1' },
    { region: 'us-east-1', baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com' },
  ])('refuses Bedrock where there is no endpoint: %j', (bedrock) => {
    expect(problemsOf({ type: 'bedrock', ...bedrock })).toEqual([
      'providers.one.region: there is no way to the internet, and a VPC endpoint of Bedrock in eu-central-1, eu-west-1 only',
    ]);
  });

  it('refuses an address of Bedrock that has no endpoint in the VPC', () => {
    const fips = 'https://bedrock-runtime-fips.eu-central-1.amazonaws.com';
    expect(problemsOf({ type: 'bedrock', region: 'eu-central-1', baseUrl: fips })).toHaveLength(1);
  });

  it.each([
    ['openai-compatible', 'baseUrl'],
    ['bedrock', 'region'],
  ])('says of a provider of type %s without %s no more than that', (type, field) => {
    expect(problemsOf({ type })).toEqual([`providers.one.${field}: is required for type "${type}"`]);
  });

  it('says of a URL that is none what is always said, and never repeats one', () => {
    expect(problemsOf(at('vllm.internal'))).toEqual([
      'providers.one.baseUrl: must be an absolute URL such as https://host/v1 (the value is not shown)',
    ]);
    expect(problemsOf(at('https://me.example.com/hunter2')).join()).not.toContain('me.example');
  });

  it('names every provider it refuses', () => {
    const providers = {
      here: { type: 'bedrock', region: 'eu-west-1' },
      there: { type: 'openai' },
      far: at('https://x.ai'),
    };
    const parsed = parseDocument({ providers }, rules);
    expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path)).toEqual([
      'providers.there.baseUrl',
      'providers.far.baseUrl',
    ]);
  });
});

it('elsewhere providers may be anywhere', () => {
  expect(parseDocument({ providers: { one: at('https://api.groq.com/openai/v1') } }).ok).toBe(true);
});
