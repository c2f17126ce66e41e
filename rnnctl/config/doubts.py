"""Chains that are legal and almost surely wrong, as they are bound to the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnctl.config.chain import Bidirectional, ChainLayer, Last, Member, layers_of
from rnnctl.config.layers import learnable
from rnnctl.config.rules import EPOCHS, POLICY, UPDATE
from rnnctl.config.sections import TrainingSection
from rnnctl.data.records import Facts
from rnnctl.data.spec import CsvSource, Scale, Source
from rnnctl.errors import Problem, SettingPath


def chain_doubts(
    members: Sequence[Member], training: TrainingSection, facts: Facts, source: Source, scale: Scale
) -> Iterator[Problem]:
    """Warn of members that lose what they get, answer beyond reach, or learn what is never used."""
    yield from _blank_norms(members)
    yield from _dropped_answers(members)
    yield from _squashed_answers(members, facts, scale)
    if facts.each == "sequence":
        yield from _forgetful_answers(members, source)
    yield from _initial_states(members, training, facts)
    window = training.window
    if window is not None and window.depth == 1 and max(facts.lengths) > 1 and _with_state(members):
        message = "no gradient goes back further than one step, so no weight learns what to keep for the next"
        help_text = "write a longer window, or window: {update: 1, backward: 16}"
        yield Problem(UPDATE, message, help_text, severity="warning", id="window-of-one-step")


def _with_state(members: Sequence[Member]) -> list[ChainLayer]:
    return [layer for layer in layers_of(members) if layer.layer.states]


def _blank_norms(members: Sequence[Member]) -> Iterator[Problem]:
    """A normalization of one number has one result, whatever the number."""
    told: set[SettingPath] = set()  # both directions of a bidirectional stand at one place, and so does a stack
    for item in layers_of(members):
        [signal] = item.layer.inputs.values()
        if item.layer.name == "layer_norm" and signal.shape == (1,) and item.setting not in told:
            told.add(item.setting)
            message = "layer_norm gets one number, and what it gives is the same for every number"
            help_text = "leave it out, or put it behind a wider layer"
            yield Problem(item.setting, message, help_text, on="key", severity="warning", id="layer-norm-of-one")


def _dropped_answers(members: Sequence[Member]) -> Iterator[Problem]:
    """Dropout behind the last layer, of what the loss is computed from."""
    ending = members[-1]
    if isinstance(ending, Last) and len(members) > 1:
        ending = members[-2]
    if isinstance(ending, ChainLayer) and ending.layer.name == "dropout" and ending.layer.options["rate"]:
        message = "this dropout is the last layer: in training, answers themselves are zeroed at random"
        help_text = "put it before the layer that answers"
        yield Problem(ending.setting, message, help_text, on="key", severity="warning", id="dropout-of-answer")


_BOUNDS = {
    "from -1 to 1": frozenset({"hard_tanh", "sin", "softsign", "tanh"}),
    "from 0 to 1": frozenset({"hard_sigmoid", "sigmoid"}),
    "above 0": frozenset({"abs", "relu", "softplus"}),
}
"""Where the values of functions lie; those of the others are free enough."""
_GATED = frozenset({"gru", "gru_v3", "layer_norm_lstm", "lstm", "zoneout_lstm"})
"""Layers whose output lies where that of tanh does."""
_WANTED = {
    "number": "targets scaled to mean 0 and variance 1 lie beyond",
    "class": "cross_entropy takes the softmax of what may be any number",
    "binary": "binary_cross_entropy takes the sigmoid of what may be any number",
}


def _squashed_answers(members: Sequence[Member], facts: Facts, scale: Scale) -> Iterator[Problem]:
    """A last layer that cannot give what is asked: its values have bounds, and what is asked has others or none."""
    ending, kind = members[-1], facts.target.kind
    if not isinstance(ending, ChainLayer) or ending.layer.name not in ("dense", "rnn", *_GATED):
        return
    name = ending.layer.name
    function = "tanh" if name in _GATED else str(ending.layer.options["activation"])
    bound = next((bound for bound, functions in _BOUNDS.items() if function in functions), None)
    if bound is None or (kind == "number" and scale != "standard") or (kind == "class" and bound == "above 0"):
        return
    message = f"the chain ends in {name}, whose values lie {bound}, and {_WANTED[kind]}"
    help_text = "end the chain with `- dense`" + (", which has no activation" if name == "dense" else "")
    also = ((("data", "scale"), "the scale of targets"),) if kind == "number" else ((("training", "loss"), "the loss"),)
    yield Problem(ending.setting, message, help_text, "key", "warning", "answer-out-of-reach", also)


def _forgetful_answers(members: Sequence[Member], source: Source) -> Iterator[Problem]:
    """An answer for a whole sequence that one step of it decides, or decides for one of two directions."""
    asked: SettingPath = ("data", "target", "each") if isinstance(source, CsvSource) else ("data", "task")
    also = ((asked, "one answer a sequence"),)
    both = [(i, member) for i, member in enumerate(members) if isinstance(member, Bidirectional)]
    if not _with_state(members):
        message = "no layer has a state, and the answer is asked at the last step: the model sees that step alone"
        help_text = "put a recurrent layer or `- mean` before the last"
        yield Problem(("model", "chain"), message, help_text, "key", "warning", "answer-from-one-step", also)
        return
    if not both:
        return
    position, member = both[-1]
    if member.ends or _with_state(members[position + 1 :]):
        return
    message = "the answer is asked at the last step, of which the backward direction has seen that step alone"
    help_text = "write `- last` right behind it, or `- mean`"
    yield Problem(member.setting, message, help_text, "key", "warning", "answer-from-one-side", also)


def _initial_states(members: Sequence[Member], training: TrainingSection, facts: Facts) -> Iterator[Problem]:
    """Learned initial states that no layer has, or that no reset returns to."""
    asked, policy = training.learn_initial_state, training.reset.policy
    learning = [layer for layer in layers_of(members) if layer.initial_state == "learned"]
    place: SettingPath = ("training", "learn_initial_state")
    if asked and not learning:
        able = [layer for layer in _with_state(members) if learnable(layer.layer.definition)]
        message = f"no layer has a state {'that can be learned' if _with_state(members) else 'to begin with'}"
        also: tuple[tuple[SettingPath, str], ...] = ()
        if able:
            message = "every layer says initial_state: zeros, so no initial state is learned"
            also = tuple(((*layer.setting, "initial_state"), "not learned") for layer in able[:3])
        yield Problem(place, message, "leave it out", "value", "warning", "initial-state-of-none", also)
    columns = training.reset.before or training.reset.after
    single = policy == "epoch" or (policy == "sequence" and facts.one_series)
    once = policy == "never" or (single and training.epochs == 1 and training.window is not None)
    if learning and once and not columns:
        if not asked:
            place = (*learning[0].setting, "initial_state")
        message = (
            "the run begins with the initial state and never returns to it: it is learned in the first window alone"
        )
        also = ((POLICY, "when the carry goes back"), *(((EPOCHS, "one epoch"),) if policy != "never" else ()))
        help_text = "leave it out, or reset more often"
        yield Problem(place, message, help_text, "value", "warning", "initial-state-used-once", also)
