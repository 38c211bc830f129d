"""The short form of the fuzz; `make proof` runs the long one."""

import pytest

from tests.gateway.ws.fuzzing import Fuzz


@pytest.mark.parametrize("seed", range(3))
async def test_broken_frames_bring_nothing_down_and_are_refused_by_code(seed: int):
    fuzz = Fuzz(seed)
    await fuzz.run(1_500)
    assert fuzz.faults == []
    assert {"welcome", "reply", "watched", "malformed", "pong"} <= set(fuzz.answers)
    assert {1002, 1007, 4503, 4507} <= set(fuzz.ends)
