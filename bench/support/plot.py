# SPDX-License-Identifier: MIT
"""The picture of bench/compare --plot: who takes how many times as long as this library."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.report import Overview

# The colors of Okabe and Ito, which the color-blind tell apart, and a point of its own for each contestant.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
POINTS = (7, 5, 9, 11, 13, 6, 4, 8)

SCRIPT = """
set terminal pngcairo noenhanced size 960,110 + 44 * {lines} font 'DejaVu Sans,11' background '#ffffff'
set output '{file}'
set title "{title}" textcolor '#333333'
set logscale x
set xrange [{least}:{most}]
set xtics (0.2, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500)
set xlabel 'times as long as mlp, each on the number of threads where it is fastest' textcolor '#333333'
set yrange [{lines} - 0.4:-0.6]
set border linecolor '#555555'
set tics textcolor '#333333' nomirror
set grid linecolor '#dddddd' linetype 1
set key outside right top Left reverse spacing 1.3 textcolor '#333333'
set arrow from 1,graph 0 to 1,graph 1 nohead linewidth 2 linecolor '#555555'
$names << EOD
{names}
EOD
{data}
plot {plots}
"""


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def script_of(overview: Overview, title: str, file: Path) -> str:
    lines = overview.all_steps
    names = "\n".join(f'{k} "{quoted(" ".join(steps.title.split()[:2]))}"' for k, steps in enumerate(lines))
    data, plots, least, most = "", ["$names using (1e-9):1:yticlabels(2) with points notitle"], 1.0, 2.0
    others = {name: row for name, row in overview.rows().items() if name != "mlp"}
    for k, (name, row) in enumerate(others.items()):
        ratios = {line: entry[1].median for line, entry in enumerate(row) if entry is not None}
        least, most = min(least, *ratios.values()), max(most, *ratios.values())
        data += f"$c{k} << EOD\n" + "".join(f"{x} {line}\n" for line, x in ratios.items()) + "EOD\n"
        plots.append(f'$c{k} using 1:2 with points pointtype {POINTS[k % len(POINTS)]} pointsize 1.6 '
                     f'linecolor rgb "{COLORS[k % len(COLORS)]}" title "{quoted(name)}"')
    return SCRIPT.format(lines=len(lines), file=str(file).replace("'", "''"), title=quoted(title), least=0.8 * least,
                         most=1.4 * most, names=names, data=data, plots=", \\\n  ".join(plots))


def plot_steps(overview: Overview, title: str, file: Path) -> None:
    """Draws with gnuplot; raises CalledProcessError where that fails."""
    script = script_of(overview, title, file)
    subprocess.run(["gnuplot"], input=script, text=True, check=True, stdout=subprocess.DEVNULL)
