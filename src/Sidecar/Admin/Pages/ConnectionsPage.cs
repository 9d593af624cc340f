using System.Globalization;
using System.Text;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Readings;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>/connections: each loop lists its own, on its thread, and no more than is worth reading.</summary>
internal sealed class ConnectionsPage(SidecarView view)
{
    /// <summary>Per loop: a loop with thousands of callers must not stand still for a page.</summary>
    private const int MostListed = 1000;

    public async Task<Answer> AnswerAsync(bool text)
    {
        var loops = await LoopReading.OfAllAsync(view, Read);
        return text ? Answer.Text(Text(loops)) : Json(loops);
    }

    private LoopLines Read(Worker worker)
    {
        var lines = new List<ConnectionLine>();
        foreach (var endpoint in view.Clusters().SelectMany(c => c.Cluster.Endpoints))
        {
            foreach (var pooled in endpoint.ConnectionsOf(worker.Index))
            {
                if (lines.Count < MostListed)
                {
                    lines.Add(ConnectionLine.Upstream(endpoint.Service, endpoint.Address, pooled.Connection));
                }
            }
        }

        foreach (var listener in view.Listeners)
        {
            foreach (var connection in listener.ConnectionsOf(worker))
            {
                if (lines.Count < MostListed)
                {
                    lines.Add(ConnectionLine.Downstream(listener.Name, connection));
                }
            }
        }

        return new LoopLines(worker.Loop.Name, LoopReading.Of(view, worker), worker.ExchangesInUse, worker.AttemptsInUse, lines, StreamLines.Read(view, worker, MostListed));
    }

    private Answer Json(IReadOnlyList<(int Worker, LoopLines Reading)> loops) => Answer.Json(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("loops");
        foreach (var (_, loop) in loops)
        {
            json.WriteStartObject();
            json.WriteString("loop", loop.Name);
            json.WriteNumber("turns", loop.Totals.Turns);
            json.WriteNumber("calls", loop.Calls);
            json.WriteNumber("attempts", loop.Attempts);
            json.WriteNumber("waiting", loop.Totals.Waiting);
            json.WriteNumber("downstream_connections", loop.Totals.Downstream);
            json.WriteNumber("upstream_connections", loop.Totals.Upstream);
            json.WriteNumber("not_listed", loop.NotListed);
            json.WriteStartArray("connections");
            foreach (var line in loop.Lines)
            {
                json.WriteStartObject();
                json.WriteString("side", line.Side);
                json.WriteString(line.Side == "upstream" ? "service" : "listener", line.Name);
                json.WriteString("peer", line.Peer);
                json.WriteString("protocol", line.Protocol);
                if (line.Identity is not null)
                {
                    json.WriteString("identity", line.Identity);
                }

                json.WriteNumber("streams", line.Streams);
                if (line.MaxStreams is { } most)
                {
                    json.WriteNumber("max_streams", most);
                }

                json.WriteNumber("output_bytes", line.OutputBytes);
                json.WriteNumber("held_bytes", line.HeldBytes);
                json.WriteBoolean("ready", line.IsReady);
                json.WriteBoolean("stalled", line.IsStalled);
                json.WriteBoolean("goes_away", line.GoesAway);
                if (line.Failure is not null)
                {
                    json.WriteString("failure", line.Failure);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            loop.Streams.Write(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("loops_without_answer", view.Workers.Count - loops.Count);
        json.WriteEndObject();
    });

    private string Text(IReadOnlyList<(int Worker, LoopLines Reading)> loops)
    {
        var text = new StringBuilder();
        foreach (var (_, loop) in loops)
        {
            text.Append(CultureInfo.InvariantCulture, $"{loop.Name}  calls {loop.Calls}  attempts {loop.Attempts}  waiting {loop.Totals.Waiting}\n");
            foreach (var line in loop.Lines)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {line.Side} {line.Name} {line.Peer}  {line.Protocol}{(line.Identity is null ? "" : $"  {line.Identity}")}  streams {line.Streams}  output {line.OutputBytes} B  held {line.HeldBytes} B");
                text.Append(line.IsReady ? "  ready" : "  not ready").Append(line.IsStalled ? "  stalled" : "").Append(line.GoesAway ? "  goes away" : "");
                text.Append(line.Failure is null ? "\n" : $"  {line.Failure}\n");
            }

            if (loop.NotListed > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"  and {loop.NotListed} more\n");
            }

            loop.Streams.Write(text);
        }

        if (loops.Count < view.Workers.Count)
        {
            text.Append(CultureInfo.InvariantCulture, $"{view.Workers.Count - loops.Count} loops did not answer in time\n");
        }

        return text.ToString();
    }

    private sealed record LoopLines(string Name, LoopReading Totals, int Calls, int Attempts, IReadOnlyList<ConnectionLine> Lines, StreamLines Streams)
    {
        public int NotListed => Totals.Downstream + Totals.Upstream - Lines.Count;
    }
}
