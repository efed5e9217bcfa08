import { Stack } from 'aws-cdk-lib';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/**
 * Whether this region is to be sent requests: an alarm on the gateway's own faults says so, and nothing polls. A private
 * API has it as well as a public one, an idle region sees no traffic for it, and a provider's outage, which is no fault
 * of the gateway, takes no region out. Without data, which is without requests, a region is healthy.
 */
export class RegionHealth extends Construct {
  readonly check: route53.HealthCheck;

  constructor(scope: Construct, id: string, { alarmName }: { readonly alarmName: string }) {
    super(scope, id);
    this.check = new route53.HealthCheck(this, 'Check', {
      type: route53.HealthCheckType.CLOUDWATCH_METRIC,
      alarmIdentifier: { region: Stack.of(this).region, name: alarmName },
      insufficientDataHealthStatus: route53.InsufficientDataHealthStatusEnum.HEALTHY,
    });
  }
}
