"""A key that its section does not have: the nearest that it has, or where it belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

from rnnctl.config.expect.sections import ExpectSection
from rnnctl.config.places import TOP
from rnnctl.config.sections import DataSection, ModelSection, Section, TrainingSection
from rnnctl.errors import SYNONYMS, Problem, SettingPath, nearest

SECTIONS: Mapping[str, type[Section]] = {
    "data": DataSection,
    "model": ModelSection,
    "training": TrainingSection,
    "expect": ExpectSection,
}


def unknown_key(path: SettingPath, known: Sequence[str], what: str = "key") -> Problem:
    """A key that its section does not have: with the nearest it has, or where else it is known."""
    key = str(path[-1])
    help_text = f"known here: {', '.join(known)}" if known else f"leave it out: {path[-2]} has no settings"
    guess = nearest(key, known)
    word, home = _elsewhere(key, guess, path[:-1])
    if home is not None and not (guess and (guess == word or key in guess or guess in key)):
        help_text = f"'{word}' belongs {home}"
    elif guess:
        help_text = f"did you mean '{guess}'? {help_text}"
    return Problem(path, f"unknown {what} '{key}'", help_text, on="key")


def _elsewhere(key: str, guess: str | None, here: SettingPath) -> tuple[str, str | None]:
    """What a key is called where it belongs, and where that is; that it is known there itself goes before all else."""
    if len(here) == 1 and key in TOP:
        return key, "at the top of the file, without a space before it"
    likely = SYNONYMS.get(key) or (not guess and SYNONYMS.get(nearest(key, SYNONYMS) or "")) or key
    for word in (key, likely):
        home = next((place for place in _homes().get(word, ()) if place != here), None)
        if home is not None:
            return word, f"under `{'.'.join(home)}`"
    return likely, None


@cache
def _homes() -> Mapping[str, Sequence[tuple[str, ...]]]:
    """Every key with the sections that it stands in, the outermost first; layers and tasks too."""
    from rnnctl.catalogue import names  # here, since only a mistake needs them
    from rnnctl.data.tasks import TASKS

    waiting: list[tuple[tuple[str, ...], type[BaseModel]]] = [((name,), model) for name, model in SECTIONS.items()]
    homes: dict[str, list[tuple[str, ...]]] = {}
    for path, model in waiting:
        for name, field in model.model_fields.items():
            homes.setdefault(name, []).append(path)
            waiting += [((*path, name), inner) for inner in models_of(field.annotation)]
    for place, known in ((("data", "task"), TASKS), (("model", "chain"), names())):
        for name in known:
            homes.setdefault(name, []).append(place)
    return homes


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections that a value may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from models_of(argument)
