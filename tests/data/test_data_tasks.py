"""Every task against its description: targets worked out again, lengths, and what the options do."""

import math
from collections import Counter
from itertools import accumulate, pairwise, product
from typing import Any

import pytest

from rnnctl.data.facts import examine, gather
from rnnctl.data.records import Records
from rnnctl.data.spec import TaskSource
from rnnctl.data.tasks import TASKS
from rnnctl.data.tasks.reber import legal_next
from rnnctl.data.tasks.task import fill_options
from rnnctl.errors import Problem

SMALL: dict[str, dict[str, int | float]] = {
    "reber": {"sequences": 300, "part": 1, "seed": 0},
    "adding": {"length": 40, "sequences": 400, "seed": 0},
    "temporal_order": {"length": 40, "sequences": 400, "seed": 0},
    "copy": {"blanks": 6, "symbols": 4, "sequences": 200, "seed": 0},
    "sine": {"steps": 500, "period": 8.0, "noise": 0.5, "seed": 0},
}


def made(name: str, **options: int | float) -> Records:
    return gather(TaskSource(name, {**SMALL[name], **options}))


def inputs_of(records: Records) -> list[list[str]]:
    """The symbols of each sequence."""
    return split(records, [records.facts.input.symbols[int(code)] for code in records.inputs[0]])


def targets_of(records: Records) -> list[list[str]]:
    """The classes of each sequence."""
    return split(records, [records.facts.target.symbols[int(code)] for code in records.targets[0]])


def split(records: Records, steps: list[Any]) -> list[list[Any]]:
    borders = [0, *accumulate(records.facts.lengths)]
    assert borders[-1] == len(steps)
    return [steps[start:stop] for start, stop in pairwise(borders)]


@pytest.mark.parametrize("name", TASKS)
def test_facts_are_those_of_what_is_made(name: str) -> None:
    records = made(name)
    assert examine(TaskSource(name, SMALL[name])) == records.facts
    assert len(records.names) == len(records.facts.lengths) == SMALL[name].get("sequences", 1)
    assert len(set(records.names)) == len(records.names)
    for column in (*records.inputs, *records.targets):
        assert len(column) == sum(records.facts.lengths)


@pytest.mark.parametrize("name", TASKS)
def test_the_same_options_make_the_same_and_another_seed_does_not(name: str) -> None:
    assert made(name) == made(name)
    assert made(name).inputs != made(name, seed=1).inputs


@pytest.mark.parametrize("name", [name for name in TASKS if name != "sine"])
def test_fewer_sequences_are_the_first_of_more(name: str) -> None:
    few, many = made(name, sequences=50), made(name)
    steps = len(few.inputs[0])
    assert few.inputs == tuple(column[:steps] for column in many.inputs)
    assert few.targets == tuple(column[:steps] for column in many.targets)


def is_reber(string: str) -> bool:
    """The grammar as sets of pairs of neighbours that do not need a state, and of those that do.

    From B: T then S* X, or P then T* V. After the first X (from T) one is in the lower loop or at the end.
    """
    if not (string.startswith("B") and string.endswith("E")):
        return False
    rest = string[1:-1]
    if rest.startswith("T"):
        rest = rest[1:].lstrip("S")
        if rest == "XS":
            return True
        if not rest.startswith("XX"):
            return False
        rest = rest[2:]
    elif rest.startswith("P"):
        rest = rest[1:]
    else:
        return False
    while True:  # T* V, then V out, or P and then S out or X back
        rest = rest.lstrip("T")
        if rest == "VV" or rest == "VPS":
            return True
        if not rest.startswith("VPX"):
            return False
        rest = rest[3:]


@pytest.mark.parametrize("string", ["BTXSE", "BPVVE", "BTSSXSE", "BTXXTTVVE", "BPTVPXVPSE", "BPVPXTVVE"])
def test_known_reber_strings(string: str) -> None:
    assert is_reber(string)


@pytest.mark.parametrize("string", ["BTE", "BTSE", "BPVE", "BTXXSE", "BPTXSE", "BPVPVVE", "TXSE", "BTXS"])
def test_known_others(string: str) -> None:
    assert not is_reber(string)


def test_reber_strings_are_different_and_obey_the_grammar() -> None:
    records = made("reber")
    strings = [
        "".join([*shown, asked[-1]]) for shown, asked in zip(inputs_of(records), targets_of(records), strict=True)
    ]
    assert len(set(strings)) == 300
    for string in strings:
        assert string[0] == "B"
        assert string[1] == string[-2]
        assert string[1] in "TP"
        assert string[-1] == "E"
        assert is_reber(string[2:-2])
    assert 0.4 < sum(string[1] == "T" for string in strings) / 300 < 0.6


def strings_of(records: Records) -> list[str]:
    return ["".join([s, *asked]) for (s, *_), asked in zip(inputs_of(records), targets_of(records), strict=True)]


def test_reber_strings_repeat_within_their_part_alone() -> None:
    parts = [strings_of(made("reber", part=100))[start : start + 100] for start in (0, 100, 200)]
    for i, part in enumerate(parts):
        assert 30 < len(set(part)) < 100
        for other in parts[:i]:
            assert not set(part) & set(other)


def test_reber_strings_of_a_part_are_drawn_as_they_come() -> None:
    """Of the first part no string is passed over: it takes each of its ways half the time, repeats and all."""
    drawn = strings_of(made("reber", sequences=2000, part=2000))
    assert abs(drawn.count("BTBTXSETE") / 2000 - 1 / 16) < 0.02
    assert abs(drawn.count("BPBPVVEPE") / 2000 - 1 / 16) < 0.02
    assert list(dict.fromkeys(drawn)) == strings_of(made("reber", sequences=len(set(drawn)), part=1))


def test_reber_asks_for_the_next_symbol() -> None:
    records = made("reber")
    for shown, asked in zip(inputs_of(records), targets_of(records), strict=True):
        assert shown[1:] == asked[:-1]
    assert records.facts.input.symbols == tuple("BTPSXVE")


def test_reber_takes_each_way_half_the_time() -> None:
    """Of all strings, not only different ones: the inner string starts with T as often as with P."""
    strings = ["".join(string) for string in inputs_of(made("reber", sequences=2000))]
    assert 0.4 < sum(string[3] == "T" for string in strings) / 2000 < 0.6


def test_what_may_come_next_in_a_reber_string() -> None:
    assert legal_next("BTBP") == ("TP", "B", "TP", "TV")
    assert legal_next("BPBTSXXVPSEPE") == ("TP", "B", "TP", "SX", "SX", "XS", "TV", "PV", "XS", "E", "P", "E", "")
    assert legal_next("BTBTXSETE")[-3:] == ("T", "E", "")
    assert legal_next("") == ()


def test_what_may_come_next_is_what_does_in_all_short_strings() -> None:
    """Of all inner strings of up to 7 symbols, found without a table of states: from 4 on an end is 3 away at most."""
    inner = [
        "".join(body) for n in range(2, 8) for body in product("TSXPV", repeat=n) if is_reber(f"B{''.join(body)}E")
    ]
    assert len(inner) == 27  # 2, 3, 4, 7 and 11 of 3 to 7 symbols
    following: dict[str, set[str]] = {}
    for outer, body in product("TP", inner):
        string = f"B{outer}B{body}E{outer}E"
        for end in range(1, len(string)):
            following.setdefault(string[:end], set()).add(string[end])
    short = [begun for begun in following if len(begun) <= 7]
    assert len(short) > 20
    for begun in short:
        assert set(legal_next(begun)[-1]) == following[begun], begun


def test_every_reber_string_goes_on_as_it_may() -> None:
    records = made("reber", sequences=2000)
    taken = Counter[str]()
    for shown, asked in zip(inputs_of(records), targets_of(records), strict=True):
        ways = legal_next("".join(shown))
        assert len(ways) == len(asked)
        assert all(symbol in way for symbol, way in zip(asked, ways, strict=True))
        taken.update(way for way in ways if len(way) == 2)
    assert set(taken) == {"TP", "SX", "TV", "XS", "PV"}


@pytest.mark.parametrize(
    ("string", "begun"), [("TB", "T"), ("BTBTXSEPE", "BTBTXSEP"), ("BTBVVE", "BTBV"), ("BTBTXSETEB", "BTBTXSETEB")]
)
def test_what_no_reber_string_begins_with(string: str, begun: str) -> None:
    with pytest.raises(ValueError, match=f"^no embedded Reber string begins with '{begun}'$"):
        legal_next(string)


def test_adding() -> None:
    records = made("adding")
    values, markers = (split(records, list(column)) for column in records.inputs)
    sums = split(records, list(records.targets[0]))
    assert set(records.facts.lengths) == set(range(40, 45))
    assert records.facts.each == "sequence"
    firsts, seconds, lost = Counter[int](), Counter[int](), 0
    for value, marker, asked in zip(values, markers, sums, strict=True):
        assert all(-1 <= x <= 1 for x in value)
        assert marker[0] == marker[-1] == -1
        assert set(marker[1:-1]) == {0.0, 1.0}
        marked = [t for t, m in enumerate(marker) if m == 1]
        if value[0] == 0:
            lost += 1
            assert len(marked) == 1
        else:
            assert len(marked) == 2
            assert marked[0] < 10
        assert max(marked) < 40 // 2
        firsts[min(marked)] += 1
        seconds[max(marked)] += 1
        total = sum(x for x, m in zip(value, marker, strict=True) if m == 1)
        assert asked == [0.5 + total / 4] * len(value)
        assert 0 <= asked[0] <= 1
    assert 0 < lost < 100
    assert set(range(10, 20)) <= set(seconds)
    assert set(range(1, 10)) <= set(firsts)


def test_temporal_order() -> None:
    records = made("temporal_order")
    assert set(records.facts.lengths) == set(range(40, 45))
    assert records.facts.input.width == 8
    rule = {"XX": "Q", "XY": "R", "YX": "S", "YY": "U"}
    firsts, seconds, orders, letters = set(), set(), Counter[str](), Counter[str]()
    for shown, asked in zip(inputs_of(records), targets_of(records), strict=True):
        assert (shown[0], shown[-1]) == ("E", "B")
        first, second = (t for t, symbol in enumerate(shown) if symbol in "XY")
        firsts.add(first)
        seconds.add(second)
        order = shown[first] + shown[second]
        orders[order] += 1
        assert asked == [rule[order]] * len(shown)
        letters.update(shown[1:first] + shown[first + 1 : second] + shown[second + 1 : -1])
    assert firsts == set(range(4, 9))
    assert seconds == set(range(20, 25))
    assert all(60 < orders[order] < 140 for order in rule)
    assert set(letters) == set("abcd")
    assert all(abs(count / letters.total() - 0.25) < 0.02 for count in letters.values())


def test_copy() -> None:
    records = made("copy")
    assert set(records.facts.lengths) == {6 + 2 * 4}
    assert (records.facts.each, records.facts.target.width) == ("step", 9)
    used = Counter[str]()
    for shown, asked in zip(inputs_of(records), targets_of(records), strict=True):
        assert shown[4:] == ["blank"] * 5 + ["delimiter"] + ["blank"] * 4
        assert asked == ["blank"] * 10 + shown[:4]
        used.update(shown[:4])
    assert set(used) == set("01234567")
    assert all(60 < count < 140 for count in used.values())


def test_copy_as_published() -> None:
    """T blanks and 10 symbols: T + 20 steps, of which the last 10 cost who guesses ln 8 each."""
    records = made("copy", blanks=100, symbols=10, sequences=1)
    answers = [answer for answer in targets_of(records)[0] if answer != "blank"]
    assert len(answers) * math.log(8) / records.facts.lengths[0] == 10 * math.log(8) / (100 + 20)


def test_sine() -> None:
    records = made("sine", noise=0.0)
    (values,) = records.inputs
    assert records.targets == records.inputs
    assert values[:9] == pytest.approx(
        [0, math.sqrt(0.5), 1, math.sqrt(0.5), 0, -math.sqrt(0.5), -1, -math.sqrt(0.5), 0], abs=1e-12
    )
    assert (records.facts.one_series, records.facts.ahead, records.facts.lengths) == (True, 1, (500,))


def test_the_noise_of_sine() -> None:
    noise = [a - b for a, b in zip(made("sine").inputs[0], made("sine", noise=0.0).inputs[0], strict=True)]
    assert abs(sum(noise) / 500) < 0.06
    assert math.sqrt(sum(x * x for x in noise) / 500) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("name", TASKS)
def test_every_option_has_a_default_within_its_range_and_words(name: str) -> None:
    task = TASKS[name]
    assert task.name == name
    assert task.summary
    assert task.source
    assert task.options[-1].name == "seed"
    for option in task.options:
        assert option.least <= option.default <= option.most
        assert option.summary
    filled, problems = fill_options(task, {}, ("data", "task", name))
    assert problems == ()
    assert filled == {option.name: option.default for option in task.options}
    assert set(SMALL[name]) == set(filled)


@pytest.mark.parametrize("name", TASKS)
def test_the_least_of_every_option_still_makes_something(name: str) -> None:
    records = gather(TaskSource(name, {option.name: option.least for option in TASKS[name].options}))
    assert min(records.facts.lengths) > 1


def test_options_given() -> None:
    filled, problems = fill_options(TASKS["sine"], {"period": 12, "noise": 0.1}, ("data", "task", "sine"))
    assert problems == ()
    assert filled == {"steps": 1000, "period": 12.0, "noise": 0.1, "seed": 0}
    assert isinstance(filled["period"], float)


def test_options_that_are_wrong() -> None:
    given = {"lenght": 50, "blanks": 5, "sequences": 2.0, "seed": True, "length": 11}
    _, problems = fill_options(TASKS["adding"], given, ("data", "task", "adding"))
    at = ("data", "task", "adding")
    assert problems == (
        Problem(
            (*at, "lenght"),
            "task adding has no option 'lenght'",
            "did you mean 'length'? options: length, sequences, seed",
            on="key",
        ),
        Problem((*at, "blanks"), "task adding has no option 'blanks'", "options: length, sequences, seed", on="key"),
        Problem(
            (*at, "sequences"),
            "sequences must be a whole number, not 2.0",
            "write 2",
        ),
        Problem((*at, "seed"), "seed must be a whole number, not true", "which of all possible data sets to make"),
        Problem(
            (*at, "length"),
            "length must lie from 12 to 100,000, not 11",
            "the least length; the longest is a tenth more",
        ),
    )


@pytest.mark.parametrize(
    ("value", "called"),
    [("3", "the text '3'"), (None, "nothing"), (float("nan"), "nan"), ([1.0], "a list"), ({}, "a mapping"), (1j, "1j")],
)
def test_what_is_no_number(value: object, called: str) -> None:
    _, problems = fill_options(TASKS["sine"], {"period": value}, ())
    assert [problem.message for problem in problems] == [f"period must be a number, not {called}"]
