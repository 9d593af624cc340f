using Grpc.Core;
using Mesh.Demo.V1;

namespace Mesh.DemoServices.Payments;

/// <summary><c>demo.v1.Payments</c>: asks users for the credit, then charges.</summary>
internal sealed class PaymentsService(PaymentLedger ledger, Demo.V1.Users.UsersClient users) : Demo.V1.Payments.PaymentsBase
{
    public override async Task<Payment> Charge(ChargeRequest request, ServerCallContext context)
    {
        if (request.AmountCents <= 0)
        {
            throw Refusal.Invalid($"amount_cents: {request.AmountCents} is not above 0");
        }

        var user = await Look(request.UserId, context);
        return ledger.TryCharge(request, user.CreditCents, out var payment)
            ? payment
            : throw Refusal.Declined($"user '{user.Id}' has not enough credit for {request.AmountCents} cents");
    }

    private async Task<User> Look(string id, ServerCallContext context)
    {
        try
        {
            return await users.GetUserAsync(new GetUserRequest { Id = id }, cancellationToken: context.CancellationToken);
        }
        catch (RpcException error)
        {
            throw Refusal.From("users", error);
        }
    }
}
