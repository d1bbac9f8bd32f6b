"""Executes notebooks in place of a reader: execute.py SECONDS FILE…, prints a JSON line for each.

The Deno kernel may send `idle` before the last outputs of a cell, and nbclient stops listening then; so what arrives shortly
after it is waited for.
"""

import json
import os
import sys
from queue import Empty

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, CellExecutionError

HOLD = 0.4  # seconds after `idle` in which outputs may still arrive


class PatientClient(NotebookClient):
    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index):
        idle = False
        while True:
            try:
                message = await self.kc.iopub_channel.get_msg(timeout=HOLD if idle else None)
            except Empty:
                return
            if message["parent_header"].get("msg_id") != parent_msg_id:
                continue
            try:
                self.process_message(message, cell, cell_index)
            except CellExecutionComplete:
                idle = True


def normalise(notebook):
    """What is left to chance or names this machine goes."""
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "Deno", "language": "typescript", "name": "deno"},
        "language_info": {
            "codemirror_mode": "typescript",
            "file_extension": ".ts",
            "mimetype": "text/x.typescript",
            "name": "typescript",
        },
    })
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("execution", None)


def execute(path, seconds):
    notebook = nbformat.read(path, as_version=4)
    client = PatientClient(
        notebook,
        timeout=seconds,
        kernel_name="deno",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": os.path.dirname(os.path.abspath(path))}},
    )
    error = None
    try:
        client.execute()
    except CellExecutionError as failure:
        error = f"{failure.ename}: {failure.evalue}"
    except Exception as failure:  # a kernel that died, a cell that ran too long
        error = f"{type(failure).__name__}: {failure}"
    normalise(notebook)
    return nbformat.writes(notebook) + "\n", error


def main():
    seconds, *paths = sys.argv[1:]
    for path in paths:
        text, error = execute(path, int(seconds))
        print(json.dumps({"path": path, "text": text, "error": error}), flush=True)


main()
