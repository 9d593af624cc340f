using System.Globalization;
using Mesh.Cli.Processes;
using Mesh.Cli.Verbs.Xds;

namespace Mesh.Cli.Demo;

/// <summary>
/// A client that has no sidecar and asks the control plane itself: gRPC for Python, which calls <c>xds:///users</c> ten times a second.
/// </summary>
internal sealed class PlainClient : IAsyncDisposable
{
    private const string Program = """
        import time
        import grpc
        print("started", flush=True)
        get = grpc.insecure_channel("xds:///users").unary_unary("/demo.v1.Users/GetUser")
        calls = failed = 0
        while True:
            try:
                get(b"\x0a\x03u-1", timeout=30)
            except grpc.RpcError as error:
                failed += error.code() != grpc.StatusCode.NOT_FOUND
            calls += 1
            if calls == 1:
                print("ready", flush=True)
            if calls % 10 == 0:
                print("calls", calls, failed, flush=True)
            time.sleep(0.1)
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private PlainClient(ChildProcess process) => Process = process;

    public ChildProcess Process { get; }

    /// <summary>Starts it and waits for its first call's end.</summary>
    /// <returns>Null, and a line that says why, if this machine has no gRPC for Python.</returns>
    /// <exception cref="ChildFailedException">It has, and does not call.</exception>
    public static async Task<PlainClient?> StartAsync(Uri controlPlane, TextWriter output, CancellationToken cancellation)
    {
        // Debian's own is the one that has python3-grpcio.
        var python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        var bootstrap = BootstrapVerb.Make([controlPlane], Topology.Client, "", "without-a-sidecar").ToJsonString();
        ChildProcess process;
        try
        {
            process = ChildProcess.Start("client-without-a-sidecar", python, ["-c", Program], [new("GRPC_XDS_BOOTSTRAP_CONFIG", bootstrap)]);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            output.WriteLine("--xds-client: left out, since there is no python3 (Debian: apt-get install python3-grpcio)");
            return null;
        }

        try
        {
            await process.ReadyAsync(Limit, cancellation);
            output.WriteLine("a client without a sidecar (Python) calls xds:///users");
            return new PlainClient(process);
        }
        catch (ChildFailedException) when (!process.Tail.Contains("started"))
        {
            output.WriteLine("--xds-client: left out, since python3 has no gRPC (Debian: apt-get install python3-grpcio)");
            await process.DisposeAsync();
            return null;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many calls it has made, and how many failed; as of a second ago.</summary>
    public (int Calls, int Failed) Told() =>
        Process.Tail.LastOrDefault(line => line.StartsWith("calls ", StringComparison.Ordinal))?.Split(' ') is [_, var calls, var failed]
            ? (int.Parse(calls, CultureInfo.InvariantCulture), int.Parse(failed, CultureInfo.InvariantCulture))
            : (0, 0);

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
