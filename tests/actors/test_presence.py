from actors.presence import Presence, count_with, is_present, lapsed, newest, refresh

LASTS_MS = 100


def test_who_is_silent_for_too_long_lapses():
    users: Presence = {"ann": 0, "bob": 50}
    assert lapsed(users, 99, LASTS_MS) == []
    assert lapsed(users, 100, LASTS_MS) == ["ann"]
    assert [is_present(users, user, 100, LASTS_MS) for user in ("ann", "bob", "cid")] == [False, True, False]


def test_a_user_counts_once_however_often_they_say_so():
    users: Presence = {"ann": 0, "bob": 50}
    assert count_with(users, "cid", 60, LASTS_MS) == 3
    assert count_with(users, "bob", 60, LASTS_MS) == 2
    assert count_with(users, "ann", 100, LASTS_MS) == 2


def test_who_says_so_again_stands_last_and_the_lapsed_go():
    users: Presence = {"ann": 0, "bob": 50, "cid": 60}
    refresh(users, "bob", 110, LASTS_MS)
    assert list(users.items()) == [("cid", 60), ("bob", 110)]


def test_the_newest_come_first_without_the_one_who_asks():
    assert newest({"ann": 0, "bob": 50, "cid": 60}, "cid", 1) == ["bob"]
