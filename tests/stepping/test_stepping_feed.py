from rnnctl.stepping.feed import Feed, Row
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session


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
