import { describe, expect, it } from 'vitest';
import { parseDocument, type GatewayDocument } from '../../../lib/policy/document.ts';
import { documentSchema } from '../../../lib/policy/document-schema.ts';
import { compileStoredCaller, compileStoredPolicy } from '../../../lib/policy/stored.ts';
import { markDocument } from '../../../lib/stores/quota-marks.ts';
import { fullDocument } from './full-document.ts';

const parsed = parseDocument(fullDocument);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const made = { version: 7, nowS: 1_700_000_000, topUps: [] };
const { customers, teams, virtualKeys, ...policy } = JSON.parse(
  JSON.stringify(markDocument(parsed.document, new Map(), made)),
) as GatewayDocument;
const pointer = { version: 7, digest: 'd' };
const noProfile = () => undefined;

/** Every field of every object of the schema that `value` gives a value to: `providers.*.keys[].id`. */
function fieldsGiven(value: unknown, path: string, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) fieldsGiven(item, `${path}[]`, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [field, inner] of Object.entries(value)) {
      found.add(field);
      fieldsGiven(inner, `${path}.${field}`, found);
    }
  }
  return found;
}

describe('what is stored', () => {
  it('compiles whole: no field of the schema is unknown to the reader', async () => {
    expect(await compileStoredPolicy(policy, pointer, noProfile)).toMatchObject({ version: 7, digest: 'd' });
    expect(compileStoredCaller(virtualKeys?.[0], teams?.[0], customers?.[0])).toMatchObject({
      virtualKeyId: 'research-app',
      teamId: 'research',
      customerId: 'acme',
      zones: ['eu', 'us'],
    });
  });

  it('is tried with every field of the schema', () => {
    const given = fieldsGiven(fullDocument, '');
    const known = Object.keys(documentSchema.shape);
    expect(known.filter((field) => !given.has(field))).toEqual([]);
    const key = documentSchema.shape.virtualKeys.unwrap().element.shape;
    // Never stored: in clear.
    expect(Object.keys(key).filter((field) => !given.has(field))).toEqual(['key']);
    const provider = documentSchema.shape.providers.valueType.shape;
    expect(Object.keys(provider).filter((field) => !given.has(field))).toEqual([]);
    const rule = documentSchema.shape.rules.unwrap().element.shape;
    const target = rule.targets.unwrap().element.shape;
    expect(
      Object.keys({ ...rule, ...target, ...rule.scope.unwrap().shape }).filter((field) => !given.has(field)),
    ).toEqual([]);
    const providerKey = provider.keys.unwrap().element.shape;
    expect(Object.keys(providerKey).filter((field) => !given.has(field))).toEqual(['env']);
  });

  it('is refused where a limit is stored without its edition: it could not be kept', async () => {
    const stored = { providers: {}, budgets: [{ limitUsd: 1, every: '1d' }] };
    await expect(compileStoredPolicy(stored, pointer, noProfile)).rejects.toThrow(/without its mark/);
    const key = { id: 'k', hash: 'h', rateLimits: [{ requests: 1, every: '1m' }] };
    expect(() => compileStoredCaller(key, undefined, undefined)).toThrow(/without its mark/);
  });

  it('takes provider keys of the local runner', async () => {
    const stored = { providers: { p: { type: 'openai', keys: [{ id: 'a', env: 'OPENAI_API_KEY' }] } } };
    const { providers } = await compileStoredPolicy(stored, pointer, noProfile);
    expect(providers.get('p')?.keys[0]?.secret).toEqual({
      kind: 'env',
      name: 'OPENAI_API_KEY',
    });
  });

  it('is refused where a rule of it does not compile, by its name', async () => {
    const stored = { providers: {}, rules: [{ id: 'r', when: 'modle == "a"', deny: 'no' }] };
    await expect(compileStoredPolicy(stored, pointer, noProfile)).rejects.toThrow(
      'rule "r": the expression names no variable of rules, received "modle"; did you mean "model"?',
    );
  });

  it.each(['weighted', 'adaptive', 'cheapest'])('takes the strategy %s', (strategy) => {
    expect(compileStoredCaller({ id: 'k', hash: 'h', strategy }, undefined, undefined).strategy).toBe(
      strategy,
    );
  });

  it.each([
    [undefined],
    [{}],
    [{ providers: { p: { type: 'a-later-type' } } }],
    [{ providers: {}, budgets: [{ limitUsd: 1, every: '2d' }] }],
    [{ providers: {}, rules: [{ id: 'r' }] }],
    [{ providers: {}, rules: [{ id: 'r', when: 'true', targets: [{ aLaterField: 1 }] }] }],
    [{ providers: {}, rules: [{ id: 'r', when: 'true', fallbackOn: ['a_later_class'] }] }],
    [{ providers: {}, aLaterField: 1 }],
    [{ providers: { p: { type: 'openai', keys: [{ id: 'a', secret: 7 }] } } }],
  ])('is refused whole where this version does not know it: %j', async (stored) => {
    await expect(compileStoredPolicy(stored, pointer, noProfile)).rejects.toThrow(/does not know/);
  });

  it.each([
    [undefined, undefined, undefined],
    [{ id: 'k', hash: 'h', budgets: [{}] }, undefined, undefined],
    [{ id: 'k', hash: 'h', strategy: 'a-later-one' }, undefined, undefined],
    [{ id: 'k', hash: 'h' }, { id: 't', rateLimits: [{}] }, undefined],
    [{ id: 'k', hash: 'h' }, { id: 't' }, { id: 7 }],
  ])('so are keys and their owners: %j %j %j', (key, team, customer) => {
    expect(() => compileStoredCaller(key, team, customer)).toThrow(/does not know/);
  });
});
