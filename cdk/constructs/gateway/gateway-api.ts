import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { adminBasePath } from '../../../lib/admin/routes.ts';
import type { Deployment } from '../../deployment.ts';
import { answer } from '../code/answers.ts';
import type { FunctionSurroundings } from '../code/node-function.ts';
import { accessLogFormat } from './access-log.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { addressesOnly, endpointsOnly, gatewayPaths } from './resource-policy.ts';

/** Of the API; every path of its own endpoint begins with it. */
export const stageName = 'live';

export interface GatewayApiProps extends Pick<FunctionSurroundings, 'logs' | 'tracing'> {
  readonly name: string;
  readonly handler: lambda.IFunction;
  /** Of the administration's routes, which only callers named by IAM reach. */
  readonly admin: lambda.IFunction;
  /** `existing`: the account has an API Gateway log role already. */
  readonly logRole: 'create' | 'existing';
  readonly limits: Deployment['api'];
  /** Of a private API: the VPC endpoints it is called through, and no other way. Absent: a regional one. */
  readonly endpoints?: readonly ec2.IVpcEndpoint[] | undefined;
  /** Whether it is called by hosts of a domain alone, its own endpoint being closed. */
  readonly hasDomain: boolean;
}

/**
 * The REST API of one region: every path and method goes to the function, which streams its answer. No authoriser and no
 * API keys, since the function checks virtual keys itself; HEAD and OPTIONS are the function's too. What lies under the
 * administration's path is another function's, and signed with AWS credentials.
 */
export class GatewayApi extends Construct {
  /** Base URL of its own endpoint, without a trailing slash. */
  readonly url: string;
  readonly rest: apigateway.RestApi;

  constructor(scope: Construct, id: string, props: GatewayApiProps) {
    super(scope, id);
    const { endpoints, limits } = props;
    const accessLog = new logs.LogGroup(this, 'AccessLog', props.logs);
    const policy =
      endpoints !== undefined
        ? endpointsOnly(gatewayPaths(stageName), endpoints)
        : limits.allowedRanges !== undefined
          ? addressesOnly(gatewayPaths(stageName), limits.allowedRanges)
          : undefined;
    const api = new apigateway.RestApi(this, 'Rest', {
      restApiName: props.name,
      endpointConfiguration:
        endpoints === undefined
          ? { types: [apigateway.EndpointType.REGIONAL] }
          : { types: [apigateway.EndpointType.PRIVATE], vpcEndpoints: [...endpoints] },
      ...(policy !== undefined && { policy }),
      disableExecuteApiEndpoint: props.hasDomain,
      cloudWatchRole: props.logRole === 'create',
      deployOptions: {
        stageName,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat,
        // Execution logs hold bodies and authorization headers.
        loggingLevel: apigateway.MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        throttlingRateLimit: limits.requestsPerSecond,
        throttlingBurstLimit: limits.burst,
        tracingEnabled: props.tracing === 'xray',
      },
    });
    // The stack's own outputs say it, with a domain's host where there is one.
    api.node.tryRemoveChild('Endpoint');
    const streaming = new apigateway.LambdaIntegration(props.handler, {
      responseTransferMode: apigateway.ResponseTransferMode.STREAM,
      timeout: Duration.minutes(15),
      allowTestInvoke: false,
    });
    api.root.addMethod('ANY', streaming);
    api.root.addProxy({ defaultIntegration: streaming });
    addAdministration(api.root, props.admin);
    addGatewayResponses(api);
    requireTls13(api, {
      // Of a private API without a domain, callers may have no name but the endpoint's, which STRICT would refuse
      // (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html).
      accessMode:
        endpoints !== undefined && !props.hasDomain
          ? apigateway.EndpointAccessMode.BASIC
          : apigateway.EndpointAccessMode.STRICT,
    });
    this.answerReviewers(api);
    this.rest = api;
    this.url = api.url.replace(/\/$/, '');
  }

  private answerReviewers(api: apigateway.RestApi): void {
    const keys =
      'the function checks virtual keys itself, and IAM whoever administers; there are no users to sign in';
    answer(api, 'AwsSolutions-APIG4', keys);
    answer(api, 'AwsSolutions-COG4', keys);
    answer(
      api,
      'AwsSolutions-APIG2',
      'bodies are checked by the function, which knows what each provider takes',
    );
    answer(
      api,
      'AwsSolutions-APIG6',
      'execution logs hold bodies and authorization headers; access logs are written',
    );
    answer(api, 'AwsSolutions-APIG3', 'a web ACL is an option of the deployment (`firewall`)');
    answer(
      api,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      "API Gateway's own policy for the one role of an account by which it writes logs",
    );
  }
}

/**
 * TLS 1.3 alone. Said of the API, since that is what the hosts of a domain negotiate by, whatever is said of them
 * (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-update.html).
 */
function requireTls13(
  api: apigateway.RestApi,
  { accessMode }: { readonly accessMode: apigateway.EndpointAccessMode },
): void {
  const resource = api.node.defaultChild;
  if (!(resource instanceof apigateway.CfnRestApi))
    throw new Error('a REST API is no AWS::ApiGateway::RestApi');
  resource.securityPolicy = apigateway.SecurityPolicy.TLS13_1_3_2025_09;
  resource.endpointAccessMode = accessMode;
}

/**
 * Every path from the first segment of the administration's on. A path without a method of its own would be refused as
 * unsigned even to those who have signed; this way the function says what it does not know.
 */
function addAdministration(root: apigateway.IResource, handler: lambda.IFunction): void {
  const buffered = new apigateway.LambdaIntegration(handler, { allowTestInvoke: false });
  const signed = { authorizationType: apigateway.AuthorizationType.IAM };
  let resource = root;
  for (const segment of adminBasePath.slice(1).split('/')) {
    resource = resource.addResource(segment);
    resource.addMethod('ANY', buffered, signed);
  }
  resource.addProxy({ defaultIntegration: buffered, defaultMethodOptions: signed });
}
