"""What one token costs a Python caller, timed as bindings/conformance/overhead.c does. Usage: overhead.py MODEL_FOLDER"""
import statistics
import sys
import time

import numpy as np

import sidewinder as sw

CALLS = 2000


def median_ns(call):
    times = []
    for _ in range(CALLS):
        begin = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - begin)
    return int(statistics.median(times))


def main():
    token = np.array([300], np.int32)
    with sw.Engine() as engine, engine.open_model(sys.argv[1], count_only=True) as counted, engine.open_model(sys.argv[1]) as model:
        with counted.sequence() as sequence:
            append = median_ns(lambda: sequence.append(token))
        with model.sequence() as sequence:
            sequence.append([300, 301])
            sample = median_ns(sequence.sample)
    print(f"append {append} sample {sample}")


if __name__ == "__main__":
    main()
