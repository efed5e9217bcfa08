import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { endpointsOnly } from '../gateway/resource-policy.ts';
import type { Host } from './host-names.ts';
import { addRecords } from './records.ts';

export interface PrivateHostsProps {
  readonly hosts: readonly [Host, ...Host[]];
  readonly hostedZone: route53.IHostedZone;
  readonly api: apigateway.RestApi;
  readonly certificateArn: string;
  /** VPC endpoints whose callers may use the hosts. */
  readonly endpoints: readonly ec2.IVpcEndpoint[];
  /** The one the names lead to; absent where the VPC brought its own, whose names are its owner's affair. */
  readonly ownEndpoint?: ec2.InterfaceVpcEndpoint | undefined;
  readonly check: route53.IHealthCheck;
}

/**
 * The hosts of a private API: names that a VPC's own zone resolves to its endpoint, and that no endpoint may use unless it
 * is associated with them
 * (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains.html).
 */
export class PrivateHosts extends Construct {
  constructor(scope: Construct, id: string, props: PrivateHostsProps) {
    super(scope, id);
    const { hosts, api, endpoints, ownEndpoint } = props;
    for (const host of hosts) {
      const domain = new apigateway.CfnDomainNameV2(this, host.id, {
        domainName: host.name,
        certificateArn: props.certificateArn,
        endpointConfiguration: { types: ['PRIVATE'] },
        securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
        endpointAccessMode: 'STRICT',
        policy: endpointsOnly(endpoints).toJSON(),
      });
      new apigateway.CfnBasePathMappingV2(this, `${host.id}Mapping`, {
        domainNameArn: domain.attrDomainNameArn,
        restApiId: api.restApiId,
        stage: api.deploymentStage.stageName,
      });
      endpoints.forEach((endpoint, index) => {
        new apigateway.CfnDomainNameAccessAssociation(this, `${host.id}Access${index}`, {
          accessAssociationSource: endpoint.vpcEndpointId,
          accessAssociationSourceType: 'VPCE',
          domainNameArn: domain.attrDomainNameArn,
        });
      });
      if (ownEndpoint !== undefined) {
        addRecords(this, host, {
          hostedZone: props.hostedZone,
          target: route53.RecordTarget.fromAlias(new targets.InterfaceVpcEndpointTarget(ownEndpoint)),
          check: props.check,
        });
      }
    }
  }
}
