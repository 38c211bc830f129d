from actors.segments import NOWHERE, Segment, Segments

THREE = Segments([Segment("", 1, 4, 10), Segment("g", 2, 0, 20), Segment("p", 3, 7, 30)], 60, 3)


def test_a_range_begins_with_its_id_and_ends_before_the_next():
    assert [THREE.of(user).number for user in ("a", "g", "oz", "p", "z")] == [1, 2, 2, 3, 3]  # type: ignore[union-attr]
    assert NOWHERE.of("a") is None
    assert Segments([Segment("g", 1)]).of("a") is None


def test_reading_goes_on_from_where_someone_stands():
    assert [one.number for one in THREE.from_here("h", 2)[0]] == [2, 3]
    assert THREE.from_here("", 2)[1]
    assert not THREE.from_here("h", 2)[1]


def test_a_split_makes_a_number_that_never_was():
    split = THREE.split(2, "k", 4)
    assert [(one.start, one.number, one.count) for one in split.all][1:3] == [("g", 2, 10), ("k", 4, 10)]
    assert (split.all[1].words, split.all[1].parted, split.made, split.count) == (1, 1, 4, 60)
    assert THREE.split(9, "k", 4) == THREE
    assert split.without(4).split(2, "k", split.made + 1).all[2].number == 5


def test_the_one_before_stands_for_a_range_that_is_empty():
    assert THREE.without(2).of("h").number == 1  # type: ignore[union-attr]
    assert THREE.without(1).of("a").number == 2  # type: ignore[union-attr]
    assert Segments([Segment("g", 1), Segment("p", 2)]).without(1).of("h") is None


def test_words_and_counts_are_kept_for_each():
    told = THREE.told([3, 1])
    assert [one.words for one in told.all] == [5, 0, 8]
    counted = told.counted(2, -1, 19)
    assert ([one.count for one in counted.all], counted.count) == ([10, 19, 30], 59)
    assert THREE.counted(9, 1, 1).count == 61
    assert THREE.forgotten([1, 3]).count == 20


def test_those_who_stood_with_the_user_come_first():
    taken = NOWHERE.taken(1, "m", 5)
    assert (taken.first(6), taken.first(5)) == ((1, 1), (2, 0))
    more = taken.taken(1, "h", 2)
    assert more.all == [Segment("h", 1, 2, 7)]
    assert more.taken(2, "c", 3).all[0] == Segment("c", 2, 1, 3)
    assert more.opened().all[0].start == ""
    assert NOWHERE.opened() == NOWHERE
