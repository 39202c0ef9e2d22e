const { SFNClient, StartSyncExecutionCommand } = require('@aws-sdk/client-sfn');
const client = new SFNClient({});

exports.handler = async (event) => {
  for (const record of event.Records) {
    const done = await client.send(
      new StartSyncExecutionCommand({ stateMachineArn: process.env.MACHINE_ARN, input: record.body }),
    );
    if (done.status !== 'SUCCEEDED') throw new Error(done.error);
  }
};
