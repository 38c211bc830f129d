import json
import os
from pathlib import Path

import msgspec
import pytest

from cluster.embedded.trouble import Trouble
from manta.place import FORMAT, SECRETS, Place


def refused(code: str, folder: Path | str) -> str:
    with pytest.raises(Trouble) as raised:
        Place(str(folder)).open()
    assert raised.value.code == code
    assert "--data" in raised.value.text
    return raised.value.text


def test_an_installation_keeps_its_id_and_its_secrets(folder: Path):
    place = Place(str(folder / "data"))
    first = place.open()
    token = (place.secrets / "ray_token").read_text()
    place.close()
    assert place.open() == first
    assert (place.secrets / "ray_token").read_text() == token
    assert len(first.id) == 8
    place.close()


def test_the_folder_and_its_secrets_are_for_the_owner_only(folder: Path):
    place = Place(str(folder / "data"))
    place.open()
    paths = [place.folder, place.secrets, *place.secrets.iterdir()]
    assert len(paths) == 2 + len(SECRETS)
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)
    place.close()


def test_a_folder_has_one_holder_at_a_time(folder: Path):
    place = Place(str(folder / "data"))
    assert not place.is_held()
    place.open()
    assert Place(str(folder / "data")).is_held()
    assert "manta down" in refused("data_in_use", folder / "data")
    place.close()
    assert not place.is_held()


def test_data_of_a_newer_version_is_left_alone(folder: Path):
    (folder / "data").mkdir()
    path = folder / "data" / "instance.json"
    path.write_text(json.dumps({"id": "0123abcd", "format": FORMAT + 1}))
    before = path.read_bytes()
    assert "newer" in refused("data_newer", folder / "data")
    assert path.read_bytes() == before
    assert set(os.listdir(folder / "data")) == {"instance.json", "lock"}


def test_data_of_a_newer_version_is_known_by_its_number_alone(folder: Path):
    (folder / "data").mkdir()
    newer = {"id": {"name": "0123abcd"}, "format": FORMAT + 1, "redis": ["a", "b"]}
    (folder / "data" / "instance.json").write_text(json.dumps(newer))
    assert f"format {FORMAT + 1}" in refused("data_newer", folder / "data")


def test_what_is_noted_of_an_installation_is_kept(folder: Path):
    place = Place(str(folder / "data"))
    noted = msgspec.structs.replace(place.open(), redis="own", s3="embedded")
    place.note(noted)
    place.close()
    assert place.open() == noted
    place.close()


def test_a_spoilt_identity_is_refused_and_left_alone(folder: Path):
    (folder / "data").mkdir()
    (folder / "data" / "instance.json").write_text("{")
    refused("data_unreadable", folder / "data")
    assert (folder / "data" / "instance.json").read_text() == "{"


def test_a_folder_with_other_things_in_it_is_no_place_to_start_in(folder: Path):
    (folder / "data").mkdir()
    (folder / "data" / "thesis.doc").write_text("years of work")
    assert "thesis.doc" in refused("data_unreadable", folder / "data")


def test_a_file_is_no_folder(folder: Path):
    (folder / "data").write_text("")
    refused("data_unusable", folder / "data")


def test_a_path_beyond_what_the_file_system_takes_is_refused(folder: Path):
    refused("data_unusable", folder / ("x" * 300))
    refused("path_too_long", "/".join([str(folder), *["x" * 200] * 20]))


def test_a_disk_that_is_all_but_full_is_refused(folder: Path):
    place = Place(str(folder / "data"))
    place.open()
    place.require_free_space(0)
    with pytest.raises(Trouble) as raised:
        place.require_free_space(10**9)
    assert raised.value.code == "data_full"
    assert "--data" in raised.value.text
    place.close()
