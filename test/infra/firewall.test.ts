import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../lib/domain/json.ts';
import { synthesize, templateOf, threeRegions } from './templates.ts';

const behind = (firewall: object): Template =>
  templateOf(
    synthesize({ ...threeRegions, regions: [{ region: 'us-east-1' }], firewall }),
    'fairlead-us-east-1',
  );

const all = behind({
  allowedRanges: ['192.0.2.0/24'],
  blockedRanges: ['192.0.2.66/32'],
  mostBodyKb: 64,
  requestsPerAddress: 600,
});
const rateAlone = behind({});

const aclOf = (template: Template) => {
  const [acl] = Object.values(template.findResources('AWS::WAFv2::WebACL'));
  return acl?.['Properties'];
};

describe("the firewall's answers", () => {
  const answers = aclOf(all).Rules.map(
    ({
      Name,
      Action,
    }: {
      readonly Name: string;
      readonly Action: {
        readonly Block: {
          readonly CustomResponse: {
            readonly ResponseCode: number;
            readonly CustomResponseBodyKey: string;
            readonly ResponseHeaders?: unknown;
          };
        };
      };
    }) => {
      const { ResponseCode, CustomResponseBodyKey, ResponseHeaders } = Action.Block.CustomResponse;
      const body = aclOf(all).CustomResponseBodies[CustomResponseBodyKey];
      expect(body.ContentType).toBe('APPLICATION_JSON');
      return [Name, ResponseCode, parseJson(body.Content), ResponseHeaders];
    },
  );

  it('say what was refused and whether trying again helps, in OpenAI’s shape', () => {
    const refused = {
      error: {
        message: 'This request was refused by the firewall.',
        type: 'permission_error',
        code: 'refused_by_firewall',
        param: null,
      },
    };
    const large = {
      error: {
        message: 'The request body is too large: the limit of the firewall is 64 KB.',
        type: 'invalid_request_error',
        code: 'request_too_large',
        param: null,
      },
    };
    const tooMany = {
      error: {
        message: 'Too many requests from this address.',
        type: 'rate_limit_error',
        code: 'rate_limited',
        param: null,
      },
    };
    expect(answers).toEqual([
      ['blocked-addresses', 403, refused, undefined],
      ['other-addresses', 403, refused, undefined],
      ['large-bodies', 413, large, undefined],
      ['requests-per-address', 429, tooMany, [{ Name: 'retry-after', Value: '30' }]],
    ]);
  });

  it('are there for the rules there are', () => {
    expect(Object.keys(aclOf(rateAlone).CustomResponseBodies)).toEqual(['refused', 'over-limit']);
  });
});

describe('the size of a body', () => {
  it('is looked at to the end of what WAF can see, and what is longer is too long', () => {
    const acl = aclOf(all);
    expect(acl.AssociationConfig).toEqual({
      RequestBody: { API_GATEWAY: { DefaultSizeInspectionLimit: 'KB_64' } },
    });
    expect(acl.Rules[2].Statement.SizeConstraintStatement).toEqual({
      ComparisonOperator: 'GT',
      FieldToMatch: { Body: { OversizeHandling: 'MATCH' } },
      Size: 65_536,
      TextTransformations: [{ Priority: 0, Type: 'NONE' }],
    });
  });

  it('is nobody’s concern, and not paid for, where no limit is set', () => {
    expect(aclOf(rateAlone)).not.toHaveProperty('AssociationConfig');
    expect(JSON.stringify(aclOf(rateAlone).Rules)).not.toContain('Body"');
  });
});

it('allows whatever no rule refuses, and keeps no samples, whose headers hold keys', () => {
  expect(aclOf(all).DefaultAction).toEqual({ Allow: {} });
  for (const { VisibilityConfig } of [aclOf(all), ...aclOf(all).Rules]) {
    expect(VisibilityConfig).toMatchObject({ SampledRequestsEnabled: false, CloudWatchMetricsEnabled: true });
  }
});
