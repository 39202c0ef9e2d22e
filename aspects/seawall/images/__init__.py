"""ECR lifecycle policies against the images in use: the language, who uses what, verdicts with a witness, repair."""

from .analysis import Case, ImageAnalysis, Used, analyse_images
from .dead import Dead, DeadRule, dead_rules
from .demand import Window
from .effects import Argument, Bound
from .evaluate import Evaluation, Fate, Reason, evaluate
from .inventory import Image, Status
from .kinds import KINDS, Kind, consumer
from .parse import Malformed, parse
from .policy import Action, ActionType, CountType, LifecyclePolicy, Rule, Selection, StorageClass, TagStatus
from .problems import Constraint, Problem
from .questions import Question
from .references import Binds, Consumer, ImageReference, reference
from .render import to_cdk, to_json, to_object
from .repair import Repair, Unrepairable, repair
from .repositories import Mode, Mutability, Repository, RepositoryKind
from .settings import Settings
from .uri import EcrImage, Elsewhere, Registry, is_asset_repository, parse_uri
from .validate import is_valid, validate
from .verdicts import Judgement, Shortage, Verdict, judge
from .witness import Do, Final, Step, Witness, holds, replay
from .world import Loss

__all__ = [
    "KINDS",
    "Action",
    "ActionType",
    "Argument",
    "Binds",
    "Bound",
    "Case",
    "Constraint",
    "Consumer",
    "CountType",
    "Dead",
    "DeadRule",
    "Do",
    "EcrImage",
    "Elsewhere",
    "Evaluation",
    "Fate",
    "Final",
    "Image",
    "ImageAnalysis",
    "ImageReference",
    "Judgement",
    "Kind",
    "LifecyclePolicy",
    "Loss",
    "Malformed",
    "Mode",
    "Mutability",
    "Problem",
    "Question",
    "Reason",
    "Registry",
    "Repair",
    "Repository",
    "RepositoryKind",
    "Rule",
    "Selection",
    "Settings",
    "Shortage",
    "Status",
    "Step",
    "StorageClass",
    "TagStatus",
    "Unrepairable",
    "Used",
    "Verdict",
    "Window",
    "Witness",
    "analyse_images",
    "consumer",
    "dead_rules",
    "evaluate",
    "holds",
    "is_asset_repository",
    "is_valid",
    "judge",
    "parse",
    "parse_uri",
    "reference",
    "repair",
    "replay",
    "to_cdk",
    "to_json",
    "to_object",
    "validate",
]
