"""How deep a frame may nest, and how much it may hold, before anything of it is decoded."""

from random import Random
from typing import Any

import msgspec
import pytest

from gateway.ws.depth import packed_fits, written_fits
from gateway.ws.forms import PACKED, WRITTEN, Form
from protocol.errors import TooLarge
from protocol.session import DEPTH_LIMIT, PARTS_LIMIT, TOO_COMPLEX, comes_back
from tests.gateway.ws.frames_sent import frame
from tests.gateway.ws.raw_socket import RawSocket
from tests.gateway.ws.venue import Gate, Venue

pytestmark = pytest.mark.virtual_time

FORMS = pytest.mark.parametrize("form", [PACKED, WRITTEN], ids=["msgpack", "json"])


def written(form: Form, message: Any) -> bytes:
    return msgspec.msgpack.encode(message) if form is PACKED else msgspec.json.encode(message)


def nested(levels: int, inmost: Any = 0) -> Any:
    """Lists and maps by turns, so many within each other."""
    for level in range(levels):
        inmost = [inmost] if level % 2 else {"k": inmost}
    return inmost


def ask(command: Any) -> dict[str, Any]:
    return {"type": "ask", "id": "deep", "to": "post:1", "command": command}


@FORMS
@pytest.mark.parametrize("levels", [17, 900, 5_000])
async def test_what_nests_too_deep_is_ended_by_code_before_it_is_decoded(gate: Gate, form: Form, levels: int):
    deep = (b"\x91" * levels + b"\xc0") if form is PACKED else b"[" * levels + b"]" * levels
    whole = written(form, ask("?")).replace(written(form, "?"), deep)
    async with RawSocket(gate.url) as raw:
        raw.write(frame(form.opcode, written(form, {"type": "hello", "token": "ann"})))
        raw.write(frame(form.opcode, whole))
        frames = await raw.frames()
    assert frames[-1] == (8, TOO_COMPLEX.to_bytes(2) + b"too_complex")
    assert gate.sockets.counts()["goodbye_too_complex"] == 1


@pytest.mark.parametrize("in_json", [False, True])
async def test_what_nests_as_deep_as_allowed_is_read(venue: Venue, gate: Gate, in_json: bool):
    phone = await venue.handset(gate, "ann", in_json=in_json)
    assert (await phone.ask("post:1", nested(DEPTH_LIMIT - 1)))["code"] == "malformed"
    assert (await phone.ask("post:1", {"type": "post.view"}))["code"] == "post.unknown"
    await phone.say(ask(nested(DEPTH_LIMIT)))
    code, goodbye = await phone.end()
    assert (code, goodbye and goodbye["cause"], comes_back(code)) == (TOO_COMPLEX, "too_complex", False)


@FORMS
def test_a_frame_at_the_limit_fits_and_one_beyond_it_does_not(form: Form):
    fits = packed_fits if form is PACKED else written_fits
    for inmost in (
        0,
        "[[[[[{{{{",
        '\\"[',
        "\u0400\u0410" * 60,
        1.5,
        None,
        -70_000,
        "x" * 40,
        "x" * 300,
        "x" * 70_000,
    ):
        assert fits(written(form, nested(DEPTH_LIMIT, inmost)))
        assert not fits(written(form, nested(DEPTH_LIMIT + 1, inmost)))
        assert not fits(written(form, [nested(2, inmost), nested(DEPTH_LIMIT, inmost), nested(1)]))
    beside = [[0]] * ((PARTS_LIMIT - 1) // 2)
    assert fits(written(form, beside))
    assert not fits(written(form, [*beside, [0]]))


@FORMS
def test_ordinary_batches_at_their_limits_fit(form: Form):
    seen = [{"what": "impression", "ref": "post:0011223344556677", "ms": 3}] * 256
    comment = ask(
        {"type": "post.comment", "text": '\u0416\u0438\u0432\u043e\u0435 \u043c\u043e\u0440\u0435 [[{{\\"'}
    )
    for message in ({"type": "observe", "seen": seen}, [comment] * 256):
        assert len(form.read(written(form, message))) >= 1


@FORMS
@pytest.mark.parametrize("seed", range(20))
def test_the_count_agrees_with_a_plain_walk(form: Form, seed: int):
    fits, chance = packed_fits if form is PACKED else written_fits, Random(seed)
    for _ in range(40):
        value = _grown(chance, 0)
        assert fits(written(form, value)) == (_depth(value) <= DEPTH_LIMIT)


@FORMS
def test_what_is_cut_or_made_of_chance_brings_nothing_down(form: Form):
    chance = Random(7)
    whole = written(form, nested(DEPTH_LIMIT, [_grown(chance, 0) for _ in range(30)]))
    for _ in range(300):
        raw = bytearray(whole[: chance.randrange(len(whole))] + chance.randbytes(chance.randrange(40)))
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        assert (packed_fits if form is PACKED else written_fits)(bytes(raw)) in (True, False)


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        (b'"' + b'\\"' * 32_000, True),
        (b"[" * 16 + b'"[\\', True),
        (b'["' * 32_000, False),
        (b"[" * 64_000, False),
        (b"]" * 64_000, True),
    ],
)
def test_strings_without_an_end_are_looked_through_once(said: bytes, fits: bool):
    assert written_fits(said) == fits
    with pytest.raises(Exception, match=r"no message that is known here|at most"):
        WRITTEN.read(said)


@FORMS
def test_too_much_is_told_from_what_cannot_be_read(form: Form):
    with pytest.raises(TooLarge, match="16 deep"):
        form.read(written(form, nested(DEPTH_LIMIT + 1)))


def _grown(chance: Random, level: int) -> Any:
    turn = chance.random()
    if level > 19 or turn < 0.12:
        return chance.choice(
            [0, -1, 1 << 40, 0.5, None, True, "[{", "\u00e9\u0410" * 20, "x" * 40, '\\"', [], {}]
        )
    inner = [_grown(chance, level + 1), *[chance.choice([1, "y", []])] * chance.randrange(3)]
    return inner if turn < 0.6 else {f"k{number}": each for number, each in enumerate(inner)}


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)
