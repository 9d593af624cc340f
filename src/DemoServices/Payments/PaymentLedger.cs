using System.Diagnostics.CodeAnalysis;
using Mesh.Demo.V1;

namespace Mesh.DemoServices.Payments;

/// <summary>
/// What each user has been charged. Holds a sum per user who exists, so it does not grow with the calls. Thread safe.
/// </summary>
internal sealed class PaymentLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _charged = [];
    private long _lastId;

    /// <summary>Charges the amount unless the user's charges would then exceed the credit.</summary>
    /// <param name="request">Its amount is positive.</param>
    /// <param name="creditCents">What may be charged to the user in all.</param>
    public bool TryCharge(ChargeRequest request, long creditCents, [NotNullWhen(true)] out Payment? payment)
    {
        lock (_lock)
        {
            var before = _charged.GetValueOrDefault(request.UserId);

            // Compared this way round, the sum cannot overflow.
            if (request.AmountCents > creditCents - before)
            {
                payment = null;
                return false;
            }

            _charged[request.UserId] = before + request.AmountCents;
            payment = new Payment
            {
                Id = $"p-{++_lastId}",
                UserId = request.UserId,
                OrderId = request.OrderId,
                AmountCents = request.AmountCents,
            };
            return true;
        }
    }
}
