"""Names of objects as names of files: every name, on every file system, and back."""

from hypothesis import example, given
from hypothesis import strategies as some

from cluster.storage.file_names import LONGEST, decoded, encoded

NAMES = some.text(alphabet=some.characters(codec="utf-8"), max_size=400)


@given(name=NAMES)
@example(name="")
@example(name="/")
@example(name="a//b/")
@example(name="%/%25/+/a+")
@example(name="x" * 199 + "ü" + "y" * 300)
@example(name="\udcff")
def test_a_name_comes_back_from_its_files(name: str):
    parts = encoded(name)
    assert decoded(parts) == name
    assert all(1 <= len(part) <= LONGEST + 1 for part in parts)


@given(one=NAMES, other=NAMES)
@example(one="A", other="a")
@example(one="a+/b", other="a/b")
def test_different_names_differ_also_where_capitals_do_not_count(one: str, other: str):
    if one != other:
        assert [part.lower() for part in encoded(one)] != [part.lower() for part in encoded(other)]


@given(name=NAMES)
@example(name="../../etc/passwd")
@example(name="/etc/passwd")
@example(name="a/./b\\..\\c:\x00")
def test_no_name_leads_out_of_its_folder(name: str):
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_:@,=-%+")
    assert all(part and set(part) <= allowed for part in encoded(name))


def test_usual_names_stay_readable():
    assert encoded("segments/p42/000000000017") == ["segments", "p42", "000000000017"]
    assert encoded("cold/post:42") == ["cold", "post:42"]
