"""A Deno kernel as Jupyter drives it: kernel.py FOLDER, a JSON line in for each cell, a JSON line out.

A cell is {"code": …, "stopWhen": …, "hold": …}: once an output matches that pattern the kernel gets what the Stop button
sends; after `idle` outputs are awaited for so many seconds.
"""

import json
import re
import sys
import time
from queue import Empty

from jupyter_client.manager import KernelManager

HOLD = 0.5  # seconds after `idle` in which outputs may still arrive: the Deno kernel may send it first


def text_of(kind, content):
    if kind == "stream":
        return content["text"]
    return content.get("data", {}).get("text/plain", "")


def run(manager, client, code, stop_when=None, hold=HOLD):
    parent = client.execute(code)
    outputs, late, error, idle, sent, ended = [], 0, None, None, None, None
    while idle is None or time.monotonic() - idle < hold:
        if not manager.is_alive():
            break
        try:
            message = client.get_iopub_msg(timeout=0.1)
        except Empty:
            continue
        if message["parent_header"].get("msg_id") != parent:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status":
            if content["execution_state"] == "idle":
                idle = ended = time.monotonic()
            continue
        if kind == "error":
            error = {key: content[key] for key in ("ename", "evalue", "traceback")}
        elif kind in ("stream", "display_data", "update_display_data", "execute_result"):
            outputs.append({"kind": kind, "text": text_of(kind, content)})
            if idle is not None:
                idle = time.monotonic()
                late += 1
            if stop_when and sent is None and re.search(stop_when, outputs[-1]["text"]):
                sent = time.monotonic()
                manager.interrupt_kernel()
    return {
        "outputs": outputs,
        "late": late,
        "error": error,
        "stoppedAfter": ended - sent if sent and ended else None,
        "alive": manager.is_alive(),
    }


def main():
    manager = KernelManager(kernel_name="deno")
    manager.start_kernel(cwd=sys.argv[1])
    try:
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=120)
        print("ready", flush=True)
        for line in sys.stdin:
            cell = json.loads(line)
            result = run(manager, client, cell["code"], cell.get("stopWhen"), cell.get("hold", HOLD))
            print(json.dumps(result), flush=True)
    finally:
        manager.shutdown_kernel(now=True)


main()
