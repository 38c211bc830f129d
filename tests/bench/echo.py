"""A worker that says what it heard; for the tests of workers."""

import subprocess

from bench.worker import Told, serve


def _carry_out(order: Told) -> Told:
    if "print" in order:
        print(order["print"], flush=True)
    told: Told = {"heard": order["say"]}
    if order.get("spawn"):
        told["child"] = subprocess.Popen(["sleep", "60"]).pid
    return told


if __name__ == "__main__":
    serve(_carry_out)
