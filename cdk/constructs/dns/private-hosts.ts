import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { endpointsOnly, everyPath } from '../gateway/resource-policy.ts';
import type { Host } from './host-names.ts';
import { addRecords } from './records.ts';

export interface PrivateHostsProps {
  readonly hosts: readonly Host[];
  readonly api: apigateway.RestApi;
  readonly certificateArn: string;
  /** VPC endpoints whose callers may use the hosts. */
  readonly endpoints: readonly ec2.IVpcEndpoint[];
  /** Where the names lead; absent where the VPC brought its own endpoint, whose names are its owner's affair. */
  readonly records?:
    | {
        readonly hostedZone: route53.IHostedZone;
        readonly endpoint: ec2.InterfaceVpcEndpoint;
        readonly check: route53.IHealthCheck | undefined;
      }
    | undefined;
}

/**
 * The hosts of a private API: names that a VPC's own zone resolves to its endpoint, and that no endpoint may use unless it
 * is associated with them
 * (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains.html).
 */
export class PrivateHosts extends Construct {
  constructor(scope: Construct, id: string, props: PrivateHostsProps) {
    super(scope, id);
    const { hosts, api, endpoints, records } = props;
    for (const host of hosts) {
      const domain = new apigateway.CfnDomainNameV2(this, host.id, {
        domainName: host.name,
        certificateArn: props.certificateArn,
        endpointConfiguration: { types: ['PRIVATE'] },
        securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
        endpointAccessMode: 'STRICT',
        policy: endpointsOnly(everyPath, endpoints).toJSON(),
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
      if (records !== undefined) {
        const { hostedZone, endpoint, check } = records;
        const target = route53.RecordTarget.fromAlias(new targets.InterfaceVpcEndpointTarget(endpoint));
        addRecords(this, host, { hostedZone, target, check });
      }
    }
  }
}
