import { describe, expect, it } from 'vitest';
import { account, synthesize, templateOf, threeRegions } from './templates.ts';

const templates = synthesize(threeRegions);
const regions = ['us-east-1', 'eu-central-1', 'ap-northeast-1'];

describe.each(regions)('the keys of %s', (region) => {
  const template = templateOf(templates, `fairlead-keys-${region}`);
  const resource = (logicalId: string) => template.toJSON().Resources[logicalId];
  const root = {
    Effect: 'Allow',
    Action: 'kms:*',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Resource: '*',
  };

  it('are two, each under its alias, under ids that never change', () => {
    expect(Object.keys(template.toJSON().Resources)).toEqual([
      'KeysDataA2F7C5E6',
      'KeysDataAliasAD9E61B6',
      'KeysOperations5671B638',
      'KeysOperationsAlias332C0D52',
    ]);
    expect(resource('KeysDataAliasAD9E61B6').Properties).toEqual({
      AliasName: 'alias/fairlead-data',
      TargetKeyId: { 'Fn::GetAtt': ['KeysDataA2F7C5E6', 'Arn'] },
    });
    expect(resource('KeysOperationsAlias332C0D52').Properties).toEqual({
      AliasName: 'alias/fairlead-operations',
      TargetKeyId: { 'Fn::GetAtt': ['KeysOperations5671B638', 'Arn'] },
    });
  });

  it.each(['KeysDataA2F7C5E6', 'KeysOperations5671B638'])('%s rotates, and outlives its stack', (id) => {
    expect(resource(id)).toMatchObject({
      Type: 'AWS::KMS::Key',
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    // A region's keys are its own: one that is replicated shares its material.
    expect(resource(id).Properties).not.toHaveProperty('MultiRegion');
  });

  it('leave the data key to the policies of the account', () => {
    expect(resource('KeysDataA2F7C5E6').Properties.KeyPolicy.Statement).toEqual([root]);
  });

  it('let logs of this account and alarms of this account use the other, and nobody else', () => {
    expect(resource('KeysOperations5671B638').Properties.KeyPolicy.Statement).toEqual([
      root,
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
        Principal: { Service: `logs.${region}.amazonaws.com` },
        Resource: '*',
        Condition: {
          ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${region}:${account}:log-group:*` },
        },
      },
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceAccount': account } },
      },
    ]);
  });
});

describe('what lies under the keys', () => {
  const types = ['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup'];

  it.each(regions)('is every table, queue and log of %s, under its own region’s', (region) => {
    const { Resources } = templateOf(templates, `fairlead-${region}`).toJSON();
    const key = (purpose: string) => ({
      'Fn::ImportValue': expect.stringMatching(
        new RegExp(`^fairlead-keys-${region}:ExportsOutputFnGetAttKeys${purpose}[0-9A-F]{8}Arn`),
      ),
    });
    const found = Object.values<{ Type: string; Properties: Record<string, unknown> }>(Resources).filter(
      ({ Type }) => types.includes(Type),
    );
    expect(found.length).toBeGreaterThanOrEqual(9);
    for (const { Type, Properties } of found) {
      if (Type === 'AWS::DynamoDB::GlobalTable') {
        expect(Properties['SSESpecification']).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
        expect(Properties['Replicas']).toMatchObject([
          { Region: region, SSESpecification: { KMSMasterKeyId: key('Data') } },
        ]);
      } else if (Type === 'AWS::SQS::Queue') {
        expect(Properties).toMatchObject({ KmsMasterKeyId: key('Data') });
      } else {
        expect(Properties).toMatchObject({ KmsKeyId: key('Operations') });
      }
    }
  });
});

describe('a region that brings its own keys', () => {
  const keyArns = {
    data: `arn:aws:kms:eu-central-1:${account}:key/11111111-2222-3333-4444-555555555555`,
    operations: `arn:aws:kms:eu-central-1:${account}:key/66666666-7777-8888-9999-000000000000`,
  };
  const brought = synthesize({
    ...threeRegions,
    regions: [{ region: 'us-east-1' }, { region: 'eu-central-1', keyArns }],
  });

  it('has no stack of keys; the others keep theirs', () => {
    expect([...brought.keys()].filter((name) => name.includes('-keys-'))).toEqual([
      'fairlead-keys-us-east-1',
    ]);
  });

  it('has its replicas, tables and queue under its data key, its logs under the other', () => {
    const { Resources } = templateOf(brought, 'fairlead-eu-central-1').toJSON();
    const text = JSON.stringify(Resources);
    expect(text).not.toContain('fairlead-keys-eu-central-1');
    expect(Resources.SettlementsQueue70703509.Properties.KmsMasterKeyId).toBe(keyArns.data);
    expect(Resources.GatewayLogs34792D0F.Properties.KmsKeyId).toBe(keyArns.operations);
    const state = templateOf(brought, 'fairlead-state');
    for (const table of Object.values(state.findResources('AWS::DynamoDB::GlobalTable'))) {
      expect(table['Properties'].Replicas).toMatchObject([
        { Region: 'eu-central-1', SSESpecification: { KMSMasterKeyId: keyArns.data } },
        {
          Region: 'us-east-1',
          SSESpecification: { KMSMasterKeyId: `arn:aws:kms:us-east-1:${account}:alias/fairlead-data` },
        },
      ]);
    }
  });

  it('lends under the ARN of that key, with no wildcard', () => {
    const { Resources } = templateOf(brought, 'fairlead-us-east-1').toJSON();
    const { Statement } = Resources.GatewayRoleDefaultPolicy60B7ABA9.Properties.PolicyDocument;
    expect(Statement).toContainEqual({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: keyArns.data,
      Condition: { StringEquals: { 'kms:ViaService': 'dynamodb.eu-central-1.amazonaws.com' } },
    });
    expect(JSON.stringify(Statement)).not.toContain(':key/*');
  });
});
