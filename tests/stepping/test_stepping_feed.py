import pytest

from rnnctl.errors import UsageError
from rnnctl.stepping.console import Console
from rnnctl.stepping.feed import Feed, Row
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session, save_session


def test_where_a_session_stands_in_a_feed_follows_from_its_moments(exact_run):
    session = Session(load_model(exact_run))
    feed, other = (
        Feed(name, [Row({"temperature": float(i), "wind": 1.0}, border="x" * (i == 2)) for i in range(5)])
        for name in ("one", "other")
    )
    assert feed.at(session) == 0
    rows = feed.ahead(session)
    for _ in range(3):
        row = next(rows)
        session.step(row.given, row.target, row.place)
    assert (feed.at(session), other.at(session)) == (3, 0)
    assert session.last.making.border == "x"
    session.step([7, 7])
    session.reset()
    assert feed.at(session) == 3
    session.back(4)
    assert feed.at(session) == 1
    assert [row.place.row for row in feed.ahead(session)] == [1, 2, 3, 4]


@pytest.fixture
def left(exact_run, tmp_path):
    """Feeds something, makes 3 steps and leaves; then gives two consoles: one that goes on, and one taken up."""

    def fed(feed):
        model = load_model(exact_run)
        console = Console(Session(model), exact_run)
        console.run(f"feed {feed}")
        console.run("next 3")
        save_session(exact_run, "s", console.session)
        return console, Console(load_session(exact_run, "s", model), exact_run)

    (tmp_path / "of my own.csv").write_text("temperature,wind\n" + "".join(f"{10 + i},1\n" for i in range(6)))
    return fed


@pytest.mark.parametrize("feed", ["rows 10:16", "test 0", "'{}/of my own.csv'"])
def test_a_session_that_is_taken_up_is_fed_on(left, feed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ours, theirs = left(feed.format("."))
    monkeypatch.chdir("/")
    assert ours.run("feed").text == theirs.run("feed").text
    one, other = ours.run("next 2"), theirs.run("next 2")
    assert [step.output.tobytes() for step in one.steps] == [step.output.tobytes() for step in other.steps]
    assert [step.making.border for step in one.steps] == [step.making.border for step in other.steps]
    assert [step.target for step in one.steps] == [step.target for step in other.steps]
    theirs.run("back 4")
    assert theirs.run("next").steps[0].given == ours.session.trail[2].made.given


def test_it_is_fed_on_once_more(left, exact_run):
    _, taken = left("rows 10:16")
    save_session(exact_run, "s", taken.session)
    again = Console(load_session(exact_run, "s", taken.session.model), exact_run)
    again.run("next")
    save_session(exact_run, "s", again.session)
    last = Console(load_session(exact_run, "s", taken.session.model), exact_run)
    assert last.run("feed").text == ("rows 10:16: 6 rows, 4 of them done",)
    last.run("feed rows 10:16")
    assert last.run("feed").text == ("rows 10:16: 6 rows",)


def test_a_border_is_kept(left, exact_run):
    console, _ = left("rows 0:9")
    console.run("back 2")
    save_session(exact_run, "s", console.session)
    again = load_session(exact_run, "s", console.session.model)
    assert console.session.last.making.border == again.last.making.border == "a sequence begins"


def test_a_file_that_has_gone(left, tmp_path):
    _, theirs = left(f"'{tmp_path / 'of my own.csv'}'")
    (tmp_path / "of my own.csv").unlink()
    assert theirs.run("feed").text == ("nothing is fed",)
    with pytest.raises(UsageError, match="nothing is fed"):
        theirs.run("next")


def test_a_script_of_a_session_that_is_fed_on(left, exact_run, tmp_path):
    _, theirs = left("test 0")
    theirs.run(f"record {tmp_path / 'r.txt'}")
    made = theirs.run("next 2").steps
    again = Console(Session(theirs.session.model), exact_run)
    steps = again.run(f"play {tmp_path / 'r.txt'}").steps
    assert [(s.t, s.output.tobytes(), s.target) for s in steps] == [(s.t, s.output.tobytes(), s.target) for s in made]


def test_what_is_fed_no_more_stays_so(left, exact_run):
    console, _ = left("rows 10:16")
    console.run("feed off")
    save_session(exact_run, "s", console.session)
    again = Console(load_session(exact_run, "s", console.session.model), exact_run)
    assert again.run("feed").text == ("nothing is fed",)
    again.run("feed test 0")  # of which no step is made
    save_session(exact_run, "s", again.session)
    later = Console(load_session(exact_run, "s", console.session.model), exact_run)
    assert later.run("feed").text == again.run("feed").text == ("test 0: 9 rows",)
