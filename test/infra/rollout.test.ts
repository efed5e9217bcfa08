import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { vpc } from '../../cdk/examples.ts';
import { synthesize, templateOf, threeRegions } from './templates.ts';

const deployed = (change: object): Template =>
  templateOf(
    synthesize({ ...threeRegions, regions: [{ region: 'us-east-1' }], ...change }),
    'fairlead-us-east-1',
  );

const warm = deployed({ capacity: { provisioned: { min: 2, max: 40 } } });
const atOnce = deployed({ capacity: { provisioned: { min: 2, max: 40 } }, rollout: { kind: 'all-at-once' } });
const warmer = deployed({ capacity: { provisioned: { min: 3, max: 40 } } });
const cold = deployed({ rollout: { kind: 'canary', percent: 25, minutes: 5 } });

/** Of the gateway function alone: others have no versions. */
const versionOf = (
  template: Template,
): readonly [id: string, properties: Readonly<Record<string, unknown>>] => {
  const [version, ...others] = Object.entries(template.findResources('AWS::Lambda::Version'));
  if (version === undefined || others.length > 0) throw new Error('expected one version');
  const properties: Readonly<Record<string, unknown>> = version[1]['Properties'];
  return [version[0], properties];
};

describe.each([
  ['by a canary', warm],
  ['at once', atOnce],
])('environments kept warm, where versions change %s', (_kind, template) => {
  it('are those of the version: an alias that has them cannot be weighed', () => {
    expect(versionOf(template)[1]).toMatchObject({
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    template.hasResourceProperties('AWS::Lambda::Alias', {
      Name: 'live',
      ProvisionedConcurrencyConfig: Match.absent(),
      RoutingConfig: Match.absent(),
    });
  });

  it('are as many as are used of them, within what the deployment says', () => {
    const [version] = versionOf(template);
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 2,
      MaxCapacity: 40,
      ServiceNamespace: 'lambda',
      ScalableDimension: 'lambda:function:ProvisionedConcurrency',
      ResourceId: {
        'Fn::Join': [
          '',
          [
            'function:',
            { Ref: Match.stringLikeRegexp('^GatewayFunction') },
            ':',
            { 'Fn::GetAtt': [version, 'Version'] },
          ],
        ],
      },
      RoleARN: Match.stringLikeRegexp('/AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency$'),
    });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 0.7 },
    });
  });
});

it('another number of warm environments is another version, since a version’s own cannot be changed', () => {
  const descriptionOf = (template: Template): unknown =>
    Object.values(template.findResources('AWS::Lambda::Function'))
      .map(({ Properties }) => Properties)
      .find(({ Timeout }) => Timeout === 900)?.Description;
  expect(versionOf(warmer)[0]).not.toBe(versionOf(warm)[0]);
  expect(descriptionOf(warm)).toMatch(/; 2 kept warm$/);
  expect(descriptionOf(warmer)).toMatch(/; 3 kept warm$/);
  expect(descriptionOf(cold)).not.toMatch(/warm/);
});

it('a version ends with its successor’s rollout, and what is kept warm of it', () => {
  for (const template of [warm, atOnce]) {
    template.hasResource('AWS::Lambda::Version', { DeletionPolicy: Match.absent() });
  }
});

describe('a canary', () => {
  it('is of the size and the length the deployment says, whatever is kept warm', () => {
    for (const [template, percent, minutes] of [
      [warm, 10, 10],
      [cold, 25, 5],
    ] as const) {
      template.hasResourceProperties('AWS::CodeDeploy::DeploymentConfig', {
        TrafficRoutingConfig: {
          TimeBasedCanary: { CanaryPercentage: percent, CanaryInterval: minutes },
        },
      });
      template.hasResource('AWS::Lambda::Alias', {
        UpdatePolicy: { CodeDeployLambdaAliasUpdate: Match.anyValue() },
      });
    }
  });

  it('is taken back by what the new version says of itself: of all requests it is too small a share', () => {
    const [version] = versionOf(cold);
    const gateway = { Ref: Match.stringLikeRegexp('^GatewayFunction') };
    cold.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'fairlead-version-crashes',
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Statistic: 'Average',
      Threshold: 0.5,
      Dimensions: [
        { Name: 'ExecutedVersion', Value: { 'Fn::GetAtt': [version, 'Version'] } },
        { Name: 'FunctionName', Value: gateway },
        { Name: 'Resource', Value: { 'Fn::Join': ['', [gateway, ':live']] } },
      ],
    });
    // The alias moves once the alarm looks at the version it moves to.
    const [alarm] = Object.keys(
      cold.findResources('AWS::CloudWatch::Alarm', { Properties: { AlarmName: 'fairlead-version-crashes' } }),
    );
    cold.hasResource('AWS::Lambda::Alias', { DependsOn: Match.arrayWith([alarm]) });
    expect(JSON.stringify(atOnce.findResources('AWS::CloudWatch::Alarm'))).not.toContain('ExecutedVersion');
  });

  it('is none on managed instances: requests do not pass the alias it would move', () => {
    const managed = templateOf(synthesize(vpc), 'llm-vpc-eu-central-1');
    managed.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
    managed.resourceCountIs('AWS::Lambda::Alias', 2);
  });

  it('is none where versions change at once', () => {
    atOnce.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
    atOnce.hasResource('AWS::Lambda::Alias', { UpdatePolicy: Match.absent() });
  });
});
