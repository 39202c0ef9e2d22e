"""The language of an app: from the line that made a resource, else from the metadata that the CDK adds."""

from __future__ import annotations

import gzip
from base64 import b64encode
from pathlib import Path

import pytest
from msgspec.structs import replace

from seawall.template import App, AuthorLanguage, language_of, load, load_body
from seawall.template.model import Resource
from seawall.template.sources import SourceLine, SourceLines


@pytest.fixture(autouse=True)
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from the project's own ``cdk.json``, which names a command in Python: `made` puts another app together."""
    monkeypatch.chdir(tmp_path)


def packed(runtime: str) -> str:
    text = f"2.275.0!aws-cdk-lib.{{Stack,aws_ecr.{{Repository,CfnRepository}}}},{runtime}!jsii-runtime.Runtime"
    return "v2:deflate64:" + b64encode(gzip.compress(text.encode())).decode()


def made(analytics: object, **lines: str) -> tuple[App, Resource]:
    metadata = {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": analytics}}
    images = {"Type": "AWS::ECR::Repository", "Metadata": {"aws:cdk:path": "Shop/Images/Resource"}}
    app = load_body({"Resources": {"Images": images, "CDKMetadata": metadata}})
    sources = SourceLines({path.replace("_", "/"): SourceLine(file, 1) for path, file in lines.items()})
    app = replace(app, sources={"": sources} if lines else {})
    return app, app.by_type["AWS::ECR::Repository"][0]


@pytest.mark.parametrize(
    ("runtime", "language"),
    [
        ("Python/3.11.7", AuthorLanguage.PYTHON),
        ("node.js/v20.20.2", AuthorLanguage.TYPESCRIPT),
        ("Java/17", AuthorLanguage.OTHER),
        ("DotNet/8", AuthorLanguage.OTHER),
    ],
)
def test_the_metadata_of_the_cdk_names_the_runtime(runtime: str, language: AuthorLanguage) -> None:
    assert language_of(*made(packed(runtime))) is language


@pytest.mark.parametrize("nonsense", [None, 7, "", "v1:x", "v2:deflate64:???", "v2:deflate64:AAAA", ["v2:deflate64:"]])
def test_nonsense_says_nothing(nonsense: object) -> None:
    assert language_of(*made(nonsense)) is None


def test_the_line_that_made_it_comes_first() -> None:
    assert language_of(*made(packed("node.js/v20"), Shop_Images="/app/shop.py")) is AuthorLanguage.PYTHON
    assert language_of(*made(None, Shop="/app/lib/shop.mts")) is AuthorLanguage.TYPESCRIPT
    assert language_of(*made(None, Other="/app/lib/shop.ts")) is AuthorLanguage.TYPESCRIPT
    assert language_of(*made(packed("Java/17"), Shop="/app/Shop.java")) is AuthorLanguage.OTHER


def test_a_body_at_hand_has_no_folder_whose_cdk_json_would_count(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text('{"app": "npx ts-node bin/app.ts"}', "utf-8")
    app = load_body({"Resources": {"Images": {"Type": "AWS::ECR::Repository"}}})
    assert language_of(app, app.by_type["AWS::ECR::Repository"][0]) is None


QUEUE = '{"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}'


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("test/integ.orders.ts.snapshot/Orders.template.json", AuthorLanguage.TYPESCRIPT),
        ("test/integ.orders.js.snapshot/Orders.template.json", AuthorLanguage.TYPESCRIPT),
        ("test/integ_orders.py.snapshot/Orders.template.json", AuthorLanguage.PYTHON),
        ("lib__test__integ.orders.js.snapshot__Orders.template.json", AuthorLanguage.TYPESCRIPT),
        ("examples/python/orders/cdk.out/Orders.template.json", AuthorLanguage.PYTHON),
        ("examples/typescript/orders/cdk.out/Orders.template.json", AuthorLanguage.TYPESCRIPT),
        ("packages/@shop/orders/test/Orders.template.json", AuthorLanguage.TYPESCRIPT),
        ("examples/orders-cdk-typescript/Orders.template.json", AuthorLanguage.TYPESCRIPT),
        ("examples/orders-cdk-py/src/Orders.template.json", AuthorLanguage.PYTHON),
        ("examples/lambda-python-cdk/Orders.template.json", None),
        ("examples/java/orders/Orders.template.json", AuthorLanguage.OTHER),
        ("python/a/b/c/d/Orders.template.json", None),
        ("orders/integ.orders.snapshot/Orders.template.json", None),
        ("pythonic/Orders.template.json", None),
    ],
)
def test_folders_tell_it_where_nothing_else_does(tmp_path: Path, path: str, language: AuthorLanguage | None) -> None:
    """Those of the CDK's own integration tests, and of collections of apps: the four nearest."""
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(QUEUE, "utf-8")
    app = load([tmp_path / path])
    assert language_of(app, app.by_type["AWS::SQS::Queue"][0]) is language


def test_a_command_says_more_than_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "python" / "orders"
    folder.mkdir(parents=True)
    (folder / "cdk.json").write_text('{"app": "npx ts-node bin/app.ts"}', "utf-8")
    (folder / "Orders.template.json").write_text(QUEUE, "utf-8")
    app = load([folder / "Orders.template.json"])
    assert language_of(app, app.by_type["AWS::SQS::Queue"][0]) is AuthorLanguage.TYPESCRIPT


def test_older_versions_list_what_ran_the_app() -> None:
    metadata = {"Type": "AWS::CDK::Metadata", "Properties": {"Modules": "aws-cdk=1.75.0,jsii-runtime=Python/3.8.2"}}
    images = {"Type": "AWS::ECR::Repository", "Metadata": {"aws:cdk:path": "Shop/Images/Resource"}}
    app = load_body({"Resources": {"Images": images, "CDKMetadata": metadata}})
    assert language_of(app, app.by_type["AWS::ECR::Repository"][0]) is AuthorLanguage.PYTHON
