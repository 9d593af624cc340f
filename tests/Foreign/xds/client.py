"""
client.py TARGET: makes the calls that its input asks for, a line each, and says how they ended.
"ID COUNT METHOD BODY [HEADER=VALUE]" is answered with "ID {"a": 3, "UNAVAILABLE": 1}", instances and codes with how often.
"ID until METHOD" calls until the line "stop".
"""

import collections
import json
import sys
import threading
import time

import grpc

LIMIT = 20
channel = grpc.insecure_channel(sys.argv[1])


def call(method, body, metadata):
    try:
        return channel.unary_unary(f"/xds.v1.Instance/{method}")(body.encode(), timeout=LIMIT, metadata=metadata).decode()
    except grpc.RpcError as error:
        return error.code().name


def until(stopped, line_id, method):
    ends = collections.Counter()
    while not stopped.is_set():
        ends[call(method, "", None)] += 1
        time.sleep(0.002)
    print(line_id, json.dumps(ends), flush=True)


def main():
    print("ready", flush=True)
    stopped = threading.Event()
    load = None
    for line in sys.stdin:
        words = line.split()
        if words[0] == "stop":
            stopped.set()
            load.join()
        elif words[1] == "until":
            stopped = threading.Event()
            load = threading.Thread(target=until, args=(stopped, words[0], words[2]))
            load.start()
        else:
            metadata = [tuple(word.split("=")) for word in words[4:]]
            ends = collections.Counter(call(words[2], words[3], metadata) for _ in range(int(words[1])))
            print(words[0], json.dumps(ends), flush=True)


main()
