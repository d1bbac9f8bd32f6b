"""HiGHS, through SciPy, on a search as a mixed-integer programme: one line of JSON in, one out."""

import json
import sys
import time

import numpy as np
import scipy
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix


def programme(blocks, budgets):
    """One variable for each path and input width; one path a block, widths that fit, the budgets."""
    rows, columns, values, low, high = [], [], [], [], []

    def add(places, entries, lower, upper):
        rows.extend([len(low)] * len(places))
        columns.extend(places)
        values.extend(entries)
        low.append(lower)
        high.append(upper)

    start = np.cumsum([0] + [len(block["loss"]) for block in blocks])
    for i, block in enumerate(blocks):
        count = len(block["loss"])
        add(range(start[i], start[i] + count), [1] * count, 1, 1)
    for i in range(len(blocks) - 1):
        leaving, entering = np.array(blocks[i]["to"]), np.array(blocks[i + 1]["from"])
        for width in set(blocks[i]["to"]):
            out = np.flatnonzero(leaving == width)
            into = np.flatnonzero(entering == width)
            places = [*(start[i] + out), *(start[i + 1] + into)]
            add(places, [1] * len(out) + [-1] * len(into), 0, 0)
    for k, budget in enumerate(budgets):
        costs = np.concatenate([block["costs"][k] for block in blocks]) / budget
        add(range(start[-1]), costs, -np.inf, 1)
    objective = np.concatenate([block["loss"] for block in blocks])
    matrix = coo_matrix((values, (rows, columns)), shape=(len(low), start[-1])).tocsr()
    return objective, LinearConstraint(matrix, low, high)


def answer(request):
    if request["task"] == "start":
        return {"python": sys.version.split()[0], "scipy": scipy.__version__}
    objective, constraints = programme(request["blocks"], request["budgets"])
    began = time.perf_counter()
    found = milp(
        objective,
        constraints=constraints,
        integrality=np.ones(len(objective)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )
    return {"seconds": time.perf_counter() - began, "loss": found.fun, "message": found.message}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
