"""client.py HOST:PORT AUTHORITY SCENARIO: exits 0 if everything was as it must be."""

import itertools
import sys
import time

import grpc

LIMIT = 30
address, authority, scenario = sys.argv[1:]
channel = grpc.insecure_channel(
    address,
    options=[
        ("grpc.default_authority", authority),
        ("grpc.max_receive_message_length", -1),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_metadata_size", 64 * 1024),
        ("grpc.enable_retries", 0),
    ])


def path(name):
    return f"/interop.v1.Probe/{name}"


def unary(name, request=b"", timeout=LIMIT, metadata=None):
    return channel.unary_unary(path(name))(request, timeout=timeout, metadata=metadata)


def number(name, timeout=LIMIT):
    return int(unary(name, timeout=timeout))


def pattern(size):
    return bytes((i * 31 + (i >> 8)) & 255 for i in range(size))


def fails(call, code):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()}, not {code}: {error.details()}"
        return error
    raise AssertionError("it did not fail")


def until(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.01)


def values(metadata, name):
    return [value for key, value in metadata if key == name]


def test_unary():
    for size in (0, 1, 1000, 70000):
        assert unary("Echo", pattern(size)) == pattern(size)


def test_server_stream():
    replies = list(channel.unary_stream(path("Count"))(b"1000 100", timeout=LIMIT))
    assert [int(reply.split()[0]) for reply in replies] == list(range(1000))


def test_client_stream():
    reply = channel.stream_unary(path("Sum"))((pattern(i) for i in range(500)), timeout=LIMIT)
    assert reply == b"500 %d" % (500 * 499 // 2), reply


def test_bidi():
    import queue

    questions = queue.Queue()
    call = channel.stream_stream(path("Chat"))(iter(questions.get, None), timeout=LIMIT)
    for i in range(50):
        questions.put(pattern(i))
        assert next(call) == pattern(i)
    questions.put(None)
    assert list(call) == []
    assert call.code() == grpc.StatusCode.OK


def test_large():
    message = pattern(1024) * (16 * 1024)
    assert unary("Echo", message) == message


def test_concurrent():
    calls = [channel.unary_unary(path("Echo")).future(pattern(i), timeout=LIMIT) for i in range(200)]
    for i, call in enumerate(calls):
        assert call.result() == pattern(i)


def test_metadata():
    every = bytes(range(256))
    many = [b"\0\0", b"\xff", b"\0\0"]
    sent = [("x-many", "one"), ("x-many", "two"), ("x-many", "one"), ("x-inside", "a  b   c"), ("x-long", "z" * 8000), ("x-every-bin", every)]
    sent += [("x-many-bin", value) for value in many]
    _, call = channel.unary_unary(path("Meta")).with_call(b"", timeout=LIMIT, metadata=sent)
    for got, suffix in ((call.initial_metadata(), ""), (call.trailing_metadata(), "-t")):
        # A server of Node's got repeated text as one, joined, and sends that.
        assert ", ".join(values(got, "x-many" + suffix)) == "one, two, one"
        assert values(got, "x-inside" + suffix) == ["a  b   c"]
        assert values(got, "x-long" + suffix) == ["z" * 8000]
        assert values(got, f"x-every{suffix}-bin") == [every]
        assert values(got, f"x-many{suffix}-bin") == many, values(got, f"x-many{suffix}-bin")


def test_status():
    error = fails(lambda: unary("Fail"), grpc.StatusCode.FAILED_PRECONDITION)
    assert error.details() == "nöt now, 100 %", error.details()
    assert values(error.trailing_metadata(), "grpc-status-details-bin") == [bytes([0, 1, 2, 253, 254, 255])]
    assert values(error.trailing_metadata(), "x-why") == ["because"]


def test_late_status():
    call = channel.unary_stream(path("FailLate"))(b"", timeout=LIMIT)
    assert [next(call), next(call)] == [b"one", b"two"]
    error = fails(lambda: next(call), grpc.StatusCode.ABORTED)
    assert error.details() == "no more"
    assert values(call.trailing_metadata(), "x-why") == ["late"]


def test_early_status():
    error = fails(
        lambda: channel.stream_unary(path("FailEarly"))(itertools.repeat(pattern(10000)), timeout=LIMIT), grpc.StatusCode.OUT_OF_RANGE)
    assert error.details() == "enough"


def test_deadline():
    assert unary("Remaining", timeout=None) == b"none"
    left = number("Remaining", timeout=20)
    # The library itself rounds what it sends up, by up to a percent.
    assert 0 < left <= 20200, left
    before = number("Cancelled")
    call = channel.unary_stream(path("Hang"))(b"", timeout=0.5)
    assert next(call) == b"here"
    fails(lambda: next(call), grpc.StatusCode.DEADLINE_EXCEEDED)
    until(lambda: number("Cancelled") > before, "the server is told")


def test_cancel():
    before = number("Cancelled")
    call = channel.unary_stream(path("Hang"))(b"", timeout=LIMIT)
    assert next(call) == b"here"
    call.cancel()
    fails(lambda: next(call), grpc.StatusCode.CANCELLED)
    until(lambda: number("Cancelled") > before, "the server is told")


def test_unimplemented():
    fails(lambda: unary("Nothing"), grpc.StatusCode.UNIMPLEMENTED)


globals()["test_" + scenario.replace("-", "_")]()
