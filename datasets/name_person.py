"""Who is meant: the same person in another case form, or by surname and initials."""

from typing import NamedTuple


class Person(NamedTuple):
    """What one mention says of a person; empty where it says nothing.

    `given` and `surname` are normal forms that the words may stand for, `initials` the letters of
    given name and patronymic as far as they are known.
    """

    surname: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    patronymic: frozenset[str] = frozenset()
    initials: tuple[frozenset[str], ...] = ()


def same_person(one: Person, other: Person) -> bool:
    """Whether two mentions may be one person: something agrees and nothing contradicts.

    «Исаев Р. А.» and «Рамзану Исаеву» are one, «Исаев Р. А.» and «Исаевой Хаве» are two.
    """
    agreed = 0
    for mine, yours in zip(one[:3], other[:3], strict=True):
        if mine and yours:
            if not mine & yours:
                return False
            agreed += 1
    compared = list(zip(one.initials, other.initials, strict=False))
    if any(not mine & yours for mine, yours in compared if mine and yours):
        return False
    return agreed > 0
