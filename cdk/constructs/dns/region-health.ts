import { Stack } from 'aws-cdk-lib';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/**
 * Whether this region is to be sent requests: alarms on the gateway's own faults say so, and nothing polls. A private
 * API has it as well as a public one, an idle region sees no traffic for it, and a provider's outage, which is no fault
 * of the gateway, takes no region out. Without data, which is without requests, a region is healthy.
 */
export class RegionHealth extends Construct {
  readonly check: route53.HealthCheck;

  constructor(scope: Construct, id: string, { alarmNames }: { readonly alarmNames: readonly string[] }) {
    super(scope, id);
    const { region } = Stack.of(this);
    const childHealthChecks = alarmNames.map(
      (name, index) =>
        new route53.HealthCheck(this, `Alarm${index}`, {
          type: route53.HealthCheckType.CLOUDWATCH_METRIC,
          alarmIdentifier: { region, name },
          insufficientDataHealthStatus: route53.InsufficientDataHealthStatusEnum.HEALTHY,
        }),
    );
    this.check = new route53.HealthCheck(this, 'Check', {
      type: route53.HealthCheckType.CALCULATED,
      childHealthChecks,
      healthThreshold: childHealthChecks.length,
    });
  }
}
