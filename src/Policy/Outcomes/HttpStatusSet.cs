namespace Mesh.Policy.Outcomes;

/// <summary>HTTP statuses from 400 to 599, a bit each. Immutable, compared by value.</summary>
public readonly record struct HttpStatusSet
{
    private const int ClientErrors = 400;
    private const int ServerErrors = 500;
    private const int End = 600;

    private readonly UInt128 _clientErrors;
    private readonly UInt128 _serverErrors;

    /// <summary>The set of the given statuses; others than 400 to 599 are left out.</summary>
    public HttpStatusSet(IEnumerable<int> statuses)
    {
        foreach (var status in statuses)
        {
            if (status is >= ClientErrors and < ServerErrors)
            {
                _clientErrors |= UInt128.One << (status - ClientErrors);
            }
            else if (status is >= ServerErrors and < End)
            {
                _serverErrors |= UInt128.One << (status - ServerErrors);
            }
        }
    }

    private HttpStatusSet(UInt128 clientErrors, UInt128 serverErrors)
    {
        _clientErrors = clientErrors;
        _serverErrors = serverErrors;
    }

    /// <summary>The statuses of both.</summary>
    public HttpStatusSet And(HttpStatusSet other) =>
        new(_clientErrors | other._clientErrors, _serverErrors | other._serverErrors);

    /// <summary>Whether the status is in the set.</summary>
    public bool Contains(int status) => status switch
    {
        >= ClientErrors and < ServerErrors => (_clientErrors >> (status - ClientErrors) & 1) != 0,
        >= ServerErrors and < End => (_serverErrors >> (status - ServerErrors) & 1) != 0,
        _ => false,
    };
}
