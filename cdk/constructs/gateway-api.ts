import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { accessLogFormat } from './access-log.ts';
import { addGatewayResponses } from './gateway-responses.ts';

export interface GatewayApiProps {
  readonly name: string;
  readonly handler: lambda.IFunction;
  readonly logRetention: logs.RetentionDays;
  /** `existing`: the account has an API Gateway log role already. */
  readonly logRole: 'create' | 'existing';
}

/**
 * The regional REST API: every path and method goes to the function, which streams its answer. No authoriser and no API
 * keys, since the function checks virtual keys itself; HEAD and OPTIONS are the function's too.
 */
export class GatewayApi extends Construct {
  /** Base URL without a trailing slash. */
  readonly url: string;

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
    addGatewayResponses(api);
    this.url = api.url.replace(/\/$/, '');
  }
}
