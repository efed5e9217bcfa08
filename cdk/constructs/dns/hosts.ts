import { Annotations } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Host } from './host-names.ts';
import { PrivateHosts } from './private-hosts.ts';
import { PublicHosts } from './public-hosts.ts';
import type { RegionDomain } from './region-domain.ts';
import { RegionHealth } from './region-health.ts';

export interface HostsProps {
  readonly domain: RegionDomain;
  readonly api: apigateway.RestApi;
  /** Those that say whether the gateway itself fails here. */
  readonly faultAlarms: readonly cloudwatch.Alarm[];
  /** Of a private API. */
  readonly closed?:
    | {
        readonly vpc: ec2.IVpc;
        readonly endpoints: readonly ec2.IVpcEndpoint[];
        readonly ownEndpoint?: ec2.InterfaceVpcEndpoint | undefined;
      }
    | undefined;
}

/** The names of one region's API, and who is told which. */
export class Hosts extends Construct {
  constructor(scope: Construct, id: string, props: HostsProps) {
    super(scope, id);
    const { domain, api, closed } = props;
    const { hosts, certificate } = domain;
    const health = (): route53.IHealthCheck | undefined =>
      hosts.some(({ shared }) => shared)
        ? new RegionHealth(this, 'Health', { alarms: props.faultAlarms }).check
        : undefined;
    if (closed !== undefined) {
      const { vpc, endpoints, ownEndpoint } = closed;
      if (ownEndpoint === undefined) this.warnOfMissingRecords(hosts);
      new PrivateHosts(this, 'Private', {
        hosts,
        api,
        endpoints,
        certificateArn: certificate.certificateArn,
        // A zone without records would hide the names from its VPC, wherever else they are known.
        records: ownEndpoint && {
          endpoint: ownEndpoint,
          check: health(),
          hostedZone:
            domain.hostedZone ??
            new route53.PrivateHostedZone(this, 'PrivateZone', { zoneName: domain.name, vpc }),
        },
      });
      return;
    }
    const { hostedZone } = domain;
    if (hostedZone === undefined) throw new Error('a public domain needs a hosted zone');
    new PublicHosts(this, 'Public', { hosts, api, check: health(), certificate, hostedZone });
  }

  private warnOfMissingRecords(hosts: readonly Host[]): void {
    const names = hosts.map((each) => each.name).join(', ');
    Annotations.of(this).addWarningV2(
      'fairlead:hosts-without-records',
      `the VPC brings its own endpoints, so that nothing is said here of where ${names} lead: give each a record to the ` +
        'endpoint of execute-api',
    );
  }
}
