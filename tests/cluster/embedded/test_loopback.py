import socket

import pytest

from cluster.embedded.loopback import HIGHEST, LOWEST, choose, is_free, try_port


def test_a_port_that_is_free_stays_pinned():
    first = choose(["one", "two"], {})
    assert choose(["one", "two"], first) == first


def test_a_pinned_port_that_is_taken_is_replaced():
    pinned = choose(["one"], {})
    with socket.create_server(("127.0.0.1", pinned["one"])):
        assert not is_free(pinned["one"])
        assert choose(["one"], pinned) != pinned


def test_no_two_names_share_a_port():
    port = choose(["one"], {})["one"]
    ports = choose(["one", "two", "three"], {"one": port, "two": port, "three": port})
    assert len(set(ports.values())) == 3


def test_ports_lie_below_those_of_outgoing_connections():
    assert all(LOWEST <= port <= HIGHEST for port in choose([str(n) for n in range(20)], {}).values())
    assert choose(["one"], {"one": 80})["one"] >= LOWEST


def test_an_address_of_another_machine_cannot_be_tried():
    with pytest.raises(OSError, match=r".+"):
        try_port(choose(["one"], {})["one"], "192.0.2.77")
