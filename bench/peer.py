"""Runs the JAX peer for the bench: one JSON object of arguments per line in, one JSON object of figures per line out.

Started in the peer's folder. The peer excludes its first iteration, which compiles, from its own figures.
"""

import json
import os
import sys

sys.path.insert(0, os.getcwd())

import jax
from bica import train


def peak_memory():
    """The most memory that this process has held at once, in MiB."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024
    except (OSError, StopIteration):
        import resource

        scale = 1024 * 1024 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def say(values):
    print(json.dumps(values), flush=True)


say({"version": f"jax {jax.__version__}, Python {sys.version.split()[0]}"})
for line in sys.stdin:
    figures = train(verbose=0, evals=False, **json.loads(line))
    say({"both": figures["sps_cpu"], "memory": peak_memory()})
