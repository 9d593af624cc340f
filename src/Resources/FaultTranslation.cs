using Mesh.Policy.Faults;
using Mesh.Policy.Outcomes;
using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Faults made on purpose, as options. As <see cref="PolicyTranslation"/>.</summary>
internal static class FaultTranslation
{
    public static FaultOptions ToFault(Fault? fault) => fault is null ? FaultOptions.None : new()
    {
        Delay = fault.Delay?.Duration is { } delay ? Durations.ToTimeSpan(delay) : TimeSpan.Zero,
        DelayPercent = fault.Delay is { HasPercent: true } delayed ? delayed.Percent : 100,
        Abort = ToStatus(fault.Abort),
        AbortPercent = fault.Abort is { HasPercent: true } aborted ? aborted.Percent : 100,
        ByHeader = fault.ByHeader,
    };

    private static FaultStatus? ToStatus(FaultAbort? abort) => abort?.StatusCase switch
    {
        FaultAbort.StatusOneofCase.Code when GrpcStatus.TryParse(abort.Code, out var code) => FaultStatus.OfGrpc(code),
        FaultAbort.StatusOneofCase.HttpStatus => FaultStatus.OfHttp((int)Math.Min(abort.HttpStatus, 599)),
        _ => null,
    };
}
