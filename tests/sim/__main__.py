"""`python -m tests.sim`: many schedules by seed, or one of them with its trace."""

import argparse
import sys
import time

from cluster import compiled

if "--planted" in sys.argv:
    compiled.disengage()  # a planted bug changes what the core does

from tests.sim.campaign import CI_SEEDS, Campaign, kept_seeds, replay
from tests.sim.planted import BUGS, seeds_until_found

PROGRESS_EVERY_S = 5.0
PLANTED_SEEDS = 1_000


def plant() -> int:
    """Plants each bug; 1 if one is not found."""
    missed = 0
    for bug in BUGS:
        found = seeds_until_found(bug, PLANTED_SEEDS)
        missed += found is None
        told = "not found" if found is None else f"found by seed {found.seeds - 1}: {found.text[:60]}"
        print(f"{bug:30} {told}", flush=True)
    return 1 if missed else 0


def main() -> int:
    """Runs what the command line asks for; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seeds", default=f"0:{CI_SEEDS}", help="from:to, the second not included")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--seed", type=int, help="runs this schedule only")
    parser.add_argument("--trace", action="store_true", help="prints all that happened in it")
    parser.add_argument("--kept", action="store_true", help="runs the seeds that failed once")
    parser.add_argument(
        "--planted", action="store_true", help="plants each bug and says how soon it is found"
    )
    asked = parser.parse_args()
    if asked.planted:
        return plant()
    if asked.seed is not None:
        outcome = replay(asked.seed)
        if asked.trace:
            print("\n".join(outcome.trace))
        print(f"seed {asked.seed}: {outcome.text or 'every promise held'}; trace {outcome.digest}")
        return 1 if outcome.text else 0
    first, _, last = asked.seeds.partition(":")
    seeds = kept_seeds() if asked.kept else list(range(int(first), int(last)))
    campaign = Campaign(seeds, asked.jobs)
    started_s = time.monotonic()
    shown_s = started_s
    for _ in campaign.run():
        if (now_s := time.monotonic()) - shown_s >= PROGRESS_EVERY_S:
            shown_s = now_s
            print(campaign.progress(now_s - started_s), file=sys.stderr, flush=True)
    for seed, text in sorted(campaign.broken.items()):
        print(f"seed {seed}: {text[:300]}")
    print(campaign.progress(time.monotonic() - started_s))
    return 1 if campaign.broken else 0


if __name__ == "__main__":
    sys.exit(main())
