import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { errorStatus } from '../../lib/domain/failure.ts';
import { asObject, asString, parseJson } from '../../lib/domain/json.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { synthesize, templateOf, threeRegions } from './templates.ts';

const templates = synthesize(threeRegions);
const eu = templateOf(templates, 'fairlead-eu-central-1');
const regional = ['fairlead-us-east-1', 'fairlead-eu-central-1', 'fairlead-ap-northeast-1'];

describe('a deployment', () => {
  const stacks = [
    ...regional.map((name) => name.replace('fairlead-', 'fairlead-keys-')),
    'fairlead-state',
    ...regional,
  ];

  it('is the keys of each region, the state they all share, and a gateway in each', () => {
    expect([...templates.keys()]).toEqual(stacks);
  });

  it('makes no keys where a region brings its own', () => {
    const key = (end: string): string =>
      `arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-00000000000${end}`;
    const own = { region: 'us-east-1', keyArns: { data: key('1'), operations: key('2') } };
    const brought = synthesize({ ...threeRegions, regions: [own] });
    expect([...brought.keys()]).toEqual(['fairlead-state', 'fairlead-us-east-1']);
    templateOf(brought, 'fairlead-us-east-1').allResourcesProperties('AWS::Logs::LogGroup', {
      KmsKeyId: key('2'),
    });
    templateOf(brought, 'fairlead-state').allResourcesProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: key('1') } })],
    });
  });

  it('synthesises without an account', () => {
    const { account: _, ...anyAccount } = threeRegions;
    expect([...synthesize(anyAccount).keys()]).toEqual(stacks);
  });
});

describe.each(regional)('the gateway stack %s', (stackName) => {
  const stack = templateOf(templates, stackName);

  it('streams every method of every path', () => {
    stack.resourcePropertiesCountIs(
      'AWS::ApiGateway::Method',
      {
        HttpMethod: 'ANY',
        AuthorizationType: 'NONE',
        ApiKeyRequired: Match.absent(),
        Integration: {
          Type: 'AWS_PROXY',
          ResponseTransferMode: 'STREAM',
          TimeoutInMillis: 900_000,
          Uri: Match.objectLike({
            'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('/response-streaming-invocations$')])],
          }),
        },
      },
      2,
    );
    stack.hasResourceProperties('AWS::ApiGateway::Resource', { PathPart: '{proxy+}' });
  });

  it('runs on Node 24, arm64, for 15 minutes at most', () => {
    stack.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
    });
    stack.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 1769,
      Timeout: 900,
    });
  });

  it('keeps its stateful resources under ids that never change', () => {
    expect(Object.keys(stack.findResources('AWS::DynamoDB::GlobalTable'))).toEqual([
      'HealthTableDE1937ED',
      'DecisionsTable1F852C44',
    ]);
    expect(Object.keys(stack.findResources('AWS::Logs::LogGroup'))).toEqual(
      expect.arrayContaining([
        'SettlementsLogs8A8C545F',
        'GatewayLogs34792D0F',
        'AdminLogs922FEE7F',
        'ApiAccessLog713001CC',
      ]),
    );
    expect(Object.keys(stack.findResources('AWS::ApiGateway::RestApi'))).toEqual(['ApiRest4DEC74FE']);
  });
});

describe('the settlement queue', () => {
  it('keeps order per item of the ledger, at full throughput, for two weeks, encrypted', () => {
    eu.resourceCountIs('AWS::SQS::Queue', 2);
    eu.allResourcesProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      ContentBasedDeduplication: false,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      MessageRetentionPeriod: 14 * 86_400,
      KmsMasterKeyId: Match.objectLike({ 'Fn::ImportValue': Match.stringLikeRegexp('KeysData') }),
    });
  });

  it('tries for four hours, then hands over what nobody can carry out', () => {
    const queues = Object.values(eu.findResources('AWS::SQS::Queue')).map(({ Properties }) => Properties);
    const [queue] = queues.filter(({ RedrivePolicy }) => RedrivePolicy !== undefined);
    expect(queue?.['RedrivePolicy']).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringMatching(/^SettlementsDead/), 'Arn'] },
      maxReceiveCount: 24,
    });
    expect(queue?.['VisibilityTimeout']).toBe(600);
  });

  it('takes nothing that comes without TLS', () => {
    eu.resourceCountIs('AWS::SQS::QueuePolicy', 2);
    eu.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 'sqs:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  });

  it('feeds a function that tells which messages have failed, and is done long before they come again', () => {
    eu.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SettlementsQueue'), 'Arn'] },
      FunctionName: { Ref: Match.stringLikeRegexp('^SettlementsFunction') },
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    // Lambda asks for six times the function's timeout as visibility timeout.
    eu.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('settlements'),
      Timeout: 60,
    });
  });
});

describe('the EU gateway stack', () => {
  it('tells the function everything the schema names', () => {
    eu.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          [environmentNames.governanceTable]: 'fairlead-governance',
          [environmentNames.quotasTable]: 'fairlead-quotas',
          [environmentNames.healthTable]: 'fairlead-health',
          [environmentNames.decisionsTable]: 'fairlead-decisions',
          [environmentNames.zones]: 'eu',
        },
      },
    });
    const named = (start: string): readonly string[] =>
      Object.entries(eu.findResources('AWS::Lambda::Function'))
        .filter(([id]) => id.startsWith(start))
        .flatMap(([, { Properties }]) => Object.keys(Properties.Environment.Variables))
        .toSorted();
    const names = environmentNames;
    const ledger = [names.deployment, names.quotasTable, names.sites, names.site];
    const tables = [names.governanceTable, names.healthTable, names.decisionsTable];
    expect(named('SettlementsFunction')).toEqual(ledger.toSorted());
    expect(named('GatewayFunction')).toEqual(
      [...ledger, ...tables, names.settlementQueueUrl, names.zones].toSorted(),
    );
    expect(named('AdminFunction')).toEqual(
      expect.arrayContaining([
        ...ledger,
        ...tables,
        names.settlementQueueUrl,
        names.deadSettlementQueueUrl,
        names.homeRegion,
        names.secretPrefix,
        names.networkMode,
      ]),
    );
    const third = String(1 / 3);
    eu.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          [names.sites]: `us-east-1=${third},eu-central-1=${third},ap-northeast-1=${third}`,
          [names.site]: 'eu-central-1',
        },
      },
    });
    eu.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { [names.homeRegion]: 'us-east-1' } },
    });
  });

  it('tells every function of the sites, their shares and those that have left', () => {
    const returned = synthesize({
      ...threeRegions,
      regions: [
        { region: 'us-east-1', share: 0.75 },
        { region: 'eu-central-1', site: 'eu-central-1.2', share: 0 },
      ],
      formerSites: ['eu-central-1', 'ap-northeast-1'],
    });
    const stack = templateOf(returned, 'fairlead-eu-central-1');
    for (const start of ['GatewayFunction', 'AdminFunction', 'SettlementsFunction']) {
      const [variables] = Object.entries(stack.findResources('AWS::Lambda::Function'))
        .filter(([id]) => id.startsWith(start))
        .map(([, { Properties }]) => Properties.Environment.Variables);
      expect(variables).toMatchObject({
        FAIRLEAD_SITES: 'us-east-1=0.75,eu-central-1.2=0,eu-central-1=left,ap-northeast-1=left',
        FAIRLEAD_SITE: 'eu-central-1.2',
      });
    }
  });

  it('points requests for other zones to the configured endpoints', () => {
    const configured = synthesize({
      ...threeRegions,
      capacity: { memoryMb: 3008 },
      retention: { logDays: 90 },
      zoneEndpoints: { eu: 'https://eu.example.com', us: 'https://us.example.com/live' },
    });
    const us = templateOf(configured, 'fairlead-us-east-1');
    us.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 3008,
      Environment: {
        Variables: {
          FAIRLEAD_ZONES: 'us',
          FAIRLEAD_ZONE_ENDPOINTS: 'eu=https://eu.example.com,us=https://us.example.com/live',
        },
      },
    });
    us.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  it('keeps health and decisions in its own region, expiring', () => {
    eu.resourceCountIs('AWS::DynamoDB::GlobalTable', 2);
    eu.allResourcesProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
    eu.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: {
        TableName: 'fairlead-health',
        Replicas: [Match.objectLike({ Region: 'eu-central-1', DeletionProtectionEnabled: false })],
      },
      DeletionPolicy: 'Delete',
    });
    eu.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: {
        TableName: 'fairlead-decisions',
        Replicas: [Match.objectLike({ Region: 'eu-central-1', DeletionProtectionEnabled: false })],
      },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });

  it('serves through a live alias of a published version', () => {
    eu.resourceCountIs('AWS::Lambda::Version', 1);
    eu.hasResourceProperties('AWS::Lambda::Alias', { Name: 'live' });
    eu.resourcePropertiesCountIs(
      'AWS::Lambda::Permission',
      {
        FunctionName: { Ref: Match.stringLikeRegexp('^GatewayFunctionAliaslive') },
        Principal: 'apigateway.amazonaws.com',
      },
      2,
    );
  });

  it('is a regional API of text bodies, without API keys and authorisers', () => {
    eu.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['REGIONAL'] },
      BinaryMediaTypes: Match.absent(),
      ApiKeySourceType: Match.absent(),
    });
    eu.resourceCountIs('AWS::ApiGateway::Authorizer', 0);
    eu.resourceCountIs('AWS::ApiGateway::ApiKey', 0);
  });

  it('logs when and how a request ended: no body, no header, no query, no address', () => {
    const [stage] = Object.values(eu.findResources('AWS::ApiGateway::Stage'));
    expect(parseJson(stage?.['Properties'].AccessLogSetting.Format)).toEqual({
      requestId: '$context.requestId',
      requestTimeEpochMs: '$context.requestTimeEpoch',
      method: '$context.httpMethod',
      path: '$context.path',
      status: '$context.status',
      responseBytes: '$context.responseLength',
      latencyMs: '$context.responseLatency',
      integrationStatus: '$context.integrationStatus',
      integrationLatencyMs: '$context.integrationLatency',
      errorType: '$context.error.responseType',
    });
    expect(stage?.['Properties'].MethodSettings).toEqual([
      {
        HttpMethod: '*',
        ResourcePath: '/*',
        LoggingLevel: 'OFF',
        DataTraceEnabled: false,
        ThrottlingRateLimit: 10_000,
        ThrottlingBurstLimit: 5_000,
      },
    ]);
    eu.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it("gives API Gateway's own errors OpenAI's shape", () => {
    const responses = Object.values(eu.findResources('AWS::ApiGateway::GatewayResponse')).map(
      ({ Properties }) => {
        const template: string = Properties.ResponseTemplates['application/json'];
        const { error } = asObject(
          parseJson(template.replace('$context.error.messageString', '"Forbidden"')),
        );
        expect(Object.keys(asObject(error))).toEqual(['message', 'type', 'code', 'param']);
        expect(Properties.ResponseParameters).toMatchObject({
          'gatewayresponse.header.content-type': "'application/json'",
          'gatewayresponse.header.x-request-id': 'context.requestId',
        });
        const code = asString(asObject(error)['code']) ?? '';
        const ofIam = ['missing_authentication', 'signature_mismatch', 'access_denied'];
        expect([...Object.keys(errorStatus), ...ofIam]).toContain(code);
        return [Properties.ResponseType, Properties.StatusCode, code];
      },
    );
    expect(responses).toEqual([
      ['DEFAULT_4XX', undefined, 'invalid_request'],
      ['REQUEST_TOO_LARGE', '413', 'request_too_large'],
      ['THROTTLED', '429', 'rate_limited'],
      ['MISSING_AUTHENTICATION_TOKEN', undefined, 'missing_authentication'],
      ['INVALID_SIGNATURE', undefined, 'signature_mismatch'],
      ['ACCESS_DENIED', undefined, 'access_denied'],
      ['DEFAULT_5XX', undefined, 'internal_error'],
      ['INTEGRATION_TIMEOUT', '504', 'deadline_exceeded'],
    ]);
  });

  it("leaves the account's API Gateway log role alone where it exists", () => {
    eu.resourceCountIs('AWS::ApiGateway::Account', 1);
    const existing = synthesize({ ...threeRegions, apiGatewayLogRole: 'existing' });
    templateOf(existing, 'fairlead-eu-central-1').resourceCountIs('AWS::ApiGateway::Account', 0);
  });
});
