"""What is joined to what."""

from pathlib import Path

import msgspec
import pytest

from actors.nouns import manta
from cluster.embedded.s3_door import Bucket
from cluster.ray_host.actor_process import named
from cluster.ray_host.cell_actor import CellPlan
from manta.plan import Plan
from manta.settings import Settings
from manta.wiring import GatewayPlan, cell_name, cell_plan, edge_plans


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "cluster_secret").write_text("s3cret\n")
    (tmp_path / "secrets" / "token_key").write_text("ab" * 32)
    (tmp_path / "secrets" / "metrics_token").write_text("m3trics")
    return Plan(
        instance_id="0123abcd",
        settings=Settings(port=8081, cells=3, gateways=2, link="ray", resident_limit_mb=64, drain_s=4.0),
        data=str(tmp_path),
        redis_url="unix:///tmp/v.sock",
        bucket=Bucket("http://127.0.0.1:8333", "manta", "key", "secret"),
        ray_folder=str(tmp_path / "m" / "r"),
        secrets=str(tmp_path / "secrets"),
        logs=str(tmp_path / "logs"),
    )


def test_cells_are_told_what_was_chosen(plan: Plan):
    cells = [cell_plan(plan, cell_name(number)) for number in range(3)]
    assert [cell.cell for cell in cells] == ["cell-0", "cell-1", "cell-2"]
    assert {(cell.way, cell.secret, cell.limits.resident_limit_bytes) for cell in cells} == {
        ("ray", "s3cret", 64 << 20)
    }
    assert cells[0].sockets == str(Path(plan.ray_folder).parent)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(cells[0]), type=CellPlan) == cells[0]


def test_gateways_share_a_port_and_drain_within_their_share(plan: Plan):
    configs = [msgspec.msgpack.decode(edge.config, type=GatewayPlan) for edge in edge_plans(plan)]
    assert [config.name for config in configs] == ["gateway-0", "gateway-1"]
    assert [config.place.probe for config in configs] == ["gateway-0", "gateway-1"]
    place = configs[0].place
    assert (place.port, place.reuse_port, place.drain_s, configs[0].way) == (8081, True, 2.0, "ray")


def test_what_is_chosen_for_sockets_reaches_the_gateways(plan: Plan):
    chosen = msgspec.structs.replace(
        plan.settings, gateways=1, origins="https://a.example, https://b.example", sockets=7,
        socket_messages_per_s=10.0, tls_certificate="chain.pem",
    )  # fmt: skip
    (edge,) = edge_plans(msgspec.structs.replace(plan, settings=chosen))
    place = msgspec.msgpack.decode(edge.config, type=GatewayPlan).place
    assert place.origins == ("https://a.example", "https://b.example")
    assert (place.limits.connections, place.limits.burst_messages, place.reuse_port) == (7, 40, False)
    assert (place.certificate, place.key) == (str(Path("chain.pem").absolute()), "")


def test_gateways_sign_tokens_with_the_key_of_the_installation(plan: Plan):
    edge, _ = edge_plans(plan)
    rules = msgspec.msgpack.decode(edge.config, type=GatewayPlan).rules
    assert (rules.issuer, rules.key) == ("0123abcd", b"\xab" * 32)
    assert (rules.development, rules.paced, rules.proxies) == (False, True, 0)


def test_what_is_named_to_other_processes_can_be_found_there(plan: Plan):
    assert named(cell_plan(plan, "cell-0").catalogue)().kinds.keys() == manta().kinds.keys()
    assert callable(named(edge_plans(plan)[0].factory))
