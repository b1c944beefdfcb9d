"""A JSON object read member by member, where every member must be wanted and every complaint says where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar, cast

from app.exchange.rows import quoted
from chain.errors import BadInput

T = TypeVar("T")


class Section:
    """One object of a document.

    Args:
        value: what stands there.
        where: its place in words, e.g. ``mapping scms, events[0]``.
        known: the names its members may have; None for any.
    """

    def __init__(self, value: object, where: str, known: frozenset[str] | None) -> None:
        self.where = where
        if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
            self.refuse("an object with members is wanted here")
        self._members = cast(Mapping[str, Any], value)
        unknown = next((name for name in self._members if known is not None and name not in known), None)
        if unknown is not None and known is not None:
            self.refuse(f"{quoted(unknown)} is not known here; what may stand here is {', '.join(sorted(known))}")

    def refuse(self, why: str, name: str = "") -> NoReturn:
        """Raise BadInput about this section or one of its members."""
        raise BadInput(f"{self.where}{f', {name}' if name else ''}: {why}.")

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def raw(self, name: str) -> Any:
        """A member as it is. Raises BadInput where there is none."""
        if name not in self._members:
            self.refuse(f"“{name}” is missing")
        return self._members[name]

    def text(self, name: str, default: str | None = None) -> str:
        """A text that is not empty; `default` where there is none."""
        if name not in self and default is not None:
            return default
        value = self.raw(name)
        if not isinstance(value, str) or not value or len(value) > 2000:
            self.refuse("a text is wanted", name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty where there is none."""
        value = self.raw(name) if name in self else []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.refuse("a list of texts is wanted", name)
        return tuple(value)

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number in a range."""
        value = self.raw(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.refuse(f"a whole number from {least} to {most} is wanted", name)
        return value

    def part(self, name: str, known: frozenset[str] | None) -> Section:
        """A member that is an object itself; an empty one where there is none."""
        return Section(self._members.get(name, {}), f"{self.where}, {name}", known)

    def parts(self, name: str, known: frozenset[str]) -> list[Section]:
        """A member that is a list of objects."""
        value = self.raw(name)
        if not isinstance(value, list) or not value:
            self.refuse("a list is wanted", name)
        return [Section(one, f"{self.where}, {name}[{place}]", known) for place, one in enumerate(value)]

    def rule(self, name: str, make: Callable[[], T]) -> T:
        """What `make` makes of a member; its BadInput gets the member's place in front."""
        try:
            return make()
        except BadInput as error:
            if error.words.startswith(self.where):
                raise
            self.refuse(error.words.rstrip("."), name)
