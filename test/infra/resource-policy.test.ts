import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import * as cdk from 'aws-cdk-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressesOnly,
  endpointsOnly,
  everyPath,
  gatewayPaths,
} from '../../cdk/constructs/gateway/resource-policy.ts';
import { adminBasePath, adminRoutes } from '../../lib/admin/routes.ts';
import { routeOf } from '../../lib/dialects/routes.ts';
import { permits, type Call } from './iam.ts';
import { resourcePolicyOf } from './templates.ts';

const stack = new cdk.Stack(new cdk.App(), 'policies');
const endpoint = InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(stack, 'Endpoint', {
  vpcEndpointId: 'vpce-0123456789abcdef0',
  port: 443,
});

const policies = {
  addresses: addressesOnly(gatewayPaths('live'), ['192.0.2.0/24']),
  endpoints: endpointsOnly(gatewayPaths('live'), [endpoint]),
};
const statements = Object.entries(policies).map(
  ([name, policy]) => [name, resourcePolicyOf(policy.toJSON())] as const,
);

const invoke = (method: string, path: string): Call => ({
  action: 'execute-api:Invoke',
  resource: `execute-api:/live/${method}${path}`,
});

describe.each(statements)(
  'the resource policy of an API confined by %s',
  (_name, [allow, deny, ...others]) => {
    const allows = (method: string, path: string): boolean =>
      permits(allow === undefined ? [] : [allow], invoke(method, path));

    it('is one permission for everybody, and one refusal of everything', () => {
      expect([allow?.Effect, allow?.Condition, deny?.Effect, deny?.Resource, others]).toEqual([
        'Allow',
        undefined,
        'Deny',
        ['execute-api:/*'],
        [],
      ]);
      for (const one of [allow, deny]) {
        expect([one?.Principal, one?.Action]).toEqual([{ AWS: '*' }, ['execute-api:Invoke']]);
      }
    });

    it.each([
      ['POST', '/v1/chat/completions'],
      ['POST', '/v1/responses'],
      ['POST', '/v1/embeddings'],
      ['POST', '/v1/route'],
      ['GET', '/v1/models'],
      ['GET', '/v1/models/openai%2Fgpt-5'],
      ['GET', '/health'],
      ['GET', '/health/'],
      ['HEAD', '/'],
      ['HEAD', '/v1/models'],
    ])('opens what the gateway serves: %s %s', (method, path) => {
      expect(() => routeOf(method, path)).not.toThrow();
      expect(allows(method, path)).toBe(true);
    });

    it.each([
      ['OPTIONS', '/v1/chat/completions'],
      ['POST', '/anthropic/v1/messages'],
      ['POST', '/genai/v1beta/models/gemini:generateContent'],
    ])('opens the other dialects, and asking what is allowed: %s %s', (method, path) => {
      expect(allows(method, path)).toBe(true);
    });

    it.each(adminRoutes)('leaves $method $path to the policies of whoever calls', ({ method, path }) => {
      for (const id of ['a', 'v1/models', 'GET/v1/models', '../../v1/x', 'health']) {
        expect(allows(method, adminBasePath + path.replace(/\{\w+\}/, id))).toBe(false);
      }
    });

    it('opens nothing below /admin, however it is spelled', () => {
      const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE');
      const part = fc.oneof(fc.string(), fc.constantFrom('/v1/', '/GET/v1/', 'health', '/live/GET/health'));
      fc.assert(
        fc.property(method, fc.array(part), (verb, parts) => {
          expect(allows(verb, `/admin${parts.join('')}`)).toBe(false);
        }),
      );
    });
  },
);

it('refuses whoever comes from elsewhere', () => {
  const denials = statements.map(([, [, deny]]) => deny?.Condition);
  expect(denials).toEqual([
    { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } },
    { StringNotEquals: { 'aws:SourceVpce': ['vpce-0123456789abcdef0'] } },
  ]);
});

it('leaves the paths of a domain name to the API behind it', () => {
  const [allow] = resourcePolicyOf(endpointsOnly(everyPath, [endpoint]).toJSON());
  expect(allow).toMatchObject({ Effect: 'Allow', Resource: ['execute-api:/*'] });
});
