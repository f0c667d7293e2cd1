"""The worker's side of worker-process.mjs: a line of JSON in, a line of JSON out, one at a time."""

import json
import sys
import traceback


def serve(tasks):
    for line in sys.stdin:
        message = json.loads(line)
        try:
            answer = {"result": tasks[message["task"]](message["settings"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)
