"""A double of the engine room: answers every request, and keeps its kin in a file in the data folder.

It has a vital child in a process group of its own that is deaf to SIGTERM, as Ray's workers are.
MODE is the first word: `serve`, `slow` (deaf itself), `fatal`, `silent` (never ready), `lame` (so, but it
says why), `crash`.
"""

import http.server
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from manta.plan import read
from manta.reports import ReadyReport, Reporter, TroubleReport, WatchReport

DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"


class Door(http.server.BaseHTTPRequestHandler):
    """Says yes."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def main(mode: str, plan_file: Path, descriptor: int) -> None:
    plan, reporter = read(plan_file), Reporter(descriptor)
    if mode == "crash":
        sys.exit("it broke")
    if mode == "fatal":
        reporter.tell(TroubleReport("engine_failed", "this will never work", fatal=True))
        sys.exit(1)
    vital = subprocess.Popen([sys.executable, "-c", DEAF], process_group=0)
    (Path(plan.data) / "kin").write_text(f"{os.getpid()} {vital.pid}")
    reporter.tell(WatchReport({"gcs_server": vital.pid}))
    address = (plan.settings.host, plan.settings.port)
    server = http.server.ThreadingHTTPServer(address, Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if mode == "lame":
        reporter.stage("ready", "begin", "gateway-0 waits for cell-1 (it limps)")
    elif mode != "silent":
        reporter.tell(ReadyReport(f"http://{address[0]}:{address[1]}"))
    signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "slow" else lambda *_: os._exit(0))
    while True:
        signal.pause()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
