"""Shapes that grow in one dimension: a ring of n queues, n readers of one queue, a Parallel nested n deep.

Each is the worst of its kind that somebody could write, in one file or a few; their text grows in step with `n`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .parts import Json, allowed, arn, dead_letters, handler, reader, resource, service_role, work_queue

Files = Mapping[str, Json]
"""Documents by name."""
BASE: Json = {"Role": service_role("lambda"), "Machines": service_role("states"), "Dead": dead_letters()}


def chain(n: int) -> Files:
    """Queue -> function -> queue -> ..., n stages."""
    return _one(_stages(n, ""))


def ring(n: int) -> Files:
    """The same, and the last function sends to the first queue."""
    return _one(_stages(n, "Queue0"))


def entries_along_a_chain(n: int) -> Files:
    """A chain, each queue of which takes in the messages of a topic of its own as well."""
    made = _stages(n, "")
    for number in range(n):
        made[f"Topic{number}"] = resource("SNS::Topic")
        made[f"Subscription{number}"] = _subscription(f"Topic{number}", f"Queue{number}")
    return _one(made)


def fan_out(n: int) -> Files:
    """A topic with n queues, each with its function."""
    made: Json = {"Topic": resource("SNS::Topic")}
    for number in range(n):
        made |= _read(number, f"Queue{number}")
        made[f"Subscription{number}"] = _subscription("Topic", f"Queue{number}")
    return _one(made)


def fan_in(n: int) -> Files:
    """A topic with n queues, each with its function, all of which send to one queue."""
    made: Json = {"Topic": resource("SNS::Topic"), **_last()}
    for number in range(n):
        made |= _read(number, f"Queue{number}", "Last")
        made[f"Subscription{number}"] = _subscription("Topic", f"Queue{number}")
    return _one(made)


def topics_into_one_queue(n: int) -> Files:
    """`n` topics, whose messages meet in one queue with one function behind it."""
    made = _last()
    for number in range(n):
        made[f"Topic{number}"] = resource("SNS::Topic")
        made[f"Subscription{number}"] = _subscription(f"Topic{number}", "Last")
    return _one(made)


def readers(n: int) -> Files:
    """`n` functions that read one queue."""
    made: Json = {"Queue": work_queue("Dead", 5)}
    for number in range(n):
        made[f"Worker{number}"] = handler("Role")
        made[f"Mapping{number}"] = reader("Queue", f"Worker{number}")
    return _one(made)


def readers_that_send_on(n: int) -> Files:
    """`n` functions that read one queue and send to another one."""
    made: Json = {"Queue": work_queue("Dead", 5), **_last()}
    for number in range(n):
        made |= _sender(number, "Last")
        made[f"Mapping{number}"] = reader("Queue", f"Worker{number}")
    return _one(made)


def sent_back_by_all(n: int) -> Files:
    """A topic with n functions, each of which may send to a queue that leads back to the topic."""
    made: Json = {"Topic": resource("SNS::Topic"), "Back": work_queue("Dead", 5)}
    for number in range(n):
        made |= _sender(number, "Back")
        made[f"Subscription{number}"] = resource(
            "SNS::Subscription", Protocol="lambda", TopicArn={"Ref": "Topic"}, Endpoint=arn(f"Worker{number}")
        )
    made["Relay"] = resource("Pipes::Pipe", RoleArn=arn("Machines"), Source=arn("Back"), Target={"Ref": "Topic"})
    return _one(made)


def shared_role(n: int) -> Files:
    """`n` functions on n queues with one role for all queues; the environment of each holds the next queue."""
    made: Json = {}
    for number in range(n):
        made |= _read(number, f"Queue{number}")
        made[f"Worker{number}"] = handler("Shared", f"Queue{(number + 1) % n}")
    return _one(made | _shared(n))


def shared_role_alone(n: int) -> Files:
    """`n` functions on n queues with one role for all queues, and nothing in their environment."""
    made: Json = {}
    for number in range(n):
        made |= _read(number, f"Queue{number}")
        made[f"Worker{number}"] = handler("Shared")
    return _one(made | _shared(n))


def dead_letter_ring(n: int) -> Files:
    """`n` queues with a function each, each the dead-letter queue of the one before it."""
    made: Json = {}
    for number in range(n):
        made[f"Queue{number}"] = work_queue(f"Queue{(number + 1) % n}", 3)
        made[f"Worker{number}"] = handler("Role")
        made[f"Mapping{number}"] = reader(f"Queue{number}", f"Worker{number}")
    return _one(made)


def exclusive_rules(n: int) -> Files:
    """`n` rules of one bus on n detail-types, n queues, one function."""
    return _one(_rules(n, lambda number: {"detail-type": [f"kind{number}"]}))


def rules_with_exceptions(n: int) -> Files:
    """`n` rules of one bus, each on everything but one detail-type, n queues, one function."""
    return _one(_rules(n, lambda number: {"detail-type": [{"anything-but": [f"kind{number}"]}]}))


def filtered_subscriptions(n: int) -> Files:
    """A topic with n queues of one function, each with a filter on another value."""
    made: Json = {"Topic": resource("SNS::Topic"), "Worker": handler("Role")}
    for number in range(n):
        made[f"Queue{number}"] = work_queue("Dead", 5)
        made[f"Mapping{number}"] = reader(f"Queue{number}", "Worker")
        made[f"Subscription{number}"] = _subscription(
            "Topic", f"Queue{number}", FilterPolicy={"kind": [f"kind{number}"]}
        )
    return _one(made)


def conditions(n: int) -> Files:
    """`n` conditions that are free of one another, each with a queue for either side, one function."""
    made: Json = {"Topic": resource("SNS::Topic"), "Worker": handler("Role")}
    parameters: Json = {}
    sides: Json = {}
    for number in range(n):
        parameters[f"P{number}"] = {"Type": "String", "AllowedValues": ["yes", "no"], "Default": "yes"}
        sides[f"Is{number}"] = {"Fn::Equals": [{"Ref": f"P{number}"}, "yes"]}
        sides[f"Not{number}"] = {"Fn::Not": [{"Condition": f"Is{number}"}]}
        for side in ("Is", "Not"):
            name = f"{side}{number}"
            made[f"Queue{name}"] = work_queue("Dead", 5)
            made[f"Mapping{name}"] = reader(f"Queue{name}", "Worker")
            made[f"Subscription{name}"] = _subscription("Topic", f"Queue{name}") | {"Condition": name}
    return {"app": {"Parameters": parameters, "Conditions": sides, "Resources": BASE | made}}


def conditions_on_conditions(n: int) -> Files:
    """`n` conditions, each of which rests on the one before it, and a queue with one receive count for either side."""
    parameters = {f"P{number}": {"Type": "String", "Default": "yes"} for number in range(n)}
    sides: Json = {"Is0": {"Fn::Equals": [{"Ref": "P0"}, "yes"]}}
    made: Json = {"Worker": handler("Role")}
    for number in range(1, n):
        own = {"Fn::Equals": [{"Ref": f"P{number}"}, "yes"]}
        sides[f"Is{number}"] = {"Fn::And": [own, {"Condition": f"Is{number - 1}"}]}
    for number in range(n):
        made[f"Queue{number}"] = work_queue("Dead", 5)
        redrive = made[f"Queue{number}"]["Properties"]["RedrivePolicy"]
        redrive["maxReceiveCount"] = {"Fn::If": [f"Is{number}", 5, 3]}
        made[f"Mapping{number}"] = reader(f"Queue{number}", "Worker")
    return {"app": {"Parameters": parameters, "Conditions": sides, "Resources": BASE | made}}


def stages_of_a_parameter(n: int) -> Files:
    """A parameter of n values, a mapping with the receives of n queues for each."""
    made: Json = {"Topic": resource("SNS::Topic"), "Worker": handler("Role")}
    values = [f"s{number}" for number in range(n)]
    made["Queue"] = work_queue("Dead", 5)
    redrive = made["Queue"]["Properties"]["RedrivePolicy"]
    redrive["maxReceiveCount"] = {"Fn::FindInMap": ["Receives", {"Ref": "Stage"}, "n"]}
    made["Mapping"] = reader("Queue", "Worker")
    made["Subscription"] = _subscription("Topic", "Queue")
    return {
        "app": {
            "Parameters": {"Stage": {"Type": "String", "AllowedValues": values}},
            "Mappings": {"Receives": {value: {"n": number + 1} for number, value in enumerate(values)}},
            "Resources": BASE | made,
        }
    }


def routes(n: int) -> Files:
    """An API with n paths, each with its queue, one function."""
    made: Json = {"Api": resource("ApiGateway::RestApi", Name="api"), "Worker": handler("Role")}
    for number in range(n):
        made[f"Queue{number}"] = work_queue("Dead", 5)
        made[f"Mapping{number}"] = reader(f"Queue{number}", "Worker")
        uri = {"Fn::Sub": f"arn:aws:apigateway:eu-west-1:sqs:path/111122223333/${{Queue{number}.QueueName}}"}
        made[f"Path{number}"] = resource(
            "ApiGateway::Resource",
            RestApiId={"Ref": "Api"},
            ParentId={"Fn::GetAtt": ["Api", "RootResourceId"]},
            PathPart=f"p{number}",
        )
        made[f"Method{number}"] = resource(
            "ApiGateway::Method",
            RestApiId={"Ref": "Api"},
            ResourceId={"Ref": f"Path{number}"},
            HttpMethod="POST",
            Integration={"Type": "AWS", "IntegrationHttpMethod": "POST", "Uri": uri},
        )
    return _one(made)


def prefixes(n: int) -> Files:
    """A bucket that calls one function for each of n prefixes."""
    rules = [
        {
            "Event": "s3:ObjectCreated:*",
            "Function": arn("Worker"),
            "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": f"in{number}/"}]}},
        }
        for number in range(n)
    ]
    bucket = resource("S3::Bucket", NotificationConfiguration={"LambdaConfigurations": rules})
    return _one({"Bucket": bucket, "Worker": handler("Role")})


def filtered_stream(n: int) -> Files:
    """A table whose stream n functions follow, each one state of an item."""
    made: Json = {"Table": resource("DynamoDB::Table", StreamSpecification={"StreamViewType": "NEW_IMAGE"})}
    for number in range(n):
        made[f"Worker{number}"] = handler("Role")
        pattern = json.dumps({"dynamodb": {"NewImage": {"state": {"S": [f"state{number}"]}}}})
        made[f"Mapping{number}"] = resource(
            "Lambda::EventSourceMapping",
            EventSourceArn={"Fn::GetAtt": ["Table", "StreamArn"]},
            FunctionName={"Ref": f"Worker{number}"},
            StartingPosition="LATEST",
            MaximumRetryAttempts=2,
            FilterCriteria={"Filters": [{"Pattern": pattern}]},
        )
    return _one(made)


def row_of_states(n: int) -> Files:
    """A machine of n tasks one after the other, each with a catch to one state."""
    states: Json = {}
    for number in range(n):
        after = _onward("S", number, n)
        states[f"S{number}"] = _task(Catch=_caught("Failed"), **after)
    states["Failed"] = _task(End=True)
    return _machine("S0", states)


def choice(n: int) -> Files:
    """A machine that takes one of n ways, each with a task."""
    states: Json = {f"S{number}": _task(Next="Last") for number in range(n)}
    choices = [{"Variable": "$.k", "NumericEquals": number, "Next": f"S{number}"} for number in range(n)]
    states["Choose"] = {"Type": "Choice", "Choices": choices, "Default": "Last"}
    states["Last"] = _task(End=True)
    return _machine("Choose", states)


def ring_of_states(n: int) -> Files:
    """A machine of n tasks one after the other, the last of which is caught and leads to the first."""
    states: Json = {f"S{number}": _task(Next=f"S{number + 1}") for number in range(n - 1)}
    states[f"S{n - 1}"] = _task(Catch=_caught("S0"), End=True)
    return _machine("S0", states)


def own_handlers(n: int) -> Files:
    """A machine of n tasks one after the other, each with a handler of its own; a third of all call the function."""
    states: Json = {}
    for number in range(n):
        after = _onward("S", number, n)
        catch = _caught(f"H{number}")
        states[f"S{number}"] = {**(_put() if number % 3 else _task()), "Catch": catch, **after}
        states[f"H{number}"] = {**(_put() if number % 3 else _task()), "End": True}
    return _machine("S0", states)


def handlers_that_go_on(n: int) -> Files:
    """The same with a function for each pair of a task and its handler, which goes on with the next task."""
    states: Json = {}
    for number in range(n):
        after = _onward("S", number, n)
        catch = _caught(f"H{number}")
        states[f"S{number}"] = _task(f"Worker{number}", Catch=catch, **after)
        states[f"H{number}"] = _task(f"Worker{number}", **after)
    return _machine("S0", states, [f"Worker{number}" for number in range(n)])


def sent_on_from_handlers(n: int) -> Files:
    """A machine of n writes one after the other, each with a handler that tells a topic of it and goes on."""
    states: Json = {}
    for number in range(n):
        after = _onward("S", number, n)
        states[f"S{number}"] = {**_put(), "Catch": _caught(f"H{number}"), **after}
        told = {"TopicArn": "arn:aws:sns:eu-west-1:111122223333:told", "Message": "failed"}
        states[f"H{number}"] = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": told, **after}
    return _machine("S0", states)


def retries_by_hand(n: int) -> Files:
    """A machine of n tasks one after the other, each tried three times by a counter of its own."""
    states: Json = {"Failed": {"Type": "Fail"}}
    for number in range(n):
        after = _onward("I", number, n)
        catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": f"X{number}"}]
        more = {"Variable": "$.c.n", "NumericLessThan": 3, "Next": f"S{number}"}
        raised = {"n.$": "States.MathAdd($.c.n, 1)"}
        states |= {
            f"I{number}": {"Type": "Pass", "Result": {"n": 0}, "ResultPath": "$.c", "Next": f"S{number}"},
            f"S{number}": _task(f"Worker{number}", ResultPath=None, Catch=catch, **after),
            f"X{number}": {"Type": "Pass", "Parameters": raised, "ResultPath": "$.c", "Next": f"C{number}"},
            f"C{number}": {"Type": "Choice", "Choices": [more], "Default": "Failed"},
        }
    return _machine("I0", states, [f"Worker{number}" for number in range(n)])


def maps(n: int) -> Files:
    """A machine of n Map states one after the other, each with a task."""
    states: Json = {}
    for number in range(n):
        after = _onward("M", number, n)
        inner = {"StartAt": f"T{number}", "States": {f"T{number}": _task(End=True)}}
        states[f"M{number}"] = {"Type": "Map", "ItemProcessor": inner, **_retry(1), **after}
    return _machine("M0", states)


def wide_parallel(n: int) -> Files:
    """A Parallel of n branches, each with a task."""
    branches = [{"StartAt": f"T{number}", "States": {f"T{number}": _task(End=True)}} for number in range(n)]
    return _machine("P", {"P": {"Type": "Parallel", "Branches": branches, **_retry(1), "End": True}})


def nested_parallel(n: int) -> Files:
    """A Parallel in a Parallel in a Parallel ..., n deep, each with a task beside the inner one."""
    states: Json = {"T": _task(End=True)}
    start = "T"
    for number in range(n):
        branches = [
            {"StartAt": start, "States": states},
            {"StartAt": f"B{number}", "States": {f"B{number}": _task(End=True)}},
        ]
        start = f"P{number}"
        states = {
            start: {"Type": "Parallel", "Branches": branches, **_retry(1 if number % 10 == 0 else 0), "End": True}
        }
    return _machine(start, states)


def machines_that_wait(n: int) -> Files:
    """`n` machines, each of which waits for the next one."""
    made: Json = {"Worker": handler("Role")}
    for number in range(n):
        if number + 1 < n:
            state = {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Parameters": {"StateMachineArn": {"Ref": f"Machine{number + 1}"}},
                "End": True,
            }
        else:
            state = _task(**_retry(3), End=True)
        made[f"Machine{number}"] = _machine_of("T", {"T": state})
    return _one(made)


def nested_stacks(n: int) -> Files:
    """A template with n nested stacks, all of one template of a queue and its function."""
    inner = {"Queue": resource("SQS::Queue"), "Worker": handler("Role"), "Mapping": reader("Queue", "Worker")}
    stacks: Json = {
        f"Stack{number}": resource("CloudFormation::Stack", TemplateURL=f"./inner{number}.json") for number in range(n)
    }
    files: dict[str, Json] = {f"inner{number}": {"Resources": BASE | inner} for number in range(n)}
    return files | {"app": {"Resources": stacks}}


def copies(n: int) -> Files:
    """`n` templates with the same resources under the same names."""
    return {f"copy{number}": {"Resources": BASE | _stages(2, "")} for number in range(n)}


def exports(n: int) -> Files:
    """`n` templates of a queue and its function, which sends to the queue that the one before it exports."""
    files: dict[str, Json] = {}
    for number in range(n):
        made = {**BASE, "Queue": work_queue("Dead", 3), "Worker": handler("Role"), "Mapping": reader("Queue", "Worker")}
        if number:
            sent = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::ImportValue": f"q{number - 1}"}}
            document = {"Version": "2012-10-17", "Statement": [sent]}
            made["Policy"] = resource("IAM::Policy", PolicyName="p", PolicyDocument=document, Roles=[{"Ref": "Role"}])
        out = {"Q": {"Value": arn("Queue"), "Export": {"Name": f"q{number}"}}}
        files[f"stack{number}"] = {"Resources": made, "Outputs": out}
    return files


def shared_targets(n: int) -> Files:
    """`n` rules of one bus, three of ten functions behind each."""
    made: Json = {"Bus": resource("Events::EventBus", Name="bus")}
    made |= {f"Worker{number}": handler("Role") for number in range(10)}
    for number in range(n):
        made[f"Rule{number}"] = resource(
            "Events::Rule",
            EventBusName={"Ref": "Bus"},
            EventPattern={"source": [f"s{number % 7}"], "detail-type": [f"k{number}", f"k{number + 1}"]},
            Targets=[{"Id": f"t{each}", "Arn": arn(f"Worker{(number + each) % 10}")} for each in range(3)],
        )
    return _one(made)


def repositories(n: int) -> Files:
    """`n` repositories whose policy takes the image that a service runs."""
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5}
    policy = json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})
    made: Json = {}
    for number in range(n):
        image = {"Fn::Sub": f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/${{Repository{number}}}:v1"}
        made |= {
            f"Repository{number}": resource("ECR::Repository", LifecyclePolicy={"LifecyclePolicyText": policy}),
            f"Task{number}": resource("ECS::TaskDefinition", ContainerDefinitions=[{"Name": "c", "Image": image}]),
            f"Service{number}": resource("ECS::Service", TaskDefinition={"Ref": f"Task{number}"}),
        }
    return _one(made)


def unrelated(n: int) -> Files:
    """`n` resources that no event passes."""
    return _one({f"Topic{number}": resource("SNS::Topic", TopicName=f"topic{number}") for number in range(n)})


def nothing_retries(n: int) -> Files:
    """`n` queues without redrive, each with its function: n findings."""
    made: Json = {}
    for number in range(n):
        made[f"Queue{number}"] = resource("SQS::Queue")
        made[f"Worker{number}"] = handler("Role")
        made[f"Mapping{number}"] = reader(f"Queue{number}", f"Worker{number}")
    return _one(made)


def wrong_statements(n: int) -> Files:
    """`n` queues, each with a statement about a site that is not there."""
    made: Json = {}
    for number in range(n):
        statement = {"sends_to": [f"Queu{number}"]}
        made[f"Queue{number}"] = resource("SQS::Queue")
        made[f"Worker{number}"] = handler("Role") | {"Metadata": {"seawall": statement}}
    return _one(made)


def _one(made: Json) -> Files:
    return {"app": {"Resources": BASE | made}}


def _stages(n: int, back_to: str) -> Json:
    made: Json = {}
    for number in range(n):
        onward = f"Queue{number + 1}" if number + 1 < n else back_to
        made |= _read(number, f"Queue{number}", onward)
    return made


def _read(number: int, queue: str, onward: str = "") -> Json:
    """A queue and the function that reads it, which may send to another one."""
    made = {queue: work_queue("Dead", 3), f"Mapping{number}": reader(queue, f"Worker{number}")}
    return made | (_sender(number, onward) if onward else {f"Worker{number}": handler("Role")})


def _sender(number: int, onward: str) -> Json:
    role = f"Role{number}"
    return {
        f"Worker{number}": handler(role, onward),
        role: service_role("lambda"),
        f"Policy{number}": allowed(role, onward, "SendMessage"),
    }


def _last() -> Json:
    return {"Last": work_queue("Dead", 4), "LastWorker": handler("Role"), "LastMapping": reader("Last", "LastWorker")}


def _shared(n: int) -> Json:
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": [arn(f"Queue{number}") for number in range(n)],
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    policy = resource("IAM::Policy", PolicyName="Default", PolicyDocument=document, Roles=[{"Ref": "Shared"}])
    return {"Shared": service_role("lambda"), "Policy": policy}


def _subscription(topic: str, queue: str, **properties: Any) -> Json:
    return resource("SNS::Subscription", Protocol="sqs", TopicArn={"Ref": topic}, Endpoint=arn(queue), **properties)


def _rules(n: int, pattern: Callable[[int], Json]) -> Json:
    made: Json = {"Bus": resource("Events::EventBus", Name="bus"), "Worker": handler("Role")}
    for number in range(n):
        made[f"Queue{number}"] = work_queue("Dead", 5)
        made[f"Mapping{number}"] = reader(f"Queue{number}", "Worker")
        made[f"Rule{number}"] = resource(
            "Events::Rule",
            EventBusName={"Ref": "Bus"},
            EventPattern=pattern(number),
            Targets=[{"Id": "t", "Arn": arn(f"Queue{number}")}],
        )
    return made


def _task(worker: str = "Worker", **fields: Any) -> Json:
    called = {"FunctionName": f"${{{worker}}}"}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": called, **fields}


def _put() -> Json:
    item = {"TableName": "orders", "Item": {}}
    return {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": item}


def _onward(to: str, number: int, n: int) -> Json:
    """To the next of n states of a name, or none."""
    return {"Next": f"{to}{number + 1}"} if number + 1 < n else {"End": True}


def _caught(to: str) -> list[Json]:
    return [{"ErrorEquals": ["States.ALL"], "Next": to}]


def _retry(attempts: int) -> Json:
    return {"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": attempts}]} if attempts else {}


def _machine(start: str, states: Json, workers: Sequence[str] = ("Worker",)) -> Files:
    """A queue, a pipe that waits, an Express machine and the functions that its tasks call."""
    pipe = resource(
        "Pipes::Pipe",
        RoleArn=arn("Machines"),
        Source=arn("Queue"),
        Target={"Ref": "Machine"},
        TargetParameters={"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
    )
    made = {"Queue": work_queue("Dead", 3), "Pipe": pipe, **{worker: handler("Role") for worker in workers}}
    return _one(made | {"Machine": _machine_of(start, states, "EXPRESS", workers)})


def _machine_of(start: str, states: Json, kind: str = "STANDARD", workers: Sequence[str] = ("Worker",)) -> Json:
    return resource(
        "StepFunctions::StateMachine",
        StateMachineType=kind,
        RoleArn=arn("Machines"),
        DefinitionString=json.dumps({"StartAt": start, "States": states}),
        DefinitionSubstitutions={worker: arn(worker) for worker in workers},
    )
