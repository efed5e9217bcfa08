import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';

// Where a call may come from at all, whatever key or signature comes with it
// (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html). In a policy of an
// API's or a domain name's own, a resource without account and API is of that API or name.

/** Whatever a domain name leads to; the API behind it has a policy of its own. */
export const everyPath: readonly string[] = ['execute-api:/*'];

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const paths = ['', 'health', 'health/', 'v1/*', 'anthropic/*', 'genai/*'];

/**
 * The gateway's own paths, whose callers the function knows by their virtual keys. Administration is not among them: for
 * a caller of the same account what a resource policy allows needs no policy of the caller's
 * (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html), so that everybody with AWS
 * credentials would be an owner. Methods are named, since a "*" for them would stand for "GET/admin" as well.
 */
export const gatewayPaths = (stageName: string): readonly string[] =>
  methods.flatMap((method) => paths.map((path) => `execute-api:/${stageName}/${method}/${path}`));

/** Through these VPC endpoints and no other way. */
export const endpointsOnly = (
  allowed: readonly string[],
  endpoints: readonly ec2.IVpcEndpoint[],
): iam.PolicyDocument =>
  allowBut(allowed, { StringNotEquals: { 'aws:SourceVpce': endpoints.map((each) => each.vpcEndpointId) } });

/** From these ranges of addresses. */
export const addressesOnly = (allowed: readonly string[], ranges: readonly string[]): iam.PolicyDocument =>
  allowBut(allowed, { NotIpAddress: { 'aws:SourceIp': ranges } });

/** Allows the resources named to everybody, and refuses everything under the conditions. */
function allowBut(
  allowed: readonly string[],
  refused: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): iam.PolicyDocument {
  const about = { principals: [new iam.AnyPrincipal()], actions: ['execute-api:Invoke'] };
  return new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({ ...about, effect: iam.Effect.ALLOW, resources: [...allowed] }),
      new iam.PolicyStatement({
        ...about,
        effect: iam.Effect.DENY,
        resources: [...everyPath],
        conditions: refused,
      }),
    ],
  });
}
