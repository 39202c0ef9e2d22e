"""Properties of resources of which the construct is not known, set by their logical ids."""

from __future__ import annotations

from msgspec.structs import replace

from seawall.remedies.recipes.overrides import overrides
from seawall.remedies.recipes.write import FileEdit
from seawall.template import AuthorLanguage

RECEIVES = FileEdit("app.json", False, ("Resources", "Jobs1A2B", "Properties", "RedrivePolicy", "maxReceiveCount"), 5)


def test_a_property_is_set_by_the_logical_id_in_both_languages() -> None:
    python, typescript = overrides([RECEIVES])
    assert python.text.splitlines() == [
        "from aws_cdk import CfnResource",
        "",
        "for each in self.node.find_all():",
        '    if isinstance(each, CfnResource) and self.resolve(each.logical_id) == "Jobs1A2B":',
        '        each.add_property_override("RedrivePolicy.maxReceiveCount", 5)',
    ]
    compile(python.text, "stack.py", "exec")
    assert typescript.text.splitlines() == [
        "import { CfnResource } from 'aws-cdk-lib';",
        "",
        "for (const each of this.node.findAll()) {",
        "  if (CfnResource.isCfnResource(each) && this.resolve(each.logicalId) === 'Jobs1A2B') {",
        "    each.addPropertyOverride('RedrivePolicy.maxReceiveCount', 5);",
        "  }",
        "}",
    ]


def test_one_language_where_it_is_known() -> None:
    (only,) = overrides([replace(RECEIVES, language=AuthorLanguage.TYPESCRIPT)])
    assert only.language is AuthorLanguage.TYPESCRIPT


def test_where_more_than_properties_is_changed_there_are_none() -> None:
    dead = FileEdit("app.json", False, ("Resources", "Dead"), {"Type": "AWS::SQS::Queue"})
    listed = FileEdit("app.json", False, ("Resources", "Fn", "Properties", "Layers", "0"), "arn")
    assert overrides([RECEIVES, dead]) == ()
    assert overrides([listed]) == ()
    assert overrides([FileEdit("app.json", False, RECEIVES.path, removes=True)]) == ()
