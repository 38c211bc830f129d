"""A backup file is whole or refused: with one line, a code, and nothing done."""

from pathlib import Path

import pytest

from cluster.backup.file import BackupFile, BackupWriter
from cluster.backup.frames import FORMAT, HEAD, Cut, Entries, Header, Proof, Readers, Snapshots, Tables
from cluster.embedded.trouble import Trouble

HEADER = Header(FORMAT, "instance", "0", 1_700_000_000_000, "0.1", "nouns")
PROOFS = [Proof(7, 3, 1, 0, b"d" * 16)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A small file with a frame of each kind."""
    writer = BackupWriter(tmp_path / "b")
    writer.write(HEADER)
    writer.write(Readers({"search": {7: 1}}))
    writer.write(Tables(7, 2, 1, {3: 4}))
    writer.write(Snapshots(7, [("jar:1", b"blob"), ("jar:2", b"blob")]))
    writer.write(Cut({7: 3}))
    writer.write(Entries(7, 2, [b"two", b"three"]))
    writer.finish(PROOFS)
    return tmp_path / "b"


def complaint(path: Path) -> Trouble:
    with pytest.raises(Trouble) as trouble:
        BackupFile.open(path)
    assert "\n" not in trouble.value.text
    return trouble.value


def test_what_was_written_is_read(path: Path):
    file = BackupFile.open(path)
    assert file.contents.header == HEADER
    assert file.contents.readers == {"search": {7: 1}}
    assert file.contents.heads == {7: 3}
    assert file.contents.starts == {7: 2}
    assert file.tables(7).marks == {3: 4}
    assert [page.blobs for page in file.snapshots(7)] == [[("jar:1", b"blob"), ("jar:2", b"blob")]]
    assert [stretch.entries for stretch in file.entries(7)] == [[b"two", b"three"]]
    assert file.contents.trailer is not None
    assert file.contents.trailer.proofs == PROOFS
    file.close()


def test_a_file_is_for_its_owner_alone(path: Path):
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_cut_off_anywhere_is_refused(path: Path):
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert complaint(path).code == "backup_unreadable"


def test_a_file_with_any_byte_changed_is_refused(path: Path):
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :])
        assert complaint(path).code == "backup_unreadable"


def test_frames_that_were_left_out_or_exchanged_are_missed(path: Path):
    whole = path.read_bytes()
    places, at = [], len(b"manta backup\n")
    while at < len(whole):
        length = HEAD.size + HEAD.unpack(whole[at : at + HEAD.size])[0]
        places.append((at, at + length))
        at += length
    for first, last in places[:-1]:
        path.write_bytes(whole[:first] + whole[last:])
        assert complaint(path).code == "backup_unreadable"
    (a, b), (_, d) = places[2], places[3]
    path.write_bytes(whole[:a] + whole[b:d] + whole[a:b] + whole[d:])
    assert complaint(path).code == "backup_unreadable"


def test_what_follows_the_end_is_refused(path: Path):
    path.write_bytes(path.read_bytes() + b"x")
    assert "something follows its end" in complaint(path).text


def test_what_is_no_backup_is_called_so(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"PK\x03\x04" * 100)
    assert "it is no backup of Manta" in complaint(tmp_path / "x").text
    assert "no such file" in complaint(tmp_path / "absent").text
    assert "is a directory" in complaint(tmp_path).text


def test_a_file_of_a_newer_format_names_the_version_that_reads_it(tmp_path: Path):
    writer = BackupWriter(tmp_path / "b")
    writer.write(Header(FORMAT + 1, "instance", "0", 0, "9.9", ""))
    writer.finish([])
    found = complaint(tmp_path / "b")
    assert found.code == "backup_newer"
    assert "9.9" in found.text


def test_a_frame_damaged_between_two_looks_is_noticed(path: Path):
    file = BackupFile.open(path)
    path.write_bytes(path.read_bytes().replace(b"three", b"threx"))
    with pytest.raises(Trouble) as trouble:
        list(file.entries(7))
    assert trouble.value.code == "backup_unreadable"
    file.close()
