"""Taking times: an operation and its limit in turn, so that both meet the same machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Operation = Callable[[int], object]
WARM = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds an operation: median and 95th percentile on the clock, median of the processor's time."""

    median: float
    p95: float
    cpu: float

    @classmethod
    def of(cls, clock: list[float], processor: list[float]) -> Figure:
        ordered = sorted(clock)
        p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
        return cls(statistics.median(ordered) * 1000, p95 * 1000, statistics.median(processor) * 1000)

    def __str__(self) -> str:
        return f"median {self.median:8.2f}  p95 {self.p95:8.2f}  CPU {self.cpu:8.3f} ms"


def compare(operation: Operation, limit: Operation, *, rounds: int) -> tuple[Figure, Figure]:
    """The figures of an operation and of its limit, taken in turn; each is handed the number of its round."""
    taken: tuple[tuple[list[float], list[float]], ...] = (([], []), ([], []))
    for number in range(-WARM, rounds):
        for act, (clock, processor) in zip((operation, limit), taken, strict=True):
            on_clock, on_processor = _once(act, number)
            if number >= 0:
                clock.append(on_clock)
                processor.append(on_processor)
    return Figure.of(*taken[0]), Figure.of(*taken[1])


def _once(act: Operation, number: int) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    act(number)
    return time.perf_counter() - clock, time.process_time() - processor


def show(name: str, figure: Figure, limit: Figure, *, goal: float) -> float:
    """Print one line and return the ratio of processor times."""
    ratio = figure.cpu / limit.cpu
    print(f"{name:10} {figure}   limit {limit}   ratio {ratio:5.2f}  goal {goal:.0f}")
    return ratio
