using System.Net;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>An instance of a service, which does with each call what its script says.</summary>
internal sealed class ScriptedServer : IConnectionHandler
{
    private readonly Action<ScriptedCall> _script;

    /// <param name="world">Where it is.</param>
    /// <param name="script">Replies to each call in the end.</param>
    public ScriptedServer(World world, Action<ScriptedCall> script)
    {
        _script = script;
        Address = world.Listen(Listening.With(() => this));
        Name = $"instance-{Address.Port}";
    }

    public IPEndPoint Address { get; }

    public string Name { get; }

    /// <summary>How many have reached it.</summary>
    public int Calls { get; private set; }

    void IConnectionHandler.OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        Calls++;
        var call = new ScriptedCall(this, stream, headers);
        stream.Handler = call;
        _script(call);
    }

    void IConnectionHandler.OnCapacityChanged(MessageConnection connection)
    {
    }

    void IConnectionHandler.OnClosed(MessageConnection connection)
    {
    }
}
