using Grpc.Core;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>A stream of mesh.v1.Registry/Register, message by message.</summary>
internal sealed class RegistrationCall(AsyncDuplexStreamingCall<RegisterRequest, RegisterResponse> call) : IDisposable
{
    public async Task<RegisterResponse> SendAsync(RegisterRequest request)
    {
        try
        {
            await call.RequestStream.WriteAsync(request);
        }
        catch (Exception over) when (over is RpcException or InvalidOperationException)
        {
            // The call is over already; reading tells why.
        }

        Assert.True(await call.ResponseStream.MoveNext(Bound.Token()));
        return call.ResponseStream.Current;
    }

    public Task<RegisterResponse> HeartbeatAsync(ServiceStatus status = ServiceStatus.Unspecified, string reason = "") =>
        SendAsync(new RegisterRequest { Heartbeat = Make.Heartbeat(status, reason) });

    /// <summary>The status with which the server ends the call.</summary>
    public async Task<Status> EndAsync()
    {
        try
        {
            while (await call.ResponseStream.MoveNext(Bound.Token()))
            {
            }

            return call.GetStatus();
        }
        catch (RpcException end)
        {
            return end.Status;
        }
    }

    public Task CompleteAsync() => call.RequestStream.CompleteAsync();

    /// <summary>Breaks the stream off.</summary>
    public void Dispose() => call.Dispose();
}
