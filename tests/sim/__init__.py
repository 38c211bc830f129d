"""Schedules of whole clusters under faults, by seed: what the design promises is checked after each.

`python -m tests.sim --seeds 0:10000` runs many; `--seed 7 --trace` one of them, to the letter; `--planted`
says how soon each planted bug is found. A seed that breaks a promise is kept in `seeds/`, to be run for good.

The cells' core, the memory journal and the lease watch are the real ones. A world (`world.py`) puts around
them hosts that die or stop between any two steps, a store that crashes, a network, clocks that jump, callers
that ask again, watchers that come back elsewhere and readers of the journals. In the end everything must come
to rest (`rest.py`), and the judge (`verdict.py`) compares what everyone was told with what the journals say.
"""
