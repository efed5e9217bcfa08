import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { Host } from './host-names.ts';
import { addRecords } from './records.ts';

export interface PublicHostsProps {
  readonly hosts: readonly Host[];
  readonly hostedZone: route53.IHostedZone;
  readonly api: apigateway.RestApi;
  /** Of all of them. */
  readonly certificate: acm.ICertificate;
  readonly check: route53.IHealthCheck | undefined;
}

/** The hosts of a regional API, on the internet: TLS 1.3 alone, and by the name they were called by. */
export class PublicHosts extends Construct {
  constructor(scope: Construct, id: string, props: PublicHostsProps) {
    super(scope, id);
    const { hosts, hostedZone, api, certificate } = props;
    for (const host of hosts) {
      const domain = new apigateway.DomainName(this, host.id, {
        domainName: host.name,
        certificate,
        endpointType: apigateway.EndpointType.REGIONAL,
        securityPolicy: apigateway.SecurityPolicy.TLS13_1_3_2025_09,
        endpointAccessMode: apigateway.EndpointAccessMode.STRICT,
        // The CDK's own types refuse this upcast under exactOptionalPropertyTypes.
        mapping: api as apigateway.IRestApi,
      });
      addRecords(this, host, {
        hostedZone,
        target: route53.RecordTarget.fromAlias(new targets.ApiGatewayDomain(domain)),
        check: props.check,
      });
    }
  }
}
