import os
from pathlib import Path

import pytest

from cluster.embedded.trouble import Trouble
from manta.runtime import LONGEST_SOCKET, SOCKET_PATH_LIMIT_BYTES, Runtime, choose, fits


def test_it_lies_in_the_temporary_folder_under_the_name_of_the_instance(tmp_path: Path):
    assert choose("", "0123abcd", "/var/tmp").folder == Path("/var/tmp/m-0123abcd")
    assert choose("", "0123abcd", None).folder == Path("/tmp/m-0123abcd")
    assert choose("/run/user/7", "0123abcd", "/var/tmp").folder == Path("/run/user/7/m-0123abcd")


def test_a_temporary_folder_too_long_for_sockets_gives_way_to_tmp(folder: Path):
    long = folder / ("x" * 60)
    long.mkdir()
    assert choose("", "0123abcd", str(long)).folder == Path("/tmp/m-0123abcd")


def test_a_wanted_folder_too_long_for_sockets_is_refused_with_the_longest_that_does():
    with pytest.raises(Trouble) as raised:
        choose("/" + "x" * 60, "0123abcd", None)
    assert raised.value.code == "path_too_long"
    allowed = int(raised.value.text.split("at most ")[1].split(" ")[0])
    assert choose("/" + "x" * (allowed - 1), "0123abcd", None)
    with pytest.raises(Trouble):
        choose("/" + "x" * allowed, "0123abcd", None)


def test_what_fits_leaves_room_for_the_longest_socket():
    room = SOCKET_PATH_LIMIT_BYTES - len(LONGEST_SOCKET)
    assert fits(Path("/" + "x" * (room - 1)))
    assert not fits(Path("/" + "x" * room))


def test_it_is_private_and_empty_when_made(folder: Path):
    runtime = Runtime(folder / "m-1")
    runtime.make()
    (runtime.ray / "session").mkdir(parents=True)
    (runtime.folder / "session_latest").symlink_to(runtime.ray)
    runtime.valkey_socket.touch()
    runtime.make()
    assert list(runtime.folder.iterdir()) == []
    assert runtime.folder.stat().st_mode & 0o077 == 0
    runtime.remove()
    assert not runtime.folder.exists()


def test_a_link_to_elsewhere_is_refused_and_what_it_shows_is_left_alone(folder: Path):
    (folder / "else").mkdir()
    (folder / "else" / "file").touch()
    (folder / "m-1").symlink_to(folder / "else")
    with pytest.raises(Trouble) as raised:
        Runtime(folder / "m-1").make()
    assert raised.value.code == "runtime_unusable"
    assert (folder / "else" / "file").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(folder: Path):
    (folder / "m-1").mkdir()
    os.chown(folder / "m-1", 12345, 12345)
    with pytest.raises(Trouble) as raised:
        Runtime(folder / "m-1").make()
    assert "somebody else" in raised.value.text
