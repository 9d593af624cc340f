using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.ControlPlane.Listening;

/// <summary>The first step of every connection: it goes if its client says nothing at all, and gives its place back when it is over.</summary>
internal sealed class FirstWord(ConnectionPlaces places, TimeProvider time)
{
    /// <summary>The server's own limits begin with the first byte, or are longer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <param name="connection">A connection just accepted.</param>
    /// <param name="next">What the server does with it.</param>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var place = connection.Features.GetRequiredFeature<Place>();
        try
        {
            if (!await HasSpokenAsync(connection))
            {
                return;
            }

            if (places.IsForGood)
            {
                place.Hold();
            }

            await next(connection);
        }
        finally
        {
            places.Leave(place);
        }
    }

    private async Task<bool> HasSpokenAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        using var limit = new CancellationTokenSource(Limit, time);
        using var closed = connection.ConnectionClosed.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
        try
        {
            var first = await input.ReadAsync(limit.Token);
            // Nothing is taken: the server reads the same again.
            input.AdvanceTo(first.Buffer.Start);
            return !first.Buffer.IsEmpty;
        }
        catch (OperationCanceledException)
        {
            if (!connection.ConnectionClosed.IsCancellationRequested)
            {
                places.OnSilent(Limit);
            }

            return false;
        }
        catch (Exception gone) when (gone is IOException or ConnectionAbortedException or ConnectionResetException)
        {
            return false;
        }
    }
}
