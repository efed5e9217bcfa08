import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Deployment } from '../../deployment.ts';
import type { LogSettings } from '../code/node-function.ts';

export interface FirewallProps {
  readonly deploymentName: string;
  readonly firewall: NonNullable<Deployment['firewall']>;
  readonly api: apigateway.RestApi;
  readonly logs: LogSettings;
}

/** Keys of the answers below, and the status each goes out with. */
const statusOf = { refused: 403, large: 413, 'over-limit': 429 } as const;

/**
 * A web ACL in front of a regional API: ranges of addresses, requests of one address, size of a body. No managed rule
 * groups: they look for SQL, scripts and shell commands in bodies, which is what people ask models about.
 */
export class Firewall extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { deploymentName, firewall, api, logs: settings }: FirewallProps,
  ) {
    super(scope, id);
    const { allowedRanges, blockedRanges, requestsPerAddress, mostBodyKb } = firewall;
    const setOf = (name: string, addresses: readonly string[]): string =>
      new wafv2.CfnIPSet(this, name, {
        scope: 'REGIONAL',
        ipAddressVersion: 'IPV4',
        addresses: [...addresses],
      }).attrArn;
    const rules: readonly (Rule | undefined)[] = [
      blockedRanges && {
        name: 'blocked-addresses',
        refusedAs: 'refused',
        statement: { ipSetReferenceStatement: { arn: setOf('Blocked', blockedRanges) } },
      },
      allowedRanges && {
        name: 'other-addresses',
        refusedAs: 'refused',
        statement: {
          notStatement: {
            statement: { ipSetReferenceStatement: { arn: setOf('Allowed', allowedRanges) } },
          },
        },
      },
      mostBodyKb === undefined
        ? undefined
        : {
            name: 'large-bodies',
            refusedAs: 'large',
            statement: {
              sizeConstraintStatement: {
                // What is longer than WAF looks at is longer than any limit it can keep.
                fieldToMatch: { body: { oversizeHandling: 'MATCH' } },
                comparisonOperator: 'GT',
                size: mostBodyKb * 1024,
                textTransformations: [{ priority: 0, type: 'NONE' }],
              },
            },
          },
      {
        name: 'requests-per-address',
        refusedAs: 'over-limit',
        statement: {
          rateBasedStatement: { limit: requestsPerAddress, evaluationWindowSec: 300, aggregateKeyType: 'IP' },
        },
      },
    ];
    const acl = new wafv2.CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibleAs(`${deploymentName}-firewall`),
      customResponseBodies: answersFor(mostBodyKb),
      ...(mostBodyKb !== undefined && {
        associationConfig: { requestBody: { API_GATEWAY: { defaultSizeInspectionLimit: 'KB_64' } } },
      }),
      rules: rules
        .filter((rule) => rule !== undefined)
        .map(({ name, statement, refusedAs }, priority) => ({
          name,
          priority,
          statement,
          action: {
            block: {
              customResponse: {
                responseCode: statusOf[refusedAs],
                customResponseBodyKey: refusedAs,
                ...(refusedAs === 'over-limit' && { responseHeaders: retryLater }),
              },
            },
          },
          visibilityConfig: visibleAs(`${deploymentName}-${name}`),
        })),
    });
    new wafv2.CfnWebACLAssociation(this, 'Association', {
      resourceArn: api.deploymentStage.stageArn,
      webAclArn: acl.attrArn,
    });
    this.log(acl, deploymentName, settings);
  }

  /** What was blocked, without what may hold a key (docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html). */
  private log(acl: wafv2.CfnWebACL, deploymentName: string, settings: LogSettings): void {
    const group = new logs.LogGroup(this, 'Log', {
      ...settings,
      // WAF delivers to groups of this prefix only.
      logGroupName: `aws-waf-logs-${deploymentName}`,
      // A name that is fixed would be in the way of a deployment repeated after it failed.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const redacted = ['authorization', 'x-api-key', 'x-goog-api-key', 'cookie'];
    new wafv2.CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: group.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: [...redacted.map((name) => ({ singleHeader: { Name: name } })), { queryString: {} }],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
    });
  }
}

type Answer = keyof typeof statusOf;

/** Well within the five minutes that are counted, and what OpenAI's clients wait for instead of giving up. */
const retryLater = [{ name: 'retry-after', value: '30' }];

/** Each in OpenAI's shape. */
const answersFor = (
  mostBodyKb: number | undefined,
): Partial<Record<Answer, wafv2.CfnWebACL.CustomResponseBodyProperty>> => ({
  refused: body('This request was refused by the firewall.', 'permission_error', 'refused_by_firewall'),
  ...(mostBodyKb !== undefined && {
    large: body(
      `The request body is too large: the limit of the firewall is ${mostBodyKb} KB.`,
      'invalid_request_error',
      'request_too_large',
    ),
  }),
  'over-limit': body('Too many requests from this address.', 'rate_limit_error', 'rate_limited'),
});

interface Rule {
  readonly name: string;
  readonly refusedAs: Answer;
  readonly statement: wafv2.CfnWebACL.StatementProperty;
}

const visibleAs = (metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  // Samples hold headers, and a header holds the key.
  sampledRequestsEnabled: false,
});

const body = (message: string, type: string, code: string): wafv2.CfnWebACL.CustomResponseBodyProperty => ({
  contentType: 'APPLICATION_JSON',
  content: JSON.stringify({ error: { message, type, code, param: null } }),
});
