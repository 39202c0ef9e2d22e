"""The incident, deployed on an emulator: what the audit writes gives the findings of the assembly."""

from __future__ import annotations

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from seawall.audit.reading import AwsAccount
from seawall.audit.taking import take, whoami
from seawall.audit.writing import write
from seawall.engine import Report, check
from seawall.replay import MiniStack
from seawall.replay.door import HEADER
from stacks.review_incident import ReviewServerIncidentStack
from stacks.webhook_incident import WebhookIncidentStack

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "000000000000", "us-east-1"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("incident")
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:enable-path-metadata": True}
    app = cdk.App(context=context, outdir=str(folder), builtin_cloud_formation_validation=False)
    WebhookIncidentStack(app, "Webhook")
    ReviewServerIncidentStack(app, "Review")
    app.synth()
    return folder


@pytest.fixture(scope="module")
def account(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccount]:
    with MiniStack(tmp_path_factory.mktemp("emulator")) as running:
        _upload(running, assembly)
        for name in ("Webhook", "Review"):
            _deploy(running, name, (assembly / f"{name}.template.json").read_text("utf-8"))

        def download(address: str, most: int) -> bytes:
            asked = urllib.request.Request(address, headers={HEADER: running.token})
            with urllib.request.urlopen(asked) as answered:
                data: bytes = answered.read(most)
            return data

        yield AwsAccount(running.client, download=download)


def _upload(emulator: MiniStack, assembly: Path) -> None:
    """What `cdk bootstrap` and `cdk deploy` leave in an account."""
    emulator.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    bucket = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
    emulator.client("s3").create_bucket(Bucket=bucket)
    for folder in assembly.glob("asset.*"):
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder).as_posix())
        key = f"{folder.name.removeprefix('asset.')}.zip"
        emulator.client("s3").put_object(Bucket=bucket, Key=key, Body=package.getvalue())


def _deploy(emulator: MiniStack, name: str, body: str) -> None:
    stacks = emulator.client("cloudformation")
    stacks.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    for _ in range(600):
        status = stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            break
        time.sleep(0.05)
    assert status == "CREATE_COMPLETE"


def told(report: Report) -> list[Any]:
    """Findings without the words for what the deployment has named."""
    found = [(one.rule, one.severity, one.confidence, one.site, one.attempts, one.headline) for one in report.findings]
    return sorted(found, key=str)


def taken(account: AwsAccount, folder: Path, *, with_code: bool) -> Path:
    number, partition = whoami(account)
    read, journal = take(account, number, REGION, folder, with_code=with_code)
    write(read, folder, partition)
    journal.done()
    assert read.unread == []
    return folder


def test_the_snapshot_gives_the_findings_of_the_assembly(assembly: Path, account: AwsAccount, tmp_path: Path) -> None:
    snapshot = taken(account, tmp_path, with_code=False)
    expected = json.loads(json.dumps(told(_without_code(assembly)), default=str))
    assert json.loads(json.dumps(told(check(snapshot)), default=str)) == expected
    assert {"retry-loop", "unbounded-retry", "image-endangered"} <= {one[0] for one in expected}
    assert len(expected) >= 9


def test_figures_and_loops_are_the_same(assembly: Path, account: AwsAccount, tmp_path: Path) -> None:
    before, after = _without_code(assembly).analysis, check(taken(account, tmp_path, with_code=False)).analysis
    assert after.flow.sites.keys() == before.flow.sites.keys()
    loops = [[(loop.start, loop.gain, loop.stopped_by) for loop in each.loops] for each in (before, after)]
    assert loops[0] == loops[1]


def test_nothing_differs_from_the_templates(account: AwsAccount, tmp_path: Path) -> None:
    snapshot = taken(account, tmp_path, with_code=False)
    assert "seawall:differs" not in (snapshot / "Webhook.template.json").read_text("utf-8")


def test_with_the_code_the_findings_are_those_of_the_assembly_read_with_it(
    assembly: Path, account: AwsAccount, tmp_path: Path
) -> None:
    snapshot = taken(account, tmp_path, with_code=True)
    assert list((snapshot / "code").glob("*.zip"))
    report = check(snapshot)
    assert told(report) == told(check(assembly))
    assert any(hop.at for hop in report.analysis.flow.hops)


def test_the_app_beside_what_is_deployed_of_it_counts_once(assembly: Path, account: AwsAccount, tmp_path: Path) -> None:
    snapshot = taken(account, tmp_path, with_code=False)
    report = check([assembly, snapshot])
    assert told(report) == told(check(assembly))


def _without_code(assembly: Path) -> Report:
    from seawall.engine import report_of
    from seawall.settings import Settings
    from seawall.template import load

    return report_of(load([assembly]), Settings(reads_code=False))
