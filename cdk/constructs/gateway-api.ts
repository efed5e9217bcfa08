import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { adminBasePath } from '../../lib/admin/routes.ts';
import { accessLogFormat } from './access-log.ts';
import { addGatewayResponses } from './gateway-responses.ts';

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
        stageName: 'live',
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
    const administration = adminBasePath
      .split('/')
      .filter((part) => part !== '')
      .reduce<apigateway.IResource>((parent, part) => parent.addResource(part), api.root);
    administration.addProxy({
      defaultIntegration: new apigateway.LambdaIntegration(props.admin, { allowTestInvoke: false }),
      defaultMethodOptions: { authorizationType: apigateway.AuthorizationType.IAM },
    });
    addGatewayResponses(api);
    this.rest = api;
    this.url = api.url.replace(/\/$/, '');
  }
}
