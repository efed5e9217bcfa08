import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';

// Who may call an API at all, whatever key or signature comes with the call
// (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html).

/** In an API's own policy, a resource without account and API is of that API: every stage, method and path. */
const everything = 'execute-api:/*';

/** Through these VPC endpoints and no other way. */
export const endpointsOnly = (endpoints: readonly ec2.IVpcEndpoint[]): iam.PolicyDocument =>
  allowAllBut({ StringNotEquals: { 'aws:SourceVpce': endpoints.map((each) => each.vpcEndpointId) } });

/** From these ranges of addresses. */
export const addressesOnly = (ranges: readonly string[]): iam.PolicyDocument =>
  allowAllBut({ NotIpAddress: { 'aws:SourceIp': ranges } });

function allowAllBut(
  refused: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): iam.PolicyDocument {
  const about = (effect: iam.Effect, conditions?: Record<string, unknown>): iam.PolicyStatement =>
    new iam.PolicyStatement({
      effect,
      // The function asks for a virtual key, administration for a signature: this is about where a call comes from.
      principals: [new iam.AnyPrincipal()],
      actions: ['execute-api:Invoke'],
      resources: [everything],
      ...(conditions !== undefined && { conditions }),
    });
  return new iam.PolicyDocument({ statements: [about(iam.Effect.ALLOW), about(iam.Effect.DENY, refused)] });
}
