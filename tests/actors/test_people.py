from hypothesis import given
from hypothesis import strategies as st

from actors.people import People

ids = st.text("abcXYZ019_.-", min_size=1, max_size=6)


@given(st.lists(st.tuples(st.booleans(), ids)), ids, st.integers(1, 5))
def test_people_are_a_sorted_set(steps: list[tuple[bool, str]], wanted: str, limit: int):
    people, model = People(), set[str]()
    for add, user in steps:
        people = people.plus(user) if add else people.minus(user)
        (model.add if add else model.discard)(user)
    assert people == People.of(model)
    assert (len(people), wanted in people) == (len(model), wanted in model)
    assert people.after(wanted, limit) == sorted(user for user in model if user > wanted)[:limit]
    assert people.after("", len(model) + 1) == sorted(model)


@given(st.sets(ids), st.lists(ids, max_size=4), ids, st.integers(1, 5))
def test_people_are_cut_and_joined_as_their_order_says(model: set[str], more: list[str], at: str, limit: int):
    people = People.of(model)
    assert [*people] == sorted(model)
    assert people.before(at) == People.of(user for user in model if user < at)
    assert people.since(at) == People.of(user for user in model if user >= at)
    assert people.last(limit) == sorted(model)[-limit:]
    assert people.merged(more) == People.of({*model, *more})


def test_who_has_nobody_shares_one_value():
    assert People().minus("ann") == People()
    assert "ann" not in People()
    assert "" not in People.of(["ann"])


def test_the_longest_ids_fill_a_page():
    people = People.of(f"{n:064d}" for n in range(30))
    assert people.after("", 20) == [f"{n:064d}" for n in range(20)]


def test_fifty_people_are_small():
    assert len(People.of(f"user-{n:04d}" for n in range(50)).packed) == 501
