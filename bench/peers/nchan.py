"""A peer of the fan-out bench: nginx with nchan, one process, over WebSockets both ways."""

import asyncio
import shutil
import socket
import time
from pathlib import Path

from bench.worker import Program
from cluster.embedded.trouble import Trouble

MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/nginx/modules")
MODULE = "ngx_nchan_module.so"
HOW = "no nginx with nchan on this machine: Debian has it in nginx-core and libnginx-mod-nchan"
STARTS_WITHIN_S = 5.0

# As fast as it gets: one process (two workers would tell each other of every message), no log, no refusals.
CONFIG = """
load_module {module};
daemon off;
master_process off;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections {files}; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  nchan_shared_memory_size 256M;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location ~ ^/say/(\\w+)$ {{
      nchan_publisher websocket;
      nchan_channel_id $1;
      nchan_message_buffer_length 4096;
      nchan_message_timeout 60s;
    }}
    location ~ ^/(\\w+)$ {{
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


def found() -> tuple[str, str] | None:
    """Where nginx and its module are."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    module = next((path for path in MODULES if Path(path, MODULE).exists()), None)
    return (nginx, f"{module}/{MODULE}") if nginx and module else None


class Nchan(Program):
    """One nginx of the bench."""

    def __init__(self, folder: Path, files: int) -> None:
        nginx, module = found() or ("", "")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        home = folder / "nginx"
        home.mkdir()
        config = home / "nginx.conf"
        config.write_text(CONFIG.format(module=module, folder=home, port=self.port, files=files))
        super().__init__([nginx, "-p", str(home), "-c", str(config)], folder, "nginx", ends=False)

    async def ready(self) -> None:
        """Waits until it serves."""
        until_s = time.monotonic() + STARTS_WITHIN_S
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self._process.poll() is not None or time.monotonic() > until_s:
                raise Trouble("engine_failed", f"nginx did not start: {self.last_words()}")
            await asyncio.sleep(0.02)
