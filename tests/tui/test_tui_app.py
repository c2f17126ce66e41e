import pytest
from screens import driven, enter, forecast, press, reverse, screen, settled, shown, sized, symbols

from rnnctl.report.strip import colour
from rnnctl.stepping.console import COMMANDS, find_command
from rnnctl.tui.command_line import CommandLine
from rnnctl.tui.keys import KEYS
from rnnctl.tui.pages import Page
from rnnctl.tui.widgets import Lane, Maps


def told(app) -> str:
    return app.query_one("#told").render().plain


def test_keys_walk_as_commands_do(tmp_path):
    console = forecast(tmp_path)

    async def drive(app, pilot):
        await press(app, pilot, "n", "n", "space", "N")
        steps = len(console.feed.rows)
        assert console.session.t == steps == 9
        await press(app, pilot, "b")
        assert (console.session.t, console.session.ahead) == (steps - 1, 1)
        assert "1 to redo" in screen(app)[0]
        await press(app, pilot, "r")
        assert (console.session.t, console.session.ahead) == (steps, 0)
        await press(app, pilot, "R")
        assert console.session.t == 0
        assert console.session.now.did == "reset"
        await press(app, pilot, "b")
        assert console.session.t == steps

    driven(console, drive)
    assert console.script[:2] == ["feed test 0", "next"]


def test_keys_held_down_are_all_done_in_their_order(tmp_path):
    console = forecast(tmp_path, steps=9)

    async def drive(app, pilot):
        await pilot.press("b", "b", "b", "r", "b")
        await settled(app, pilot)

    driven(console, drive)
    assert console.script == ["back", "back", "back", "redo", "back"]
    assert console.session.t == 6


def test_a_command_is_typed_after_a_colon_and_told(tmp_path):
    console = forecast(tmp_path)

    async def drive(app, pilot):
        await enter(app, pilot, "step 12,0.5")
        assert console.session.t == 1
        assert " t 1  temperature 12, wind 0.5" in screen(app)[1]
        assert isinstance(app.focused, CommandLine)
        await press(app, pilot, *"13,1", "enter")
        assert console.session.t == 2
        await press(app, pilot, "up")
        assert app.focused.value == "13,1"
        await press(app, pilot, "up", "enter")
        assert console.session.last.given == {"temperature": 12.0, "wind": 0.5}
        await press(app, pilot, "escape")
        assert isinstance(app.focused, Maps)
        await press(app, pilot, "b")
        assert told(app).endswith("undone: t 2")

    driven(console, drive)


def test_a_letter_that_is_no_key_begins_a_command(tmp_path):
    console = symbols(tmp_path, "BTB")

    async def drive(app, pilot):
        await press(app, pilot, "s", "t", "e", "p", "space", "T", "enter")
        assert console.session.last.given == {"symbol": "T"}
        await press(app, pilot, "enter")
        assert isinstance(app.focused, Maps)

    driven(console, drive)


def test_an_error_is_shown_above_the_line_and_changes_nothing(tmp_path):
    console = forecast(tmp_path, steps=3)
    before = console.session.now

    async def drive(app, pilot):
        await enter(app, pilot, "set h[0][77] 1")
        assert told(app) == "error: h[0][77]: there are units 0 to 4"
        assert app.query_one("#told").has_class("-error")
        assert console.session.now is before
        await enter(app, pilot, "step x")
        assert told(app) == "error: 'x' is not a number"
        await enter(app, pilot, "stepp 1")
        assert told(app).splitlines()[0] == "error: there is no command 'stepp'"
        await enter(app, pilot, "1,2")
        assert console.session.t == 4
        assert not app.query_one("#told").has_class("-error")

    driven(console, drive)


def test_layers_parts_and_gates_are_switched(tmp_path):
    console = forecast(tmp_path, steps=6)

    async def drive(app, pilot):
        def marked():
            return reverse(app, 3)

        assert marked() == " 1 h "
        await press(app, pilot, "2")
        assert marked() == " 2 c "
        await press(app, pilot, "3")
        assert marked() == " 2 c "
        await press(app, pilot, "g")
        assert marked() == " i "
        assert "mean" in screen(app)[3]
        assert f"i[0] {console.session.inside()[0]['i'][0]:+.3g} (" in screen(app)[1]
        await press(app, pilot, "g", "g", "g")
        assert marked() == " o "
        await press(app, pilot, "g")
        assert marked() == " 1 h "
        await press(app, pilot, "tab")
        assert screen(app)[3].startswith(" 2 clockwork_rnn 2/2")
        await press(app, pilot, "shift+tab")
        assert screen(app)[3].startswith(" 0 lstm 1/2")

    driven(console, drive)


def test_a_unit_is_followed_and_a_moment_looked_at(tmp_path):
    console = forecast(tmp_path, steps=6)
    moments = console.session.trail

    async def drive(app, pilot):
        await press(app, pilot, "down", "down", "left", "left")
        value = float(moments[4].carry[0][0][2])
        assert f"h[0][2] {value:+.3g}" in screen(app)[1]
        assert screen(app)[1].startswith(" t 4  temperature 13, wind 1.5")
        assert app.view.unit == 2
        await press(app, pilot, "home")
        assert screen(app)[1].startswith(" t 0  the start: press n for a step")
        await press(app, pilot, "pagedown")
        assert app.view.unit == 4
        await press(app, pilot, "end")
        assert screen(app)[1].startswith(" t 6")
        await press(app, pilot, "left", "left", "left", "enter")
        assert console.session.t == 3

    driven(console, drive)


def test_a_click_chooses_unit_and_moment(tmp_path):
    console = forecast(tmp_path, steps=6)

    async def drive(app, pilot):
        lane = app.query_one("#main", Lane)
        tall = lane.frame.lines.tall
        await pilot.click("#main", offset=(7 + 2 * 3 + 1, 3 * tall))
        await settled(app, pilot)
        assert (app.view.unit, app.view.at) == (3, 3)
        await pilot.click("#main", offset=(7, lane.frame.lines.map + 1))
        await settled(app, pilot)
        assert (app.view.unit, app.view.at) == (3, 0)
        await pilot.click("#main", offset=(70, 0))
        await pilot.click("#main", offset=(2, 0))
        await settled(app, pilot)
        assert (app.view.unit, app.view.at) == (3, 0)

    driven(console, drive)


def test_a_click_on_a_name_shows_it(tmp_path):
    console = forecast(tmp_path, steps=6)

    async def drive(app, pilot):
        line = screen(app)[3]
        for name in ("c", "f", "h"):
            await pilot.click("#subjects", offset=(line.index(f" {name} ") + 1, 0))
            await settled(app, pilot)
            assert app.view.shown.name == name
        await pilot.click("#subjects", offset=(2, 0))
        await pilot.click("#subjects", offset=(79, 0))
        await settled(app, pilot)
        assert app.view.shown.name == "h"

    driven(console, drive)


def test_branches_are_forked_switched_and_seen_beside(tmp_path):
    console = symbols(tmp_path, "BTBTX")

    async def drive(app, pilot):
        await press(app, pilot, "v")
        assert told(app) == "there is one branch, and f forks another"
        await press(app, pilot, "f")
        assert console.session.branch == "fork-1"
        await enter(app, pilot, "flip h")
        await enter(app, pilot, "text XXV")
        await press(app, pilot, "escape", "v")
        assert app.view.beside == "beside"
        assert app.query_one("#other").display
        other = console.session.branches["trunk"]
        frame = app.query_one("#other", Lane).frame
        assert list(frame.columns) == [0, 1, 2, 3, 4, 5, -1, -1, -1, -1]
        assert frame.moments[5] is other.moments[5]
        await press(app, pilot, "v")
        assert app.view.beside == "difference"
        assert "fork-1 minus trunk  t 8" in "\n".join(screen(app))
        await press(app, pilot, "w")
        assert console.session.branch == "trunk"
        assert app.view.beside == "off"
        await press(app, pilot, "f")
        assert list(console.session.branches) == ["trunk", "fork-1", "fork-2"]

    driven(console, drive)


def test_the_model_runs_by_itself(tmp_path):
    console = symbols(tmp_path, "BTB")

    async def drive(app, pilot):
        await press(app, pilot, "F")
        assert console.session.t == 13

    driven(console, drive)


def test_help_is_a_page_with_all_keys_and_commands(tmp_path):
    async def drive(app, pilot):
        await press(app, pilot, "question_mark")
        assert isinstance(app.screen, Page)
        text = "\n".join(screen(app))
        await press(app, pilot, "escape")
        assert not isinstance(app.screen, Page)
        for key in KEYS:
            assert key.shown.isdigit() or key.shown in text
        for name in COMMANDS:
            assert name in text

    driven(forecast(tmp_path), drive, size=(120, 120))


def test_a_long_answer_has_the_screen_for_itself(tmp_path):
    async def drive(app, pilot):
        await enter(app, pilot, "help")
        assert isinstance(app.screen, Page)
        await press(app, pilot, "q")
        assert not isinstance(app.screen, Page)
        assert app.is_running

    driven(forecast(tmp_path), drive)


@pytest.mark.parametrize("size", [(160, 50), (40, 12), (20, 6), (1, 1)])
def test_another_size_of_the_terminal_is_drawn_anew(tmp_path, size):
    async def drive(app, pilot):
        await pilot.resize_terminal(*size)
        await settled(app, pilot)
        assert len(screen(app)) == size[1]
        await pilot.resize_terminal(80, 24)
        await settled(app, pilot)
        assert before == screen(app)

    before = shown(forecast(tmp_path / "a", steps=60) if (tmp_path / "a").mkdir() is None else None)
    driven(forecast(tmp_path, steps=60), drive)


def test_tab_completes_and_tells_what_is_open(tmp_path):
    async def drive(app, pilot):
        await press(app, pilot, "colon", *"cla", "tab")
        assert app.focused.value == "clamp "
        await press(app, pilot, *"h[0", "tab")
        assert app.focused.value == "clamp h[0] "
        await press(app, pilot, "ctrl+c")
        assert app.focused.value == ""
        await press(app, pilot, "b", "tab")
        assert told(app).split() == [name for name in COMMANDS if name.startswith("b")]
        await press(app, pilot, "ctrl+c", "ctrl+c")
        assert isinstance(app.focused, Maps)
        await press(app, pilot, "ctrl+c")
        assert told(app) == "q ends; the session is saved"

    driven(forecast(tmp_path), drive)


def test_a_line_that_runs_is_stopped_whole(tmp_path):
    console = symbols(tmp_path, "BTB")
    before = console.session.now

    async def drive(app, pilot):
        await press(app, pilot, "colon")
        app.query_one(CommandLine).value = "free 100000"
        await pilot.press("enter")
        for _ in range(100):
            if not app.lines.busy:
                await pilot.pause()
        assert app.lines.busy
        await pilot.press("ctrl+c")
        await settled(app, pilot)
        assert told(app) == "stopped: the session is as it was before the line"
        assert console.session.now is before
        await enter(app, pilot, "step T")
        assert console.session.t == 4

    driven(console, drive)


def test_quitting_by_key_by_command_and_in_the_midst_of_a_line(tmp_path):
    async def by_key(app, pilot):
        await pilot.press("q")

    async def by_command(app, pilot):
        await press(app, pilot, "colon", *"quit")
        await pilot.press("enter")

    async def midst(app, pilot):
        app.run_lines("free 100000")
        await pilot.press("q")

    console = symbols(tmp_path, "BTB")
    for drive in (by_key, by_command, midst):
        assert driven(console, drive).return_code == 0
    assert console.session.t == 3


def test_a_model_without_a_state_shows_what_its_equations_name(tmp_path):
    lines = shown(sized(tmp_path, "[{dense: 1}]", steps=2), "n")
    assert lines[1].startswith(" t 3  temperature")
    assert lines[3].startswith(" 0 dense  g  y ")


def test_what_is_watched_stands_beside_the_output(tmp_path):
    console = forecast(tmp_path, steps=3)
    console.run("watch norm(c)")
    norm = float((console.session.carry[0][1] ** 2).sum() ** 0.5)
    assert shown(console)[2].endswith(f"norm(c) {norm:.3g}")


def test_cells_have_the_colours_of_their_values(tmp_path):
    console = forecast(tmp_path, steps=6)

    async def drive(app, pilot):
        lane = app.query_one("#main", Lane)
        limit = app.query_one(Maps).limit
        for unit in range(5):
            cells = list(lane.drawn[unit * lane.frame.lines.tall][3:])
            for moment, cell in zip(console.session.trail, cells, strict=True):
                value = float(moment.carry[0][0][unit]) / limit
                red, green, blue = colour(round(value * 32) / 32)
                assert tuple(cell.style.bgcolor.triplet) == (red, green, blue)
        assert app.theme != "ansi-dark"

    driven(console, drive, paint="truecolor")


def test_every_key_that_runs_a_command_names_one():
    lines = [key.action.split("'")[1] for key in KEYS if key.action.startswith("line(")]
    assert {find_command(line.split()[0]).name for line in lines} == {"back", "redo", "reset", "free"}
    assert {"next", "fork", "switch", "feed"} <= set(COMMANDS)
