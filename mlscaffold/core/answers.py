"""What a repo shows of a template's answers: evidence weighed, and what remains for a person to say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlscaffold.core.variables import Variable

SURE = 0.5
RIVAL = 0.8
STRONG = 0.7
DOUBT = 0.35
"""Weight of the unknown, so that one weak sign alone makes nobody sure."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sign that a variable has (weight > 0) or has not (weight < 0) a value, and where it was seen."""

    variable: str
    value: str
    weight: float
    where: str


@dataclass(frozen=True, slots=True)
class Inferred:
    """A variable's answer.

    value: None where the template's default stands.
    confidence: 0 (nothing seen) to 1 (given by a person).
    evidence: where it was seen, the strongest first.
    rivals: other values that fit as well, so that a person has to choose.
    instead: what the repo shows for certain, where another value was given.
    """

    variable: str
    value: Any
    confidence: float
    evidence: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    instead: "Inferred | None" = None

    @property
    def sure(self) -> bool:
        """Whether nobody need be asked."""
        return self.confidence >= SURE and not self.rivals


def infer(
    variables: Mapping[str, Variable], evidence: Iterable[Evidence], given: Mapping[str, Any]
) -> dict[str, Inferred]:
    """Weigh the evidence for each variable; what is given needs none."""
    seen: dict[str, list[Evidence]] = {name: [] for name in variables}
    for sign in evidence:
        variable = variables.get(sign.variable)
        if variable is not None and (not variable.choices or sign.value in variable.choices):
            seen[sign.variable].append(sign)
    return {
        name: _given(given[name], _weighed(name, seen[name])) if name in given else _weighed(name, seen[name])
        for name in variables
    }


def _given(value: Any, seen: Inferred) -> Inferred:
    other = seen.sure and str(seen.value) != str(value)
    return Inferred(seen.variable, value, 1.0, ("given",), instead=seen if other else None)


def _weighed(name: str, signs: list[Evidence]) -> Inferred:
    weights: dict[str, float] = {}
    for sign in signs:
        weights[sign.value] = weights.get(sign.value, 0.0) + sign.weight
    ranked = sorted(((weight, value) for value, weight in weights.items() if weight > 0), reverse=True)
    if not ranked:
        return Inferred(name, None, 0.0)
    best, value = ranked[0]
    rivals = tuple(other for weight, other in ranked[1:] if weight >= RIVAL * best and weight >= STRONG)
    confidence = best / (sum(weight for weight, _ in ranked) + DOUBT)
    mine = sorted(
        (sign for sign in signs if sign.value == value and sign.weight > 0), key=lambda s: -s.weight
    )
    where = tuple(dict.fromkeys(sign.where for sign in mine))
    return Inferred(name, value, round(confidence, 2), where, rivals if best >= STRONG else ())
