"""The bench of growth, from end to end in seconds; in a process of its own, since it runs a Ray."""

import json
import subprocess
import sys

PROGRAM = """
import io
from bench import growth
from bench.progress import Progress
from bench.report import Report
report = Report("growth", {})
size = growth.Size(first_call=200, last_call=400, first_op=2_000, last_op=4_000)
growth.run(size, report, Progress("growth", io.StringIO()))
print(report.as_json())
"""


def test_it_reports_every_bound_with_a_value():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert {row["id"] for row in found["bounds"]} == {
        "growth.calls_memory",
        "growth.calls_descriptors",
        "growth.ops_memory",
        "growth.ops_descriptors",
    }
    assert all(row["value"] is not None for row in found["bounds"])
    assert found["figures"]["ops"] == 4_000
