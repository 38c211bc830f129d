"""What an operator should look at stands in the log, with the call that it began with."""

import logging
from typing import Any

import pytest

from actors.kernel import Handler
from actors.nouns import manta
from actors.probe import ProbeActor
from cluster.local import LocalCluster
from protocol.errors import Broken
from protocol.probe import Beat
from tests.cluster.site import now_s, passes

pytestmark = pytest.mark.virtual_time


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A noun with a bug."""

    def decide(actor: Any, command: Any, call: Any) -> Any:
        raise KeyError("c4nary")

    handlers: dict[Any, Any] = dict(ProbeActor.handlers) | {Beat: Handler(decide, "journaled")}
    monkeypatch.setattr(ProbeActor, "handlers", handlers)


async def broken(cluster: LocalCluster, call: str) -> None:
    with pytest.raises(Broken):
        await cluster.client.ask("probe:1", Beat(1), caller="ann", call=call)


async def test_an_alarm_is_logged_with_entity_caller_and_call(faulty: None, caplog: pytest.LogCaptureFixture):
    async with LocalCluster(manta(), 1, wall_s=lambda: 1.7e9 + now_s(), mono_s=now_s) as cluster:
        await broken(cluster, "like:k1")
        await passes(1.5)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.__dict__["code"] == "handler_failed"
    assert "probe:1, call like:k1 of ann: KeyError in decide" in record.getMessage()
    assert "c4nary" not in caplog.text


async def test_a_storm_of_alarms_does_not_fill_the_log(faulty: None, caplog: pytest.LogCaptureFixture):
    async with LocalCluster(manta(), 1, wall_s=lambda: 1.7e9 + now_s(), mono_s=now_s) as cluster:
        for number in range(500):
            await broken(cluster, f"k{number}")
        await passes(1.5)
        assert cluster.stats()[0].cell.counts["alarms"] == 500
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) <= 40
