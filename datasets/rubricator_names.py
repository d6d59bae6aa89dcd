"""Names of topics and groups, of every installed rubricator: words that are nobody's name."""

from functools import lru_cache

from otklik.datasets.rubricator import name_key
from otklik.datasets.rubricator_versions import load_rubricator, rubricator_versions


def is_rubricator_name(name: str) -> bool:
    """Whether this is a topic or a group: «(В Т.Ч. ТИШИНЫ)» are no initials there."""
    return name_key(name) in _names()


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    topics = [
        topic for version in rubricator_versions() for topic in load_rubricator(version).topics
    ]
    return frozenset(name_key(name) for topic in topics for name in (topic.name, topic.group.name))
