import errno
import resource
import socket
import subprocess
import sys

import pytest

from cluster.embedded.trouble import Trouble
from manta import machine
from manta.machine import require_port

LIMITED = """
import resource, sys
from manta.machine import raise_file_limit
from cluster.embedded.trouble import Trouble
resource.setrlimit(resource.RLIMIT_NOFILE, (100, int(sys.argv[1])))
try:
    print(raise_file_limit(1000))
except Trouble as trouble:
    print(trouble.code, trouble.text)
"""


def limited(hard: int) -> str:
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(hard)], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_soft_limit_of_open_files_is_raised_to_the_hard_one():
    hard = min(2000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    assert limited(hard) == str(hard)


def test_too_few_open_files_are_refused_with_what_to_do():
    said = limited(500)
    assert said.startswith("file_limit only 500 files")
    assert "ulimit -Hn 1000" in said


def test_a_taken_port_is_refused_with_the_way_to_another():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        with pytest.raises(Trouble) as raised:
            require_port("127.0.0.1", port)
    assert raised.value.code == "port_taken"
    assert str(port) in raised.value.text
    assert "--port" in raised.value.text
    assert "MANTA_PORT" in raised.value.text


@pytest.mark.parametrize("host", ["192.0.2.77", "nobody.invalid", "a..b"])
def test_an_address_of_another_machine_is_refused(host: str):
    with pytest.raises(Trouble) as raised:
        require_port(host, 18080)
    assert raised.value.code == "host_unusable"
    assert host in raised.value.text
    assert "--host" in raised.value.text


def test_a_port_for_the_administrator_only_is_refused(monkeypatch: pytest.MonkeyPatch):
    def denied(port: int, host: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(machine, "try_port", denied)  # a test may run as root, whom nothing is denied
    with pytest.raises(Trouble) as raised:
        require_port("127.0.0.1", 80)
    assert raised.value.code == "port_denied"
    assert "above 1023" in raised.value.text
