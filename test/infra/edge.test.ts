import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { airgapped, dev, prod } from '../../cdk/examples.ts';
import { gatewayPaths } from '../../cdk/constructs/gateway/resource-policy.ts';
import { asObject, parseJson } from '../../lib/domain/json.ts';
import { synthesize, templateOf, threeRegions } from './templates.ts';

const inProduction = templateOf(synthesize(prod), 'llm-prod-eu-central-1');
const inDevelopment = templateOf(synthesize(dev), 'llm-dev-us-east-1');
const closed = templateOf(synthesize(airgapped), 'llm-airgapped-eu-central-1');

const oneRegion = { ...threeRegions, regions: [{ region: 'us-east-1' }] };
const plainly = (change: object): Template =>
  templateOf(synthesize({ ...oneRegion, ...change }), 'fairlead-us-east-1');

describe('the gateway function', () => {
  it('is kept warm, scaled by use and capped where a deployment asks for it', () => {
    inProduction.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 500 });
    inProduction.hasResourceProperties('AWS::Lambda::Version', {
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    inProduction.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 2,
      MaxCapacity: 50,
      ScalableDimension: 'lambda:function:ProvisionedConcurrency',
    });
    inProduction.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: {
          PredefinedMetricType: 'LambdaProvisionedConcurrencyUtilization',
        },
        TargetValue: 0.7,
      },
    });
  });

  it('is neither, and costs nothing when idle, where it does not', () => {
    inDevelopment.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
    inDevelopment.hasResourceProperties('AWS::Lambda::Version', {
      ProvisionedConcurrencyConfig: Match.absent(),
    });
    for (const { Properties } of Object.values(inDevelopment.findResources('AWS::Lambda::Function'))) {
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    }
  });

  it('is traced from the API on where a deployment asks for it', () => {
    inProduction.hasResourceProperties('AWS::ApiGateway::Stage', { TracingEnabled: true });
    inProduction.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 1769,
      TracingConfig: { Mode: 'Active' },
      Environment: { Variables: { FAIRLEAD_TRACING: 'xray' } },
    });
    inDevelopment.hasResourceProperties('AWS::ApiGateway::Stage', { TracingEnabled: false });
  });
});

describe('a new version', () => {
  it('gets a share of the requests first, and is taken back by the alarms of the gateway’s own faults', () => {
    inProduction.hasResourceProperties('AWS::CodeDeploy::DeploymentConfig', {
      ComputePlatform: 'Lambda',
      TrafficRoutingConfig: {
        Type: 'TimeBasedCanary',
        TimeBasedCanary: { CanaryInterval: 10, CanaryPercentage: 10 },
      },
    });
    inProduction.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
      },
      AlarmConfiguration: {
        Enabled: true,
        Alarms: [
          { Name: { Ref: Match.stringLikeRegexp('AlarmsGatewayFaults') } },
          { Name: { Ref: Match.stringLikeRegexp('AlarmsGatewayCrashes') } },
          { Name: { Ref: Match.stringLikeRegexp('AlarmsVersionCrashes') } },
        ],
      },
    });
    inProduction.hasResource('AWS::Lambda::Alias', {
      UpdatePolicy: {
        CodeDeployLambdaAliasUpdate: {
          ApplicationName: { Ref: Match.anyValue() },
          DeploymentGroupName: { Ref: Match.anyValue() },
        },
      },
    });
  });

  it('takes over at once where a deployment says so', () => {
    inDevelopment.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
    expect(Object.values(inDevelopment.findResources('AWS::Lambda::Alias'))[0]).not.toHaveProperty(
      'UpdatePolicy',
    );
  });
});

describe('the API', () => {
  const allowed = gatewayPaths('live').toSorted();

  it('lets no more through than the stage may', () => {
    plainly({ api: { requestsPerSecond: 50, burst: 20 } }).hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [
        {
          HttpMethod: '*',
          ResourcePath: '/*',
          LoggingLevel: 'OFF',
          DataTraceEnabled: false,
          ThrottlingRateLimit: 50,
          ThrottlingBurstLimit: 20,
        },
      ],
    });
  });

  it('asks nobody where a call comes from, unless ranges are named', () => {
    inDevelopment.hasResourceProperties('AWS::ApiGateway::RestApi', { Policy: Match.absent() });
    const allowedRanges = ['192.0.2.0/24', '198.51.100.0/24'];
    const everyone = { Principal: { AWS: '*' }, Action: 'execute-api:Invoke' };
    plainly({ api: { allowedRanges } }).hasResourceProperties('AWS::ApiGateway::RestApi', {
      Policy: {
        Statement: [
          { Effect: 'Allow', ...everyone, Resource: allowed },
          {
            Effect: 'Deny',
            ...everyone,
            Resource: 'execute-api:/*',
            Condition: { NotIpAddress: { 'aws:SourceIp': allowedRanges } },
          },
        ],
      },
    });
  });

  it('that is private is called through its endpoints and no other way', () => {
    const endpoints = [{ Ref: Match.stringLikeRegexp('^NetworkEndpointsApi') }, 'vpce-0123456789abcdef0'];
    closed.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: endpoints },
      Policy: {
        Statement: [
          { Effect: 'Allow', Principal: { AWS: '*' }, Resource: allowed },
          { Effect: 'Deny', Condition: { StringNotEquals: { 'aws:SourceVpce': endpoints } } },
        ],
      },
    });
  });

  it.each([
    ['regional', inProduction],
    ['private', closed],
  ])('%s or not, streams every answer of the gateway, and none of administration', (_kind, template) => {
    const methods = Object.values(template.findResources('AWS::ApiGateway::Method')).map(
      ({ Properties }) => Properties,
    );
    const streamed = methods.filter(({ Integration }) => Integration.ResponseTransferMode === 'STREAM');
    expect(streamed).toHaveLength(2);
    for (const { AuthorizationType, Integration } of streamed) {
      expect([AuthorizationType, Integration.TimeoutInMillis]).toEqual(['NONE', 900_000]);
    }
    const others = methods.filter((each) => !streamed.includes(each));
    expect(others).toHaveLength(3);
    for (const { AuthorizationType } of others) expect(AuthorizationType).toBe('AWS_IAM');
  });
});

describe('the firewall', () => {
  const rulesOf = (template: Template) =>
    Object.values(template.findResources('AWS::WAFv2::WebACL')).flatMap(({ Properties }) => Properties.Rules);

  it('stands before the stage where a deployment asks for it, and nowhere else', () => {
    inProduction.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
      ResourceArn: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('::/restapis/$')])] },
    });
    inDevelopment.resourceCountIs('AWS::WAFv2::WebACL', 0);
  });

  it('counts the requests of an address over five minutes', () => {
    expect(rulesOf(inProduction)).toMatchObject([
      {
        Name: 'requests-per-address',
        Priority: 0,
        Statement: { RateBasedStatement: { Limit: 5_000, EvaluationWindowSec: 300, AggregateKeyType: 'IP' } },
        Action: { Block: { CustomResponse: { ResponseCode: 429 } } },
      },
    ]);
  });

  it('refuses blocked addresses, all but allowed ones, and bodies that are too large, in this order', () => {
    const template = plainly({
      firewall: { allowedRanges: ['192.0.2.0/24'], blockedRanges: ['192.0.2.66/32'], mostBodyKb: 32 },
    });
    expect(
      rulesOf(template).map(({ Name, Priority, Action }) => [
        Name,
        Priority,
        Action.Block.CustomResponse.ResponseCode,
      ]),
    ).toEqual([
      ['blocked-addresses', 0, 403],
      ['other-addresses', 1, 403],
      ['large-bodies', 2, 413],
      ['requests-per-address', 3, 429],
    ]);
    const [, others, large] = rulesOf(template);
    expect(others.Statement).toHaveProperty('NotStatement');
    expect(large.Statement.SizeConstraintStatement).toMatchObject({
      ComparisonOperator: 'GT',
      Size: 32_768,
      FieldToMatch: { Body: { OversizeHandling: 'MATCH' } },
    });
    template.resourceCountIs('AWS::WAFv2::IPSet', 2);
  });

  it('answers as OpenAI’s clients read it', () => {
    const [acl] = Object.values(inProduction.findResources('AWS::WAFv2::WebACL'));
    for (const { Content } of Object.values<{ Content: string }>(acl?.['Properties'].CustomResponseBodies)) {
      const { error } = asObject(parseJson(Content));
      expect(Object.keys(asObject(error))).toEqual(['message', 'type', 'code', 'param']);
    }
  });

  it('looks for no attacks in prompts: people ask models about SQL and shell commands', () => {
    expect(JSON.stringify(rulesOf(inProduction))).not.toContain('ManagedRuleGroup');
  });

  it('logs what it blocked, without keys and queries', () => {
    inProduction.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
      RedactedFields: [
        { SingleHeader: { Name: 'authorization' } },
        { SingleHeader: { Name: 'x-api-key' } },
        { SingleHeader: { Name: 'x-goog-api-key' } },
        { SingleHeader: { Name: 'cookie' } },
        { QueryString: {} },
      ],
      LoggingFilter: Match.objectLike({ DefaultBehavior: 'DROP' }),
    });
    inProduction.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: 'aws-waf-logs-llm-prod' });
  });
});

it('every log group is encrypted under the region’s key and forgets in time', () => {
  for (const template of [inProduction, inDevelopment, closed]) {
    const groups = Object.values(template.findResources('AWS::Logs::LogGroup'));
    expect(groups.length).toBeGreaterThan(4);
    for (const { Properties } of groups) {
      expect(Properties).toHaveProperty('RetentionInDays');
      expect(JSON.stringify(Properties.KmsKeyId)).toContain('KeysOperations');
    }
  }
});
