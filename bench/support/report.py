# SPDX-License-Identifier: MIT
"""Medians, ratios, tables, and the targets of bench/compare."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

WORKLOADS = ("A", "B", "C", "D", "E", "F32", "F256", "G")

LIMITS = ("limit", "cache limit")  # groups of contestants: what multiplies from registers, and from the cache

# At least: share of the limit, and how many times as fast as PyTorch, as the best other library, as the best trainer
# made by hand on OpenBLAS or oneDNN.
TARGETS: dict[str, tuple[float | None, float, float, float]] = {
    "A": (0.65, 18, 1.4, 1.05),
    "B": (None, 50, 2.5, 1.5),
    "C": (0.65, 4, 2.5, 1.3),
    "D": (0.82, 2.0, 1.9, 1.15),
    "E": (0.80, 2.1, 1.7, 1.1),
    "F32": (0.70, 3.4, 3.4, 1.3),
    "F256": (0.82, 1.4, 1.6, 1.05),
    "G": (0.82, 1.2, 1.6, 1.0),
}
TARGETS_BY_HAND = ("OpenBLAS", "oneDNN")
ON_ONE_THREAD = ("A", "B")  # whose limit is that of one core: no product is worth a second one
PRODUCT_TARGET, PRODUCT_MEAN_TARGET = 0.90, 1.00
INFERENCE_TARGET = 0.4  # microseconds, at most
VISION_TARGET = 1.5  # times as fast as PyTorch

# Microseconds of libraries that Debian does not package, measured once beside PyTorch 1.13 on two cores of an
# AMD Zen 4. Here they are scaled by what PyTorch takes on this machine.
STATED_PYTORCH = dict(zip(WORKLOADS, (182, 136, 338, 4_100, 2_500, 92_000, 251_000, 21_000)))
STATED: dict[str, dict[str, float]] = {
    "mlpack 4.7": dict(zip(WORKLOADS, (13.3, 7.6, 260, 6_070, 3_160, 149_000, 384_000, 31_400))),
    "MiniDNN": dict(zip(WORKLOADS, (15.1, 6.6, 280, 7_100, 3_280, 255_000, 562_000, 43_100))),
    "OpenNN 8.0": dict(zip(WORKLOADS, (16, 15, 219, 4_048, 2_056, 124_000, 424_000, 36_500))),
    "tiny-dnn": dict(zip(WORKLOADS, (91, 120, 1_640, 62_000, 28_700, 978_000))),
}


@dataclass
class Times:
    """Of one contestant on a number of threads: a median of each round, in microseconds."""

    name: str
    group: str
    threads: int
    rounds: list[float]
    loss: str = ""
    odd_loss: bool = False

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def label(self) -> str:
        return f"{self.name} [{self.threads}]"


@dataclass
class Spread:
    """A median with its quartiles."""

    low: float
    median: float
    high: float

    @staticmethod
    def of(values: list[float]) -> Spread:
        if len(values) < 2:
            return Spread(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return Spread(low, median, high)

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.low)}-{number(self.high)})"


def number(value: float) -> str:
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 2
    return f"{value:,.{min(digits, 2)}f}"


def ratios(slower: Times, faster: Times) -> Spread:
    """How many times as long, round by round."""
    return Spread.of([a / b for a, b in zip(slower.rounds, faster.rounds)])


def share_of(limit: str, all_times: list[Times], times: Times, flops: float) -> Spread | None:
    """Of what a measured limit of as many threads allows, round by round. It is the time of a million flops."""
    for t in all_times:
        if t.group == limit and t.threads == times.threads:
            return Spread.of([peak * flops / 1e6 / own for peak, own in zip(t.rounds, times.rounds)])
    return None


def share_texts(all_times: list[Times], times: Times, flops: float) -> list[str]:
    """Of each of LIMITS."""
    shares = [share_of(limit, all_times, times, flops) for limit in LIMITS]
    return [f"{share.median:.2f}" if share else "-" for share in shares]


def fastest(times: list[Times]) -> Times | None:
    return min(times, key=lambda t: t.median, default=None)


def table(rows: list[list[str]], markdown: bool) -> str:
    """The first row is the head; the first column is aligned left, the others right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for k, row in enumerate(rows):
        cells = [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        lines.append("| " + " | ".join(cells) + " |" if markdown else "  ".join(cells).rstrip())
        if k == 0:
            rule = ["-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
            lines.append("| " + " | ".join(rule) + " |" if markdown else "-" * len(lines[0]))
    return "\n".join(lines)


@dataclass
class Steps:
    """What was measured of one workload."""

    workload: str
    title: str
    flops: float
    times: list[Times]

    def of(self, group: str) -> list[Times]:
        return [t for t in self.times if t.group == group]

    def ours(self, threads: int | None = None) -> Times | None:
        """The build with a consumer's flags: on these threads, or on those where it is fastest. Where more threads
        change nothing, as they are not used, on the fewest."""
        mine = [t for t in self.times if t.name == "mlp" and threads in (None, t.threads)]
        best = fastest(mine)
        as_fast = [t for t in mine if best and t.median <= 1.03 * best.median]
        return min(as_fast, key=lambda t: t.threads, default=None)

    def share(self, times: Times, limit: str = "limit") -> Spread | None:
        return share_of(limit, self.times, times, self.flops)

    def text(self, markdown: bool) -> str:
        limits = ", ".join(f"{number(t.median * self.flops / 1e6)} us [{t.threads}]" for t in self.of("limit"))
        head = f"{self.title}: {self.flops / 1e6:,.2f} Mflop, limit {limits}"
        rows = [["contestant [threads]", "us", "x mlp (quartiles)", "of limit", "from cache", "loss"]]
        for t in self.times:
            if t.group in LIMITS:
                continue
            mine = self.ours(t.threads)
            shares = share_texts(self.times, t, self.flops)
            ratio = "1" if t is mine else str(ratios(t, mine)) if mine else "-"
            loss = t.loss + (" differs" if t.odd_loss else "")
            rows.append([t.label, number(t.median), ratio, *shares, loss])
        if not any(row[-1] for row in rows[1:]):
            rows = [row[:-1] for row in rows]
        return f"{'### ' if markdown else ''}{head}\n\n{table(rows, markdown)}\n"


@dataclass
class Overview:
    """All workloads at a glance: this library, its build with a consumer's flags alone, and each contestant with its
    loss, on the threads where it is fastest, and of the configurations that its name has behind a comma (`OpenBLAS,
    OpenMP`) in the fastest one."""

    all_steps: list[Steps]

    def rows(self) -> dict[str, list[tuple[Times, Spread] | None]]:
        """For each contestant and workload its time, and how many times as long as mlp's that is, round by round."""
        found: dict[str, list[tuple[Times, Spread] | None]] = {}
        for k, steps in enumerate(self.all_steps):
            mine = steps.ours()
            for t in sorted(steps.times, key=lambda t: t.median):
                if mine is None or t.odd_loss or t.group in LIMITS or (t.group == "ours" and t is not mine):
                    continue
                name = t.name.partition(",")[0] + (", by hand" if t.group == "hand-made" else "")
                row = found.setdefault(name, [None] * len(self.all_steps))
                row[k] = row[k] or (t, ratios(t, mine))
        return dict(sorted(found.items(), key=lambda item: statistics.geometric_mean(
            [x.median for _, x in filter(None, item[1])])))

    def text(self, markdown: bool) -> str:
        head = ["training step, us (x mlp)", *(steps.workload for steps in self.all_steps)]
        body = [[name, *(self.cell(name, entry) for entry in row)] for name, row in self.rows().items()]
        return f"{'### ' if markdown else ''}At a glance\n\n{table([head, *body], markdown)}\n"

    @staticmethod
    def cell(name: str, entry: tuple[Times, Spread] | None) -> str:
        if entry is None:
            return "-"
        times, ratio = entry
        return number(times.median) + ("" if name == "mlp" else f" ({number(ratio.median)})")


def verdict(value: Spread | None, target: float | None) -> list[str]:
    if target is None:
        return ["-" if value is None else str(value), "-", ""]
    if value is None:
        return ["not measured", number(target), ""]
    return [str(value), number(target), "reached" if value.median >= target else "not reached"]


def limit_verdict(value: Spread | None, target: float | None) -> list[str]:
    """A share above 1 tells of a peak that was measured while the machine did something else."""
    row = verdict(value, target)
    return row if value is None or value.median <= 1 else [*row[:2], "not valid: above 1"]


def step_targets(all_steps: list[Steps], markdown: bool) -> str:
    rows = [["workload, against", "measured (quartiles)", "target", ""]]
    for steps in all_steps:
        mine = steps.ours()
        if mine is None or steps.workload not in TARGETS:
            continue
        share, x_torch, x_library, x_hand = TARGETS[steps.workload]
        name = steps.workload
        limited = steps.ours(1 if name in ON_ONE_THREAD else None) or mine
        rows.append([f"{name} limit [{limited.threads}]"] + limit_verdict(steps.share(limited), share))
        cached = steps.share(limited, "cache limit")
        rows.append([f"{name} limit from the cache [{limited.threads}]"] + limit_verdict(cached, None))

        torch = fastest(steps.of("pytorch"))
        rows.append([f"{name} {torch.label if torch else 'PyTorch'}"]
                    + verdict(ratios(torch, mine) if torch else None, x_torch))

        library = fastest(steps.of("library"))
        label, spread = (library.label, ratios(library, mine)) if library else ("other library", None)
        if torch:
            scale = torch.median / STATED_PYTORCH[name]
            stated = {lib: us[name] * scale for lib, us in STATED.items() if name in us}
            best = min(stated, key=lambda lib: stated[lib])
            if library is None or stated[best] < library.median:
                label, spread = f"{best} *", Spread.of([stated[best] / own for own in mine.rounds])
        rows.append([f"{name} {label}"] + verdict(spread, x_library))

        hand = fastest([t for t in steps.of("hand-made") if t.name.startswith(TARGETS_BY_HAND)])
        rows.append([f"{name} {hand.label + ' by hand' if hand else 'made by hand'}"]
                    + verdict(ratios(hand, mine) if hand else None, x_hand))
        any_hand = fastest(steps.of("hand-made"))
        if any_hand is not None and any_hand is not hand:
            rows.append([f"{name} {any_hand.label} by hand"] + verdict(ratios(any_hand, mine), None))
    note = "* not measured here: a stated time, scaled by the time of PyTorch here over the stated time of PyTorch"
    return f"{table(rows, markdown)}\n\n{note}\n"


def vision_targets(all_steps: list[Steps], markdown: bool) -> str:
    rows = [["training step, against", "measured (quartiles)", "target", ""]]
    for steps in all_steps:
        mine, torch = steps.ours(), fastest(steps.of("pytorch"))
        if mine is not None:
            rows.append([f"{steps.workload} {torch.label if torch else 'PyTorch'}"]
                        + verdict(ratios(torch, mine) if torch else None, VISION_TARGET))
    return table(rows, markdown) + "\n"


def inference_target(steps: Steps, markdown: bool) -> str:
    mine = steps.ours()
    if mine is None:
        return ""
    reached = "reached" if mine.median <= INFERENCE_TARGET else "not reached"
    rows = [["inference, us", "measured (quartiles)", "at most", ""],
            [f"{steps.workload}, one sample [{mine.threads}]", str(Spread.of(mine.rounds)), number(INFERENCE_TARGET),
             reached]]
    return table(rows, markdown) + "\n"


@dataclass
class Products:
    """What was measured of one product."""

    shape: str
    form: str
    flops: float
    used_by: list[str]  # workloads, once for each layer of one
    times: list[Times]

    def against_best(self, threads: int) -> tuple[Spread, Times] | None:
        mine = [t for t in self.times if t.group == "ours" and t.threads == threads]
        best = fastest([t for t in self.times if t.group == "library" and t.threads == threads])
        return (ratios(best, mine[0]), best) if mine and best else None


def product_tables(all_products: list[Products], markdown: bool) -> str:
    text = ""
    threads_seen = sorted({t.threads for p in all_products for t in p.times})
    for threads in threads_seen:
        names = list(dict.fromkeys(t.name for p in all_products for t in p.times if t.group not in LIMITS))
        rows = [["batch x in x out, form", *names, "mlp / best (quartiles)", "of limit", "from cache"]]
        for p in all_products:
            by_name = {t.name: t for t in p.times if t.threads == threads}
            gflops = [number(p.flops / 1e3 / by_name[n].median) if n in by_name else "-" for n in names]
            against = p.against_best(threads)
            mine = by_name.get("mlp")
            shares = share_texts(p.times, mine, p.flops) if mine else ["-" for _ in LIMITS]
            rows.append([f"{p.shape} {p.form}", *gflops, str(against[0]) if against else "-", *shares])
        head = f"Products on {threads} thread{'s' if threads > 1 else ''}, GFLOP/s"
        text += f"{'### ' if markdown else ''}{head}\n\n{table(rows, markdown)}\n\n"
    return text


def product_sums(workloads: list[str], all_products: list[Products], markdown: bool) -> str:
    """Of workloads whose products were all measured: what those of a step take, each in its best round and on the best
    number of threads, by this library and by whoever is fastest. A step that makes them in turn hardly takes less."""
    def shortest(p: Products, counts: Callable[[Times], bool]) -> float:
        return min((min(t.rounds) for t in p.times if counts(t)), default=math.nan)

    rows = [["products of a step, us", "mlp", "each by the fastest", "limit", "of limit"]]
    for workload in workloads:
        products = [p for p in all_products for _ in range(p.used_by.count(workload))]
        threads = 1 if workload in ON_ONE_THREAD else math.inf
        mine = sum(shortest(p, lambda t: t.name == "mlp") for p in products)
        best = sum(shortest(p, lambda t: t.group not in LIMITS) for p in products)
        peaks = [shortest(p, lambda t: t.group == "limit" and t.threads <= threads) for p in products]
        limit = sum(p.flops / 1e6 * peak for p, peak in zip(products, peaks))
        if products:
            rows.append([workload, number(mine), number(best), number(limit), number(limit / best)])
    return table(rows, markdown) + "\n"


def product_targets(all_products: list[Products], markdown: bool) -> str:
    rows = [["products, against the fastest other", "measured", "target", ""]]
    for threads in sorted({t.threads for p in all_products for t in p.times}):
        found = [(p, a[0].median) for p in all_products if (a := p.against_best(threads))]
        if not found:
            continue
        worst, value = min(found, key=lambda f: f[1])
        below = sum(v < PRODUCT_TARGET for _, v in found)
        rows.append([f"each [{threads}]: the worst, {worst.shape} {worst.form}; {below} of {len(found)} below",
                     number(value), number(PRODUCT_TARGET), "reached" if below == 0 else "not reached"])
        mean = statistics.geometric_mean([v for _, v in found])
        rows.append([f"geometric mean [{threads}]", number(mean), number(PRODUCT_MEAN_TARGET),
                     "reached" if mean >= PRODUCT_MEAN_TARGET else "not reached"])
    return table(rows, markdown) + "\n"
