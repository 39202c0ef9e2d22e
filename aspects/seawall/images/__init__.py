"""ECR lifecycle policies against the images in use: the language, who uses what, verdicts with a witness, repair."""

from .analysis import ImageAnalysis, RepositoryCase, Used, analyse_images
from .dead import Dead, DeadRule, dead_rules
from .demand import Window
from .effects import Argument, Survival
from .evaluate import Evaluation, ImageFate, Reason, evaluate
from .inventory import Image, ImageStatus
from .kinds import KINDS, Kind, consumer
from .parse import Malformed, parse
from .policy import (
    ActionType,
    CountType,
    LifecyclePolicy,
    LifecycleRule,
    RuleAction,
    Selection,
    StorageClass,
    TagStatus,
)
from .problems import Constraint, Problem
from .questions import Question
from .references import Binds, Consumer, ImageReference, reference
from .render import to_cdk, to_json, to_object
from .repair import MadeRule, PolicyRepair, Unrepairable, repair
from .repositories import Mode, Mutability, Repository, RepositoryKind
from .settings import ImageSettings
from .uri import EcrImage, Elsewhere, Registry, is_asset_repository, parse_uri
from .validate import is_valid, validate
from .verdicts import Judgement, Shortage, Verdict, judge
from .witness import Final, Witness, WitnessAction, WitnessStep, holds, replay
from .world import Loss

__all__ = [
    "KINDS",
    "ActionType",
    "Argument",
    "Binds",
    "Constraint",
    "Consumer",
    "CountType",
    "Dead",
    "DeadRule",
    "EcrImage",
    "Elsewhere",
    "Evaluation",
    "Final",
    "Image",
    "ImageAnalysis",
    "ImageFate",
    "ImageReference",
    "ImageSettings",
    "ImageStatus",
    "Judgement",
    "Kind",
    "LifecyclePolicy",
    "LifecycleRule",
    "Loss",
    "MadeRule",
    "Malformed",
    "Mode",
    "Mutability",
    "PolicyRepair",
    "Problem",
    "Question",
    "Reason",
    "Registry",
    "Repository",
    "RepositoryCase",
    "RepositoryKind",
    "RuleAction",
    "Selection",
    "Shortage",
    "StorageClass",
    "Survival",
    "TagStatus",
    "Unrepairable",
    "Used",
    "Verdict",
    "Window",
    "Witness",
    "WitnessAction",
    "WitnessStep",
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
