"""A rubricator: the versioned two-level tree of topics that messages are sorted into."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from otklik.datasets.errors import UnknownTopic

# Quotes and dashes differ between exports of one and the same rubricator.
_SAME = str.maketrans("ё«»“”„–—", 'е"""""--')


def name_key(name: str) -> str:
    """Key under which spellings of one name meet.

    «★ Ямы во дворах», «ЯМЫ ВО  ДВОРАХ» and «ямы во дворах» are one topic; «свёкла» and «свекла»
    too. The star marks fast-track topics in some regions and is no part of the name.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_SAME)
    return " ".join(folded.replace("★", " ").split())


@dataclass(frozen=True, slots=True)
class Group:
    """The upper level: «Дороги»."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Topic:
    """The lower level. `importance`: from 1 (leisure, advice) to 5 (danger to life), 0 unknown."""

    code: str
    group: Group
    name: str
    hint: str = ""
    phrases: tuple[str, ...] = ()
    importance: int = 0
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """«Не путать»: two topics that people mix, and the question whose answer decides."""

    first: str
    second: str
    question: str


@dataclass(frozen=True)
class Rubricator:
    """One version of the tree.

    Parameters
    ----------
    version : str
        «im-2026».
    title : str
        Name for people.
    groups, topics : tuple
        In the order of the source.
    pairs : tuple of Pair
        Each unordered pair once.
    """

    version: str
    title: str
    groups: tuple[Group, ...]
    topics: tuple[Topic, ...]
    pairs: tuple[Pair, ...] = ()

    @cached_property
    def _by_code(self) -> dict[str, Topic]:
        return {topic.code: topic for topic in self.topics}

    @cached_property
    def _groups_by_code(self) -> dict[str, Group]:
        return {group.code: group for group in self.groups}

    @cached_property
    def _by_key(self) -> dict[str, list[Topic]]:
        found: dict[str, list[Topic]] = {}
        for topic in self.topics:
            for key in {name_key(name) for name in (topic.name, *topic.aliases)}:
                found.setdefault(key, []).append(topic)
        return found

    def __contains__(self, code: object) -> bool:
        return code in self._by_code or code in self._groups_by_code

    def topic(self, code: str) -> Topic:
        """Topic of that code.

        Raises
        ------
        UnknownTopic
        """
        try:
            return self._by_code[code]
        except KeyError:
            raise UnknownTopic(
                f"Code {code!r} is not a topic of {self.version} ({len(self.topics)} topics). "
                f"`otklik rubricator show {self.version}` lists them."
            ) from None

    def group(self, code: str) -> Group:
        """Group of that code.

        Raises
        ------
        UnknownTopic
        """
        try:
            return self._groups_by_code[code]
        except KeyError:
            raise UnknownTopic(
                f"Code {code!r} is not a group of {self.version} ({len(self.groups)} groups)."
            ) from None

    def group_code(self, code: str) -> str:
        """Code of the group that a topic or a group code belongs to."""
        return code if code in self._groups_by_code else self.topic(code).group.code

    def find(self, name: str, group: str | None = None) -> Topic:
        """Topic by name, in any letter case; `group` (a name) decides between namesakes.

        Raises
        ------
        UnknownTopic
            No such name, or several groups have one and `group` does not say which.
        """
        found = self._by_key.get(name_key(name), [])
        if group is not None and len(found) > 1:
            wanted = name_key(group)
            found = [topic for topic in found if name_key(topic.group.name) == wanted] or found
        if len(found) == 1:
            return found[0]
        if not found:
            raise UnknownTopic(f"Topic {name!r} is not in {self.version}.")
        groups = ", ".join(f"«{topic.group.name}»" for topic in found)
        raise UnknownTopic(f"Topic {name!r} stands in several groups of {self.version}: {groups}.")

    def find_group(self, name: str) -> Group:
        """Group by name, in any letter case.

        Raises
        ------
        UnknownTopic
        """
        wanted = name_key(name)
        for group in self.groups:
            if name_key(group.name) == wanted:
                return group
        raise UnknownTopic(f"Group {name!r} is not in {self.version}.")

    def members(self, group_code: str) -> Iterator[Topic]:
        """Topics of a group, in order."""
        return (topic for topic in self.topics if topic.group.code == group_code)

    def confused_with(self, code: str) -> Iterator[tuple[Topic, str]]:
        """Topics that people mix with this one, each with the deciding question."""
        for pair in self.pairs:
            if code in (pair.first, pair.second):
                yield self.topic(pair.second if pair.first == code else pair.first), pair.question

    @cached_property
    def fingerprint(self) -> str:
        """Hash of codes and names (16 digits): equal means that labels speak of the same tree."""
        tree = [(t.group.code, t.group.name, t.code, t.name) for t in self.topics]
        return hashlib.sha256(json.dumps(tree, ensure_ascii=False).encode()).hexdigest()[:16]
