import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { adminBasePath } from '../../../lib/admin/routes.ts';
import { accessLogFormat } from './access-log.ts';
import { addGatewayResponses } from './gateway-responses.ts';

/** Of the API; every path of its own endpoint begins with it. */
export const stageName = 'live';

export interface GatewayApiProps {
  readonly name: string;
  readonly handler: lambda.IFunction;
  /** Of the administration's routes, which only callers named by IAM reach. */
  readonly admin: lambda.IFunction;
  readonly logRetention: logs.RetentionDays;
  /** `existing`: the account has an API Gateway log role already. */
  readonly logRole: 'create' | 'existing';
}

/**
 * The regional REST API: every path and method goes to the function, which streams its answer. No authoriser and no API
 * keys, since the function checks virtual keys itself; HEAD and OPTIONS are the function's too. What lies under the
 * administration's path is another function's, and signed with AWS credentials.
 */
export class GatewayApi extends Construct {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly rest: apigateway.RestApi;

  constructor(scope: Construct, id: string, props: GatewayApiProps) {
    super(scope, id);
    const accessLog = new logs.LogGroup(this, 'AccessLog', { retention: props.logRetention });
    const api = new apigateway.RestApi(this, 'Rest', {
      restApiName: props.name,
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      cloudWatchRole: props.logRole === 'create',
      deployOptions: {
        stageName,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat,
        // Execution logs hold bodies and authorization headers.
        loggingLevel: apigateway.MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
      },
    });
    const streaming = new apigateway.LambdaIntegration(props.handler, {
      responseTransferMode: apigateway.ResponseTransferMode.STREAM,
      timeout: Duration.minutes(15),
      allowTestInvoke: false,
    });
    api.root.addMethod('ANY', streaming);
    api.root.addProxy({ defaultIntegration: streaming });
    addAdministration(api.root, props.admin);
    addGatewayResponses(api);
    this.rest = api;
    this.url = api.url.replace(/\/$/, '');
  }
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
