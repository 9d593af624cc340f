"""server.py NAME [--xds PORT]: a plain instance, without a sidecar; with --xds it serves once the control plane says so."""

import concurrent.futures
import sys
import time

import grpc

name = sys.argv[1].encode()


def who(request, context):
    return name


def sleep(request, context):
    time.sleep(float(request))
    return name


def flaky(request, context):
    """Fails at first, and succeeds when it is tried again."""
    if not any(key == "grpc-previous-rpc-attempts" for key, _ in context.invocation_metadata()):
        context.abort(grpc.StatusCode.UNAVAILABLE, "try again")
    return name


def main():
    xds = len(sys.argv) > 2
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=32), xds=xds)
    handlers = {method.__name__: grpc.unary_unary_rpc_method_handler(method) for method in (who, sleep, flaky)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("xds.v1.Instance", handlers),))
    # One that takes its orders from the control plane says no port of its own.
    wanted = int(sys.argv[3]) if xds else 0
    port = server.add_insecure_port(f"127.0.0.1:{wanted}")
    port = wanted or port
    server.start()
    print(f"listening grpc 127.0.0.1:{port}", flush=True)
    print("ready", flush=True)
    # Whoever started us holds our input open for as long as it lives.
    sys.stdin.read()
    server.stop(None)


main()
