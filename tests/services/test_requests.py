"""Which way a request takes behind one host, by the method and the path that its caller writes: worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph.guards import Match
from seawall.services.requests import HOLE, Begins, Glob, Request, Way, chosen, parts_of, requested, route
from seawall.template import Known

from .conftest import Raw, Wire, arn, function, join, ref, resource
from .figures import analysed, attempts

TRIES = 5
"""What a rule tries a destination that answers 5xx."""


def destination(url: Any, method: str = "POST") -> dict[str, Raw]:
    target = {"Id": "a", "Arn": arn("To"), "RetryPolicy": {"MaximumRetryAttempts": TRIES - 1}}
    return {
        "Rule": resource("Events::Rule", EventPattern={"source": ["x"]}, Targets=[target]),
        "To": resource("Events::ApiDestination", InvocationEndpoint=url, HttpMethod=method),
    }


def rest(name: str, **routes: str) -> dict[str, Raw]:
    """A REST API; `routes` by function, as ``POST /a/{id}``."""
    made = {name: resource("ApiGateway::RestApi", Name=name)}
    for called, key in routes.items():
        method, path = key.split(" ")
        parent: Raw = {"Fn::GetAtt": [name, "RootResourceId"]}
        for depth, part in enumerate(path.strip("/").split("/")):
            made[f"{name}{called}{depth}"] = resource(
                "ApiGateway::Resource", RestApiId=ref(name), ParentId=parent, PathPart=part
            )
            parent = ref(f"{name}{called}{depth}")
        called_by = (
            f"arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{called}.Arn}}/invocations"
        )
        calls = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": called_by}}
        made[f"{name}{called}"] = resource(
            "ApiGateway::Method", RestApiId=ref(name), ResourceId=parent, HttpMethod=method, Integration=calls
        )
    return made


def http(name: str, stage: str = "$default", **routes: str) -> dict[str, Raw]:
    """An HTTP API; `routes` by function, several with a comma between them."""
    made = {
        name: resource("ApiGatewayV2::Api", Name=name, ProtocolType="HTTP"),
        f"{name}Stage": resource("ApiGatewayV2::Stage", ApiId=ref(name), StageName=stage),
    }
    for called, keys in routes.items():
        made[f"{name}{called}"] = resource(
            "ApiGatewayV2::Integration", ApiId=ref(name), IntegrationType="AWS_PROXY", IntegrationUri=arn(called)
        )
        for number, key in enumerate(keys.split(", ")):
            leads = join("integrations/", ref(f"{name}{called}"))
            made[f"{name}{called}{number}"] = resource(
                "ApiGatewayV2::Route", ApiId=ref(name), RouteKey=key, Target=leads
            )
    return made


def balancer(*rules: tuple[Any, str], port: int = 80) -> dict[str, Raw]:
    """A load balancer whose listener leads to F where no rule matches."""
    made = {
        "Lb": resource("ElasticLoadBalancingV2::LoadBalancer"),
        "Listener": resource("ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Lb"), Port=port, DefaultActions=[
            {"Type": "forward", "TargetGroupArn": ref("ToF")}]),
    }  # fmt: skip
    for name in "FG":
        made[f"To{name}"] = resource(
            "ElasticLoadBalancingV2::TargetGroup", TargetType="lambda", Targets=[{"Id": arn(name)}]
        )
    for number, (condition, leads) in enumerate(rules):
        action: Raw = {"Type": "fixed-response"} if not leads else {"Type": "forward", "TargetGroupArn": ref(leads)}
        made[f"Rule{number}"] = resource(
            "ElasticLoadBalancingV2::ListenerRule",
            ListenerArn=ref("Listener"), Priority=number + 1, Conditions=[condition], Actions=[action],
        )  # fmt: skip
    return made


def of(kind: str, *values: str) -> Raw:
    config = {"path-pattern": "PathPatternConfig", "http-request-method": "HttpRequestMethodConfig",
              "host-header": "HostHeaderConfig", "query-string": "QueryStringConfig"}[kind]  # fmt: skip
    return {"Field": kind, config: {"Values": list(values)}}


def address(name: str, path: str) -> Raw:
    return {"Fn::Sub": f"https://${{{name}}}.execute-api.${{AWS::Region}}.amazonaws.com{path}"}


DOMAIN = {"Name": resource("ApiGateway::DomainName", DomainName="api.example.com")}
TWO = rest("A", F="ANY /{proxy+}") | rest("B", G="ANY /{proxy+}")


def mapped(api: str, path: str | None) -> Raw:
    where = {} if path is None else {"BasePath": path}
    return resource("ApiGateway::BasePathMapping", DomainName=ref("Name"), RestApiId=ref(api), **where)


def routed(mode: str) -> dict[str, Raw]:
    condition = {"MatchBasePaths": {"AnyOf": ["new"]}}
    return {
        "Name": resource("ApiGatewayV2::DomainName", DomainName="api.example.com", RoutingMode=mode),
        "Old": resource("ApiGatewayV2::ApiMapping", DomainName=ref("Name"), ApiId=ref("A"), Stage="s"),
        "New": resource(
            "ApiGatewayV2::RoutingRule",
            DomainNameArn={"Fn::Sub": "arn:aws:apigateway:${AWS::Region}::/domainnames/${Name}"},
            Priority=1, Conditions=[condition], Actions=[{"InvokeApi": {"ApiId": ref("B"), "Stage": "s"}}],
        ),
    }  # fmt: skip


def distribution(*origins: str) -> dict[str, Raw]:
    """The first origin answers below ``/static``, the last one everywhere else."""
    made = [
        {"Id": name, "OriginPath": "/live", "DomainName": {
            "Fn::Sub": f"${{{name}}}.execute-api.${{AWS::Region}}.amazonaws.com"}}
        for name in origins
    ]  # fmt: skip
    config = {"Aliases": ["www.example.com"], "Origins": made, "DefaultCacheBehavior": {"TargetOriginId": origins[-1]},
              "CacheBehaviors": [{"PathPattern": "static/*", "TargetOriginId": origins[0]}]}  # fmt: skip
    return {"Front": resource("CloudFront::Distribution", DistributionConfig=config)}


def record(name: str, api: str, weight: int) -> Raw:
    leads = [{"Fn::Sub": f"${{{api}}}.execute-api.${{AWS::Region}}.amazonaws.com"}]
    return resource("Route53::RecordSet", Name=name, Type="CNAME", Weight=weight, ResourceRecords=leads)


LATTICE = {
    "Mesh": resource("VpcLattice::Service", CustomDomainName="mesh.example.com"),
    "Listener": resource("VpcLattice::Listener", ServiceIdentifier=ref("Mesh"), DefaultAction={
        "Forward": {"TargetGroups": [{"TargetGroupIdentifier": ref("A")}]}}),
    "Bills": resource("VpcLattice::Rule", ServiceIdentifier=ref("Mesh"), ListenerIdentifier=ref("Listener"), Priority=1,
                      Match={"HttpMatch": {"PathMatch": {"Match": {"Prefix": "/bills"}}}},
                      Action={"Forward": {"TargetGroups": [{"TargetGroupIdentifier": ref("B")}]}}),
}  # fmt: skip

STAGES: Raw = {
    "Parameters": {"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}},
    "Conditions": {"Prod": {"Fn::Equals": [ref("Stage"), "prod"]}},
}
CASES: dict[str, tuple[dict[str, Raw], int, int]] = {
    "a path of a REST API": (
        rest("A", F="POST /carts", G="POST /bills") | destination(address("A", "/live/bills")), 1, 5),
    "a method of a REST API": (
        rest("A", F="GET /carts", G="POST /carts") | destination(address("A", "/live/carts"), "GET"), 5, 1),
    "a part that is written before a parameter": (
        rest("A", F="PUT /carts/{id}", G="PUT /carts/last")
        | destination(address("A", "/live/carts/last"), "PUT"), 1, 5),
    "a parameter before what follows": (
        rest("A", F="POST /{all+}", G="POST /carts/{id}") | destination(address("A", "/live/carts/7")), 1, 5),
    "what follows": (
        rest("A", F="POST /{all+}", G="POST /carts/{id}") | destination(address("A", "/live/carts/7/lines")), 5, 1),
    "a part that the rule chooses": (
        rest("A", F="POST /carts", G="POST /bills") | destination(address("A", "/live/*")), 5, 5),
    "a stage that is a reference": (
        rest("A", F="POST /carts", G="POST /bills")
        | {"Live": resource("ApiGateway::Stage", RestApiId=ref("A"), StageName="live")}
        | destination(address("A", "/${Live}/carts")), 5, 1),
    "a route of an HTTP API": (
        http("A", F="POST /carts", G="POST /bills") | destination({"Fn::Sub": "${A.ApiEndpoint}/bills"}), 1, 5),
    "a stage of an HTTP API": (
        http("A", "live", F="POST /carts", G="$default")
        | destination({"Fn::Sub": "${A.ApiEndpoint}/live/carts"}), 5, 1),
    "the default route": (
        http("A", F="POST /carts", G="$default") | destination({"Fn::Sub": "${A.ApiEndpoint}/live/carts"}), 1, 5),
    "another method goes on to the greedy route": (
        http("A", F="GET /carts", G="ANY /{all+}") | destination({"Fn::Sub": "${A.ApiEndpoint}/carts"}), 1, 5),
    "a full match before a greedy one": (
        http("A", F="POST /{x}/lines", G="POST /carts/{all+}")
        | destination({"Fn::Sub": "${A.ApiEndpoint}/carts/lines"}), 5, 1),
    "two routes of one integration": (
        http("A", F="POST /carts, PUT /carts", G="GET /carts")
        | destination({"Fn::Sub": "${A.ApiEndpoint}/carts"}, "PUT"), 5, 1),
    "a base path": (
        TWO | DOMAIN | {"M": mapped("A", "carts"), "O": mapped("B", "bills")}
        | destination("https://api.example.com/bills/7"), 1, 5),
    "no base path": (
        TWO | DOMAIN | {"M": mapped("A", None), "O": mapped("B", "bills")}
        | destination("https://api.example.com/carts/7"), 5, 1),
    "a base path that is not handed on": (
        rest("A", F="POST /x", G="POST /carts/x") | DOMAIN | {"M": mapped("A", "carts")}
        | destination("https://api.example.com/carts/x"), 5, 1),
    "a routing rule": (
        TWO | routed("ROUTING_RULE_THEN_API_MAPPING") | destination("https://api.example.com/new/x"), 1, 5),
    "a routing rule for another path": (
        TWO | routed("ROUTING_RULE_THEN_API_MAPPING") | destination("https://api.example.com/old/x"), 5, 1),
    "a routing rule that its domain does not heed": (
        TWO | routed("API_MAPPING_ONLY") | destination("https://api.example.com/new/x"), 5, 1),
    "a behaviour of a distribution": (
        TWO | distribution("A", "B") | destination("https://www.example.com/static/x"), 5, 1),
    "the default behaviour": (
        TWO | distribution("A", "B") | destination("https://www.example.com/x"), 1, 5),
    "a weight of nothing": (
        TWO | {"R": record("w.example.com", "A", 0), "S": record("w.example.com", "B", 1)}
        | destination("https://w.example.com/live/x"), 1, 5),
    "weights of nothing alone": (
        TWO | {"R": record("w.example.com", "A", 0), "S": record("w.example.com", "B", 0)}
        | destination("https://w.example.com/live/x"), 5, 5),
    "another name in one group of records": (
        TWO | {"R": resource("Route53::RecordSetGroup", RecordSets=[
            record("a.example.com", "A", 1)["Properties"], record("b.example.com", "B", 1)["Properties"]])}
        | destination("https://a.example.com/live/x"), 5, 1),
    "a rule of a service of VPC Lattice": (
        TWO | LATTICE | destination("https://mesh.example.com/bills/x"), 1, 5),
    "its default action": (
        TWO | LATTICE | destination("https://mesh.example.com/carts/x"), 5, 1),
    "a rule of a listener": (
        balancer((of("path-pattern", "/bills", "/bills/*"), "ToG"))
        | destination({"Fn::Sub": "http://${Lb.DNSName}/bills/7"}), 1, 5),
    "the default action of a listener": (
        balancer((of("path-pattern", "/bills", "/bills/*"), "ToG"))
        | destination({"Fn::Sub": "http://${Lb.DNSName}/carts"}), 5, 1),
    "two rules that lead to one group": (
        balancer((of("path-pattern", "/a"), "ToG"), (of("http-request-method", "POST"), "ToG"))
        | destination({"Fn::Sub": "http://${Lb.DNSName}/a"}), 1, 5),
    "a rule by the query": (
        balancer((of("query-string", "x"), "ToG")) | destination({"Fn::Sub": "http://${Lb.DNSName}/a"}), 5, 5),
    "a rule by a host that is not known": (
        balancer((of("host-header", "a.example.com"), "ToG"))
        | destination({"Fn::Sub": "http://${Lb.DNSName}/a"}), 5, 5),
    "an answer of the listener's own": (
        balancer((of("path-pattern", "/health"), ""), (of("path-pattern", "/*"), "ToG"))
        | destination({"Fn::Sub": "http://${Lb.DNSName}/health"}), 1, 1),
    "a group of no weight": (
        balancer() | {"Listener": resource("ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Lb"), Port=80,
            DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [
                {"TargetGroupArn": ref("ToF"), "Weight": 0}, {"TargetGroupArn": ref("ToG"), "Weight": 1}]}}])}
        | destination({"Fn::Sub": "http://${Lb.DNSName}/a"}), 1, 5),
    "an API's own ARN": (
        rest("A", F="POST /carts", G="POST /bills")
        | {"Rule": resource("Events::Rule", EventPattern={"source": ["x"]}, Targets=[{
            "Id": "a", "RetryPolicy": {"MaximumRetryAttempts": 4}, "Arn": {
                "Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${A}/live/POST/carts"}}])}, 5, 1),
    "another path in each of two deployments": (
        rest("A", F="POST /carts", G="POST /bills")
        | destination({"Fn::If": ["Prod", address("A", "/live/carts"), address("A", "/live/bills")]}), 5, 5),
    "a part of the path that a condition decides": (
        rest("A", F="POST /carts", G="POST /bills")
        | destination(join("https://", ref("A"), ".execute-api.eu-west-1.amazonaws.com/live/", {
            "Fn::If": ["Prod", "carts", "bills"]})), 5, 5),
    "a topic posts": (
        http("A", F="POST /carts", G="GET /carts")
        | {"T": resource("SNS::Topic"), "S": resource("SNS::Subscription", TopicArn=ref("T"), Protocol="https",
           DeliveryPolicy={"healthyRetryPolicy": {"numRetries": 4}}, Endpoint={"Fn::Sub": "${A.ApiEndpoint}/carts"})},
        5, 1),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_request_takes_the_way_that_its_path_and_method_choose(wire: Wire, case: str) -> None:
    """The other function has the requests of others alone: one run for each."""
    resources, first, second = CASES[case]
    both = {"F": function(), "G": function(), **resources}
    assert [attempts(wire, both, name, **STAGES)[0] for name in "FG"] == [first, second]


def test_requests_of_others_are_no_way_that_is_ruled_out(wire: Wire) -> None:
    """An API is open to others than the caller in the app, whose requests take its other routes."""
    resources = {"F": function(), "G": function(), **CASES["a path of a REST API"][0]}
    found = analysed(wire, resources)
    assert found.flow.ruled_out == ()
    assert found.attempts.worst("app/F", "error")[1].entry == "external:others who call app/A"


@pytest.mark.parametrize(
    ("text", "method", "expected"),
    [
        ("https://a.example.com/x//y?z=1", "get", Request(
            "GET https://a.example.com/x//y", "GET", "a.example.com", 443, ("x", "y"))),
        ("http://a.example.com:8080", "ANY", Request("ANY http://a.example.com:8080", "", "a.example.com", 8080)),
        ("a.example.com/{id}/z", None, Request("ANY a.example.com/{id}/z", "", "a.example.com", None, (HOLE, "z"))),
    ],
)  # fmt: skip
def test_a_request_is_read_from_its_address(text: str, method: str | None, expected: Request) -> None:
    assert requested(Known(text), method) == expected


def test_an_arn_is_no_address() -> None:
    assert requested(Known("arn:aws:sns:eu-west-1:111122223333:t"), "POST") is None


def to(path: str) -> Request:
    return Request("x", path=parts_of(path))


@pytest.mark.parametrize(
    ("test", "path", "expected"),
    [
        (route("/a/{id}"), "/a/b", Match.SURE),
        (route("/a/{id}"), "/a", Match.NO),
        (route("/a/{id}"), "/a/b/c", Match.NO),
        (route("/a/{all+}"), "/a", Match.NO),
        (route("/a/{all+}"), "/a/b/c", Match.SURE),
        (route("/a/b"), "/a/*", Match.MAYBE),
        (route("/a/b"), "/c/*", Match.NO),
        (route("/a/bc"), "/a/b*", Match.MAYBE),
        (route("/a/c"), "/a/b*", Match.NO),
        (route("/a/pre{id}"), "/a/other", Match.MAYBE),
        (Begins(("a", "b")), "/a/b/c", Match.SURE),
        (Begins(("a", "b")), "/a", Match.NO),
        (Glob(("/a/?.jpg",)), "/a/b.jpg", Match.SURE),
        (Glob(("/a/?.jpg", "/c*")), "/a/bc.jpg", Match.NO),
        (Glob(("/a",)), "/*", Match.MAYBE),
    ],
)  # fmt: skip
def test_a_path_fits_or_may_fit(test: Any, path: str, expected: Match) -> None:
    assert test(to(path)) is expected


def test_the_first_match_ends_the_search_in_its_group() -> None:
    ways = [
        Way("last", (9,)),
        Way("maybe", (1,), (route("/a/b"),)),
        Way("sure", (2,), (route("/a/{all+}"),)),
        Way("elsewhere", (9,), group="other"),
    ]
    assert sorted(chosen(ways, to("/a/*"))) == ["elsewhere", "maybe", "sure"]
    assert sorted(chosen(ways, to("/*"))) == ["elsewhere", "last", "maybe", "sure"]
    assert sorted(chosen(ways, to("/a/c"))) == ["elsewhere", "sure"]
    assert sorted(chosen(ways, None)) == ["elsewhere", "last", "maybe", "sure"]
