"""The service that both ends of an interop test speak, see ../node/probe.js."""

import concurrent.futures
import sys
import threading

import grpc

MESSAGE = "nöt now, 100 %"
DETAILS = bytes([0, 1, 2, 253, 254, 255])

_lock = threading.Lock()
_cancelled = 0


def echo(request, context):
    return request


def count(request, context):
    messages, size = map(int, request.split())
    for i in range(messages):
        yield (b"%d " % i).ljust(size, b"x")


def sum_(requests, context):
    messages = size = 0
    for request in requests:
        messages += 1
        size += len(request)
    return b"%d %d" % (messages, size)


def chat(requests, context):
    yield from requests


def meta(request, context):
    entries = [(key, value) for key, value in context.invocation_metadata() if key.startswith("x-")]
    context.send_initial_metadata(entries)
    context.set_trailing_metadata(
        [(key[: -len("-bin")] + "-t-bin" if key.endswith("-bin") else key + "-t", value) for key, value in entries])
    return b"done"


def fail(request, context):
    context.set_trailing_metadata((("grpc-status-details-bin", DETAILS), ("x-why", "because")))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, MESSAGE)


def fail_late(request, context):
    yield b"one"
    yield b"two"
    context.set_trailing_metadata((("x-why", "late"),))
    context.abort(grpc.StatusCode.ABORTED, "no more")


def fail_early(requests, context):
    next(requests)
    context.abort(grpc.StatusCode.OUT_OF_RANGE, "enough")


def hang(request, context):
    ended = threading.Event()
    context.add_callback(ended.set)
    yield b"here"
    ended.wait()
    global _cancelled
    with _lock:
        _cancelled += 1


def remaining(request, context):
    left = context.time_remaining()
    # Without a deadline the library says None, or some hundred years.
    return b"none" if left is None or left > 1e6 else b"%d" % (left * 1000)


def cancelled(request, context):
    with _lock:
        return b"%d" % _cancelled


HANDLERS = {
    "Echo": grpc.unary_unary_rpc_method_handler(echo),
    "Count": grpc.unary_stream_rpc_method_handler(count),
    "Sum": grpc.stream_unary_rpc_method_handler(sum_),
    "Chat": grpc.stream_stream_rpc_method_handler(chat),
    "Meta": grpc.unary_unary_rpc_method_handler(meta),
    "Fail": grpc.unary_unary_rpc_method_handler(fail),
    "FailLate": grpc.unary_stream_rpc_method_handler(fail_late),
    "FailEarly": grpc.stream_unary_rpc_method_handler(fail_early),
    "Hang": grpc.unary_stream_rpc_method_handler(hang),
    "Remaining": grpc.unary_unary_rpc_method_handler(remaining),
    "Cancelled": grpc.unary_unary_rpc_method_handler(cancelled),
}


def main():
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(max_workers=32),
        options=[
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
            ("grpc.max_metadata_size", 64 * 1024),
        ])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("interop.v1.Probe", HANDLERS),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listening grpc 127.0.0.1:{port}", flush=True)
    print("ready", flush=True)
    # Whoever started us holds our input open for as long as it lives.
    sys.stdin.read()
    server.stop(None)


main()
