"""What the load consists of."""

from collections import Counter
from random import Random

from bench.chaos.cast import AUTHORS, POST_COMMENTS, Cast
from bench.chaos.history import Call, Seen
from tests.bench.chaos.honest import played


def test_the_crowd_does_each_thing_once():
    deeds = Counter(
        (call.what, call.by, call.on, call.about if call.what == "follow" else "")
        for call in played().calls
        if call.is_write and call.by.startswith("user")
    )
    assert set(deeds.values()) == {1}
    assert {"like", "comment", "follow"} == {deed[0] for deed in deeds}


def test_a_post_gets_no_more_comments_than_it_holds():
    calls = played(writes=12_000).calls
    comments = Counter(call.on for call in calls if call.what == "comment" and call.is_write)
    assert max(comments.values()) == POST_COMMENTS


def test_one_hand_at_a_time_edits_a_bio_and_moves():
    ends: dict[tuple[str, str, str], float] = {}
    for call in played().calls:
        if call.is_write and (call.what == "edit" or call.by.startswith("mover")):
            thing = call.by, call.on, call.about if call.what != "edit" else ""
            assert call.invoked_s >= ends.get(thing, 0.0)
            assert call.answered_s is not None
            ends[thing] = call.answered_s
    assert len(ends) > len(AUTHORS)


def test_a_bio_counts_its_edits_also_after_a_refusal():
    cast = Cast(Random(1))
    for call in cast.opening():
        call.seen = Seen(bio=1)
        cast.answered(call)
    edits: list[Call] = []
    while len(edits) < 200:
        call = cast.write()
        if call.what == "edit" and call.is_write:
            edits.append(call)
            call.refused = "internal" if len(edits) % 2 else ""
            call.seen = None if call.refused else Seen()
            cast.answered(call)
        elif call.what == "create":
            call.seen = Seen()
            cast.answered(call)
    for author in AUTHORS:
        numbers = [int(call.about) for call in edits if call.by == author and call.seen is not None]
        assert numbers == list(range(2, len(numbers) + 2))
