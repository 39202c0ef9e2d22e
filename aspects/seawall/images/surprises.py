"""The five most expensive surprises of lifecycle policies, each as an example that runs.

>>> from datetime import UTC, datetime, timedelta
>>> from seawall.images import Image, evaluate, parse
>>> now = datetime(2026, 11, 1, tzinfo=UTC)
>>> def image(name, age, *tags): return Image(name, frozenset(tags), now - timedelta(days=age))
>>> def rule(priority, **selection):
...     return {"rulePriority": priority, "selection": selection, "action": {"type": "expire"}}
>>> def show(rules, *images):
...     for fate in evaluate(parse({"rules": rules}), images, now).fates:
...         print(f"{fate.image.name}: {fate.text}")

1. Lists are AND. This shield for production and staging selects no image that has only one of the tags:

>>> keep = {"countType": "imageCountMoreThan"}
>>> age = {"countType": "sinceImagePushed", "countUnit": "days"}
>>> shield = rule(1, tagStatus="tagged", tagPatternList=["prod", "staging"], countNumber=9999, **keep)
>>> show([shield, rule(2, tagStatus="any", countNumber=90, **age)], image("A", 91, "prod"), image("B", 1, "staging"))
A: expired by rule 2 (any image, 90 days after the push)
B: kept by rule 2 (any image, 90 days after the push)

2. The first rule that matches an image claims it, even if it keeps it: no later rule acts on it.

>>> show([rule(1, tagStatus="tagged", tagPatternList=["prod*"], countNumber=1, **keep),
...       rule(2, tagStatus="tagged", tagPatternList=["beta*"], countNumber=1, **keep)],
...      image("A", 10, "prod-1", "beta-1"), image("B", 9, "prod-2", "beta-2"), image("C", 8, "beta-3"))
A: expired by rule 1 (tags prod*, keep 1)
B: shielded by rule 1 (tags prod*, keep 1) from rule 2 (tags beta*, keep 1)
C: kept by rule 2 (tags beta*, keep 1)

3. A number to keep is spent on images that other rules shield, too. Three leftovers cost the release its place:

>>> show([rule(1, tagStatus="untagged", countNumber=30, **age), rule(2, tagStatus="any", countNumber=3, **keep)],
...      image("release", 9, "v1"), image("x", 1), image("y", 2), image("z", 3))
release: expired by rule 2 (any image, keep 3)
x: kept by rule 1 (untagged images, 30 days after the push)
y: kept by rule 1 (untagged images, 30 days after the push)
z: kept by rule 1 (untagged images, 30 days after the push)

4. A tag that is added later does not make an image younger: promoted today, but built 15 days ago.

>>> show([rule(1, tagStatus="tagged", tagPatternList=["sha-*"], countNumber=14, **age)],
...      image("promoted", 15, "sha-1f3e5d7", "prod"))
promoted: expired by rule 1 (tags sha-*, 14 days after the push)

5. `any` is what CDK takes where no tag status is given: `ecr.LifecycleRule(max_image_count=3)` is this rule, and three
review builds end the life of what production runs.

>>> show([rule(1, tagStatus="any", countNumber=3, **keep)],
...      image("production", 9, "v42"), image("a", 3, "pr-1"), image("b", 2, "pr-2"), image("c", 1, "pr-3"))
production: expired by rule 1 (any image, keep 3)
a: kept by rule 1 (any image, keep 3)
b: kept by rule 1 (any image, keep 3)
c: kept by rule 1 (any image, keep 3)

What a verdict adds is the future: the image of a running service under the same rule, before anything is lost.

>>> from seawall.images import ImageReference, Repository, consumer, judge
>>> policy = parse({"rules": [rule(1, tagStatus="any", countNumber=3, **keep)]})
>>> service = consumer("Service", "ecs-service", ImageReference("web", "v42"))
>>> (found,) = judge(Repository("web", policy), [service])
>>> print(found.verdict, "-", found.why)
endangered - rule 1 (any image, keep 3): deleted once 3 newer images exist: 7 to 32 hours at an assumed 10 pushes a day
>>> for line in found.witness.timeline(): print(line)
day 0: v42 is pushed; Service is deployed with v42
day 1: 3 pushes, pr-101 to pr-103
day 1: rule 1 deletes v42, and Service needs it
"""
