import * as cdk from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';

class Shop extends cdk.Stack {
  constructor(scope: cdk.App, id: string) {
    super(scope, id);
    const dead = new sqs.Queue(this, 'Dead', { retentionPeriod: cdk.Duration.days(14) });
    const orders = new sqs.Queue(this, 'Orders', { deadLetterQueue: { queue: dead, maxReceiveCount: 5 } });
    const topic = new sns.Topic(this, 'Placed');
    topic.addSubscription(new SqsSubscription(orders));

    const made = { runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler' };
    const charge = new lambda.Function(this, 'Charge', { ...made, code: lambda.Code.fromAsset('lambda/charge') });
    const step = new tasks.LambdaInvoke(this, 'ChargeStep', { lambdaFunction: charge });
    const machine = new sfn.StateMachine(this, 'Payment', {
      definitionBody: sfn.DefinitionBody.fromChainable(step),
      stateMachineType: sfn.StateMachineType.EXPRESS,
    });
    const worker = new lambda.Function(this, 'Worker', {
      ...made,
      timeout: cdk.Duration.seconds(30),
      code: lambda.Code.fromAsset('lambda/worker'),
      environment: { MACHINE_ARN: machine.stateMachineArn },
    });
    machine.grantStartSyncExecution(worker);
    worker.addEventSource(new SqsEventSource(orders));

    const mails = new sqs.Queue(this, 'Mails');
    const mailer = new lambda.Function(this, 'Mailer', { ...made, code: lambda.Code.fromAsset('lambda/mailer') });
    mailer.addEventSource(new SqsEventSource(mails, { batchSize: 1 }));
  }
}

const app = new cdk.App();
new Shop(app, 'Shop');
