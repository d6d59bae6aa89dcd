"""One person as the words of a line spell them."""

from dataclasses import dataclass, field

from otklik.datasets.name_lexicon import ALL_CASES, Part
from otklik.datasets.name_person import Person

_ANY_FORM = Part(ALL_CASES, ALL_CASES, frozenset())


@dataclass(slots=True)
class Reading:
    """Words `start` to `stop` read as one person; `form` keeps the cases in which all agree."""

    start: int
    stop: int
    form: Part = _ANY_FORM
    surname: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    patronymic: frozenset[str] = frozenset()
    initials: list[str] = field(default_factory=list)

    @property
    def is_sure(self) -> bool:
        """A patronymic or two initials: hardly any street is called like that."""
        return bool(self.patronymic) or len(self.initials) > 1

    @property
    def person(self) -> Person:
        """What the reading says of the person."""
        if self.initials:
            letters = tuple(frozenset(letter) for letter in self.initials)
        else:
            parts = (self.given, self.patronymic)
            letters = tuple(frozenset(stem[0] for stem in part) for part in parts)
        return Person(self.surname, self.given, self.patronymic, letters)

    def join(self, part: Part) -> bool:
        """Narrow the form by one more word; False, and no change, where they disagree."""
        masculine = self.form.masculine & part.masculine
        feminine = self.form.feminine & part.feminine
        if not masculine and not feminine:
            return False
        self.form = Part(masculine, feminine, frozenset())
        return True
