import { describe, expect, it } from 'vitest';
import { account, synthesize, templateOf, threeRegions } from './templates.ts';

const templates = synthesize(threeRegions);
const state = templateOf(templates, 'fairlead-state');

const replica = (region: string, recovery: object) => ({
  Region: region,
  DeletionProtectionEnabled: true,
  PointInTimeRecoverySpecification: recovery,
  ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 20_000 },
  SSESpecification: { KMSMasterKeyId: `arn:aws:kms:${region}:${account}:alias/fairlead-data` },
});

const recoverable = { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 };
const never = { PointInTimeRecoveryEnabled: false };

describe('the state stack', () => {
  it('holds the two global tables under ids that never change, and nothing else', () => {
    expect(Object.keys(state.toJSON().Resources)).toEqual(['GovernanceTable3B11EFDC', 'QuotasTable07B38682']);
  });

  it('replicates governance to every region: each replica protected, recoverable, capped, under its region’s key', () => {
    expect(resource(state, 'GovernanceTable3B11EFDC')).toMatchObject({
      Type: 'AWS::DynamoDB::GlobalTable',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    expect(resource(state, 'GovernanceTable3B11EFDC').Properties).toEqual({
      TableName: 'fairlead-governance',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 20_000 },
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [
        replica('eu-central-1', recoverable),
        replica('ap-northeast-1', recoverable),
        replica('us-east-1', recoverable),
      ],
    });
  });

  it('replicates quotas to every region, expiring, and never restored into a running window', () => {
    expect(resource(state, 'QuotasTable07B38682')).toMatchObject({
      Type: 'AWS::DynamoDB::GlobalTable',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    expect(resource(state, 'QuotasTable07B38682').Properties).toEqual({
      TableName: 'fairlead-quotas',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 20_000 },
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      // No policy among them: CloudFormation refuses one with a replica it makes in another region.
      Replicas: [
        replica('eu-central-1', never),
        replica('ap-northeast-1', never),
        replica('us-east-1', never),
      ],
    });
  });

  it('caps and recovers as the deployment says, and has one replica where there is one region', () => {
    const alone = synthesize({
      ...threeRegions,
      name: 'alone',
      regions: [{ region: 'us-east-1' }],
      capacity: { tableReadUnitsPerSecond: 100, tableWriteUnitsPerSecond: 200 },
      retention: { recoveryDays: 7 },
    });
    expect(resource(templateOf(alone, 'alone-state'), 'GovernanceTable3B11EFDC').Properties).toMatchObject({
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 200 },
      Replicas: [
        {
          Region: 'us-east-1',
          ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 100 },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
        },
      ],
    });
    const own = templateOf(alone, 'alone-us-east-1');
    for (const id of ['HealthTableDE1937ED', 'DecisionsTable1F852C44']) {
      expect(resource(own, id).Properties).toMatchObject({
        WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 200 },
        Replicas: [{ Region: 'us-east-1', ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 100 } }],
      });
    }
  });
});

describe.each(['us-east-1', 'eu-central-1', 'ap-northeast-1'])('what %s keeps for itself', (region) => {
  const own = templateOf(templates, `fairlead-${region}`);

  it('decisions outlive the stack but not a deployment that failed; health is worth nothing after minutes', () => {
    const table = (name: string) => ({
      Properties: { TableName: `fairlead-${name}`, Replicas: [{ Region: region }] },
    });
    expect(resource(own, 'DecisionsTable1F852C44')).toMatchObject({
      ...table('decisions'),
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    expect(resource(own, 'DecisionsTable1F852C44').Properties.Replicas).toMatchObject([
      { DeletionProtectionEnabled: false },
    ]);
    expect(resource(own, 'HealthTableDE1937ED')).toMatchObject({
      ...table('health'),
      DeletionPolicy: 'Delete',
    });
  });

  it('settlements outlive the stack but not a deployment that failed, and only those of this queue die in the other', () => {
    for (const id of ['SettlementsQueue70703509', 'SettlementsDeadE5888926']) {
      expect(resource(own, id)).toMatchObject({
        Type: 'AWS::SQS::Queue',
        Properties: { FifoQueue: true, MessageRetentionPeriod: 1_209_600 },
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
      });
    }
    expect(resource(own, 'SettlementsQueue70703509').Properties).toMatchObject({
      QueueName: 'fairlead-settlements.fifo',
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': ['SettlementsDeadE5888926', 'Arn'] },
        maxReceiveCount: 24,
      },
    });
    expect(resource(own, 'SettlementsDeadE5888926').Properties.RedriveAllowPolicy).toEqual({
      redrivePermission: 'byQueue',
      sourceQueueArns: [`arn:aws:sqs:${region}:${account}:fairlead-settlements.fifo`],
    });
  });

  it('refuses whatever does not come over TLS to either queue', () => {
    for (const policy of Object.values(own.findResources('AWS::SQS::QueuePolicy'))) {
      expect(policy['Properties'].PolicyDocument.Statement).toMatchObject([
        {
          Effect: 'Deny',
          Action: 'sqs:*',
          Principal: { AWS: '*' },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]);
    }
    own.resourceCountIs('AWS::SQS::QueuePolicy', 2);
  });
});

function resource(template: typeof state, logicalId: string) {
  return template.toJSON().Resources[logicalId];
}
