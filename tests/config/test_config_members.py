"""Members of a chain in a config file: where their mistakes are told, what they resolve to, and that this resolves."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import Resolved, parse_config, resolve
from rnnctl.config.resolve import examined
from rnnctl.errors import ConfigError

SINE = "data: {task: {sine: {steps: 60}}}"
ADDING = "data: {task: {adding: {length: 12, sequences: 20}}}"


def opened(chain: str, training: str = "window: 8", data: str = SINE, loss: str = "mse") -> Resolved:
    indented = "".join(f"    {line}\n" for line in chain.strip().split("\n"))
    config = parse_config(f"{data}\nmodel:\n  chain:\n{indented}training: {{loss: {loss}, {training}}}\n", "c.yaml")
    return resolve(config, examined(config))


def refused(chain: str, training: str = "window: 8", data: str = SINE, loss: str = "mse") -> str:
    with pytest.raises(ConfigError) as caught:
        opened(chain, training, data, loss)
    return str(caught.value)


EVERYTHING = """
- residual: [{gru: 3}, {dropout: {rate: 0.1, per: sequence}}, {dense: 2}]
- stack: {layer: {bidirectional: {lstm: {size: 4, initial_state: learned}}}, depth: 2, dropout: 0.2, per: window}
- bidirectional: {layer: [{zoneout_lstm: 3}, layer_norm], merge: mean}
- bidirectional: {rnn: {size: 2, init: {U: identity}}}
- last
- dense: 1
"""


def test_members_resolve_to_themselves() -> None:
    resolved = opened(EVERYTHING, "window: null", ADDING)
    text = resolved.as_text()
    config = parse_config(text, "again.yaml")
    again = resolve(config, resolved.facts)
    assert again.as_text() == text
    assert [(m.place, m.layer.parameters, m.layer.draws, m.initial_state) for m in again.layers] == [
        (m.place, m.layer.parameters, m.layer.draws, m.initial_state) for m in resolved.layers
    ]


def test_the_resolved_config_has_stacks_written_out_and_all_defaults() -> None:
    chain = """
- stack: {layer: {bidirectional: {gru: 2}}, depth: 2, dropout: 0.2, per: sequence}
- residual: layer_norm
- dense: 1
"""
    gru = {"size": 2, "initial_state": "zeros"}
    assert opened(chain, "window: null", ADDING).as_plain()["model"]["chain"] == [
        {"bidirectional": {"layer": {"gru": {**gru, "input": 2}}, "merge": "concat"}},
        {"dropout": {"rate": 0.2, "input": 4, "per": "sequence"}},
        {"bidirectional": {"layer": {"gru": {**gru, "input": 4}}, "merge": "concat"}},
        {"residual": [{"layer_norm": {"input": 4}}]},
        {"dense": {"size": 1, "activation": "identity", "input": 4}},
    ]


def test_last_is_for_one_target_a_sequence() -> None:
    assert (
        refused("- gru: 3\n- last\n- dense: 1")
        == """\
error[last-of-each-step]: last is for one target a sequence, and here the model answers at each step
  --> c.yaml:5:7
 5 |     - last
   |       ^^^^
   = help: leave it out"""
    )
    assert [m.place for m in opened("- gru: 3\n- last\n- dense: 1", "window: null", ADDING).chain] == ["0", "1", "2"]


def test_a_layer_behind_last_sees_one_step() -> None:
    assert (
        refused("- gru: 3\n- last\n- lstm: 3\n- dense: 1", "window: null", ADDING)
        == """\
error[state-behind-last]: lstm has a state, and behind last there is one step
  --> c.yaml:6:7
 6 |     - lstm: 3
   |       ^^^^
  ::: c.yaml:5:7
 5 |     - last
   |       ---- one step is left behind this
   = help: put it before `last`"""
    )


def test_a_cut_before_the_end_that_is_read_from() -> None:
    assert (
        refused("- bidirectional: {gru: 3}\n- dense: 1", "window: 8")
        == """\
error[bidirectional-cut-by-window]: a bidirectional layer reads each sequence from its end too, \
and window: 8 cuts it before
  --> c.yaml:4:7
 4 |     - bidirectional: {gru: 3}
   |       ^^^^^^^^^^^^^
  ::: c.yaml:6:31
 6 | training: {loss: mse, window: 8}
   |                               - sequences are cut here
   = help: write window: null, or reset: window, with which each window stands alone"""
    )
    both = "- bidirectional: {gru: 3}\n- last\n- dense: 1"
    assert [w.id for w in opened(both, "window: 8, reset: window", ADDING).warnings] == ["window-hides-start"]
    assert opened(both, "window: null", ADDING).warnings == ()


def table(ahead: int, shown: str = "x") -> str:
    return f"data: {{csv: d.csv, input: [{shown}], target: {{column: y, ahead: {ahead}}}}}"


def test_an_answer_that_the_way_back_has_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text("x,y\n" + "".join(f"{t},{t % 7}\n" for t in range(60)))
    chain = "- residual: {bidirectional: {layer: {gru: 2}, merge: mean}}\n- dense: 1"
    assert (
        refused(chain, "window: null", table(2, "x, y"))
        == """\
error[bidirectional-sees-answer]: the backward direction sees the step that is asked for: \
the target is y 2 steps ahead, and y is an input
  --> c.yaml:4:18
 4 |     - residual: {bidirectional: {layer: {gru: 2}, merge: mean}}
   |                  ^^^^^^^^^^^^^
  ::: c.yaml:1:62
 1 | data: {csv: d.csv, input: [x, y], target: {column: y, ahead: 2}}
   |                                                              - asked ahead
   = help: write the layers without bidirectional, or ask for what is not among the inputs"""
    )
    message = "the backward direction sees the step that is asked for"
    two = "window: 3, reset: window", table(2, "x, y")
    assert message in refused(chain, *two)
    apart = "window: 2, reset: window", table(2, "x, y")
    assert opened(chain, *apart).warnings == ()
    assert opened("- bidirectional: {gru: 2}\n- dense: 1", "window: null", table(2)).warnings == ()
    assert [w.message.split(":")[0] for w in opened(chain, "window: null", table(0, "x, y")).warnings] == [
        "the target y is among the inputs of the same step"
    ]
    Path("t.txt").write_text("to be or not to be " * 9)
    text = "- one_hot\n- bidirectional: {gru: 2}\n- dense"
    assert "the target is byte 1 step ahead, and byte is an input" in refused(
        text, "window: null", "data: {text: t.txt}"
    )


def test_a_task_whose_answer_is_the_next_input() -> None:
    """That of `reber` is called otherwise, and stands at the step itself."""
    reber = "data: {task: {reber: {sequences: 60}}}"
    chain = "- one_hot\n- bidirectional: {gru: 2}\n- dense"
    assert (
        refused(chain, "window: null", reber, "cross_entropy")
        == """\
error[bidirectional-sees-answer]: the backward direction sees the step that is asked for: \
the target is symbol 1 step ahead, and symbol is an input
  --> c.yaml:5:7
 5 |     - bidirectional: {gru: 2}
   |       ^^^^^^^^^^^^^
  ::: c.yaml:1:8
 1 | data: {task: {reber: {sequences: 60}}}
   |        ---- this task asks for the next input
   = help: write the layers without bidirectional, or ask for what is not among the inputs"""
    )
    apart = opened(chain, "window: 1, reset: window", reber, "cross_entropy")
    assert [w.id for w in apart.warnings] == ["window-of-one-step"]
    assert opened("- one_hot\n- gru: 2\n- dense", "window: null", reber, "cross_entropy").warnings == ()


def test_the_widths_of_a_residual() -> None:
    assert (
        refused("- gru: 3\n- residual:\n    - lstm: 5\n- dense: 1")
        == """\
error[residual-widths]: residual adds 3 numbers, its input, to 5 numbers, the output of its layers
  --> c.yaml:5:7
 5 |     - residual:
   |       ^^^^^^^^
   = help: the two must be as wide"""
    )


def test_mistakes_inside_a_member_are_told_where_they_stand() -> None:
    assert (
        refused("- stack: {layer: [{residual: {lstn: 3}}], depth: 0}\n- dense: 1")
        .replace("layers: ", "\n")
        .startswith("""\
error: unknown layer 'lstn'
  --> c.yaml:4:35
 4 |     - stack: {layer: [{residual: {lstn: 3}}], depth: 0}
   |                                   ^^^^
   = help: did you mean 'lstm'? \n""")
    )
    assert (
        refused("- stack: {layer: {gru: 3}, depth: 0}\n- dense: 1")
        == """\
error: depth must be at least 1, not 0
  --> c.yaml:4:39
 4 |     - stack: {layer: {gru: 3}, depth: 0}
   |                                       ^"""
    )


def test_warnings() -> None:
    [warning] = opened("- residual: [{stack: {layer: {gru: 1}, depth: 1, dropout: 0.2}}]\n- dense: 1").warnings
    assert (
        str(warning)
        == """\
warning[dropout-of-one-layer]: this dropout stands between layers, and there is one layer: nothing is dropped
  --> c.yaml:4:63
 4 |     - residual: [{stack: {layer: {gru: 1}, depth: 1, dropout: 0.2}}]
   |                                                               ^^^
  ::: c.yaml:4:51
 4 |     - residual: [{stack: {layer: {gru: 1}, depth: 1, dropout: 0.2}}]
   |                                                   - one layer
   = help: write depth: 2 or more, or `- dropout` as a layer of its own"""
    )
    one_sided = "- bidirectional: {gru: 3}\n- dropout: 0.1\n- dense: 1"
    [warning] = opened(one_sided, "window: null", ADDING).warnings
    assert (
        str(warning)
        == """\
warning[answer-from-one-side]: the answer is asked at the last step, \
of which the backward direction has seen that step alone
  --> c.yaml:4:7
 4 |     - bidirectional: {gru: 3}
   |       ^^^^^^^^^^^^^
  ::: c.yaml:1:8
 1 | data: {task: {adding: {length: 12, sequences: 20}}}
   |        ---- one answer a sequence
   = help: write `- last` right behind it, or `- mean`"""
    )
    for better in ("last", "mean", "gru: 3"):
        chain = one_sided.replace("- dropout: 0.1", f"- {better}")
        assert opened(chain, "window: null", ADDING).warnings == ()
    steps = "data: {task: {copy: {blanks: 4, symbols: 2, sequences: 20}}}"
    chain = one_sided.replace("dense: 1", "dense: 9")
    assert opened(f"- one_hot\n{chain}", "window: null", steps, "cross_entropy").warnings == ()


def test_a_cell_of_ones_own_is_used_inside_a_member() -> None:
    config = """\
data: {task: {sine: {steps: 60}}}
cells:
  slow: {state: {h: input}, equations: h' = 0.9 * h + x, output: h'}
  stale: {output: 2 * x}
model: {chain: [{stack: {layer: {residual: slow}, depth: 2}}, {dense: 1}]}
training: {loss: mse, window: 8}
"""
    with pytest.raises(ConfigError) as caught:
        parse_config(config, "c.yaml")
    assert [d.message for d in caught.value.diagnostics] == ["cell 'stale' is used by no layer"]
    used = parse_config(config.replace("  stale: {output: 2 * x}\n", ""), "c.yaml")
    assert [m.layer.name for m in resolve(used, examined(used)).layers] == ["slow", "slow", "dense"]


def test_no_cell_is_named_as_a_member() -> None:
    config = """\
data: {task: {sine: {steps: 60}}}
cells:
  last: {output: 2 * x}
model: {chain: [{dense: 1}]}
training: {loss: mse, window: 8}
"""
    with pytest.raises(ConfigError) as caught:
        parse_config(config, "c.yaml")
    assert (
        str(caught.value.diagnostics[0])
        == """\
error: 'last' is a member of chains
  --> c.yaml:3:3
 3 |   last: {output: 2 * x}
   |   ^^^^
   = help: give your cell another name"""
    )
