import * as cdk from "aws-cdk-lib";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import * as sqs from "aws-cdk-lib/aws-sqs";

const app = new cdk.App({ outdir: "cdk.out" });
const stack = new cdk.Stack(app, "Shop");
const deadLetterQueue = { queue: new sqs.Queue(stack, "Dead"), maxReceiveCount: 30 };
const orders = new sqs.Queue(stack, "Orders", { deadLetterQueue, visibilityTimeout: cdk.Duration.minutes(6) });
const worker = new lambda.Function(stack, "Worker", {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: "index.handler",
  code: lambda.Code.fromInline("exports.handler = async () => {};"),
});
worker.addEventSource(new SqsEventSource(orders, { batchSize: 1 }));
app.synth();
