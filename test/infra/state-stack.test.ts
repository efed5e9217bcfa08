import { describe, expect, it } from 'vitest';
import { synthesize, templateOf, threeRegions } from './templates.ts';

const state = templateOf(synthesize(threeRegions), 'fairlead-state');

const replica = (region: string, pointInTimeRecovery: boolean) => ({
  Region: region,
  DeletionProtectionEnabled: true,
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: pointInTimeRecovery },
});

describe('the state stack', () => {
  it('holds the two global tables under ids that never change, and nothing else', () => {
    expect(Object.keys(state.toJSON().Resources)).toEqual(['GovernanceTable3B11EFDC', 'QuotasTable07B38682']);
  });

  it('replicates governance to every region, each replica recoverable and protected', () => {
    state.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: {
        TableName: 'fairlead-governance',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        Replicas: [
          replica('eu-central-1', true),
          replica('ap-northeast-1', true),
          replica('us-east-1', true),
        ],
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    expect(propertiesOf('GovernanceTable3B11EFDC')).not.toHaveProperty('TimeToLiveSpecification');
  });

  it('replicates quotas to every region, protected, expiring, and never restored into a running window', () => {
    state.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: {
        TableName: 'fairlead-quotas',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        Replicas: [
          replica('eu-central-1', false),
          replica('ap-northeast-1', false),
          replica('us-east-1', false),
        ],
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('has one replica where there is one region', () => {
    const alone = templateOf(
      synthesize({ ...threeRegions, name: 'alone', regions: [{ region: 'us-east-1' }] }),
      'alone-state',
    );
    alone.allResourcesProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [{ Region: 'us-east-1' }],
    });
  });

  function propertiesOf(logicalId: string): unknown {
    return state.toJSON().Resources[logicalId].Properties;
  }
});
